//! Where prices come from.

use serde::Serialize;

use super::reader::Reader;

/// Where prices come from.
#[derive(Debug, Clone, Serialize)]
pub struct Venues {
    /// Binance spot.
    pub binance: Binance,
}

/// Binance spot.
#[derive(Debug, Clone, Serialize)]
pub struct Binance {
    /// Whether it is watched.
    pub enabled: bool,
    /// The address of its streams.
    pub ws_url: String,
    /// The address of its REST API.
    pub rest_url: String,
}

impl Venues {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let enabled = r.flag("venues.binance.enabled");
        let ws_url = Self::address(r, "venues.binance.ws_url", ["wss://", "ws://"]);
        let rest_url = Self::address(r, "venues.binance.rest_url", ["https://", "http://"]);
        Some(Self { binance: Binance { enabled: enabled?, ws_url: ws_url?, rest_url: rest_url? } })
    }

    fn address(r: &mut Reader, key: &'static str, schemes: [&str; 2]) -> Option<String> {
        let url = r.parsed::<String>(key)?;
        if schemes.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
            return Some(url.trim_end_matches('/').to_owned());
        }
        r.refuse(key, &format!("must begin with {}", schemes.join(" or ")))
    }
}
