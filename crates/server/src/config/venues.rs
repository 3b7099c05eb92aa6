//! Where prices come from.

use serde::Serialize;

use super::reader::Reader;

/// Where prices come from.
#[derive(Debug, Clone, Serialize)]
pub struct Venues {
    /// Binance spot.
    pub binance: Exchange,
    /// Coinbase Exchange.
    pub coinbase: Exchange,
    /// Kraken spot.
    pub kraken: Exchange,
}

/// A venue that streams its trades.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    /// Whether it is watched.
    pub enabled: bool,
    /// The address of its streams.
    pub ws_url: String,
    /// The address of its REST API.
    pub rest_url: String,
}

impl Venues {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let binance =
            Exchange::read(r, ["venues.binance.enabled", "venues.binance.ws_url", "venues.binance.rest_url"]);
        let coinbase = Exchange::read(
            r,
            ["venues.coinbase.enabled", "venues.coinbase.ws_url", "venues.coinbase.rest_url"],
        );
        let kraken =
            Exchange::read(r, ["venues.kraken.enabled", "venues.kraken.ws_url", "venues.kraken.rest_url"]);
        Some(Self { binance: binance?, coinbase: coinbase?, kraken: kraken? })
    }
}

impl Exchange {
    fn read(r: &mut Reader, [enabled, ws_url, rest_url]: [&'static str; 3]) -> Option<Self> {
        let enabled = r.flag(enabled);
        let ws_url = address(r, ws_url, ["wss://", "ws://"]);
        let rest_url = address(r, rest_url, ["https://", "http://"]);
        Some(Self { enabled: enabled?, ws_url: ws_url?, rest_url: rest_url? })
    }
}

fn address(r: &mut Reader, key: &'static str, schemes: [&str; 2]) -> Option<String> {
    let url = r.parsed::<String>(key)?;
    if schemes.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
        return Some(url.trim_end_matches('/').to_owned());
    }
    r.refuse(key, &format!("must begin with {}", schemes.join(" or ")))
}
