//! Where prices come from.

use std::collections::BTreeMap;

use bellwether_model::Span;
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
    /// Uphold.
    pub uphold: Ticker,
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

/// A venue that is asked for its prices again and again.
#[derive(Debug, Clone, Serialize)]
pub struct Ticker {
    /// Whether it is watched.
    pub enabled: bool,
    /// The address of its REST API.
    pub rest_url: String,
    /// How often a pair is asked for.
    pub interval: Span,
    /// Pairs that have an interval of their own.
    pub intervals: BTreeMap<String, Span>,
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
        let uphold = Ticker::read(r);
        Some(Self { binance: binance?, coinbase: coinbase?, kraken: kraken?, uphold: uphold? })
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

impl Ticker {
    fn read(r: &mut Reader) -> Option<Self> {
        let enabled = r.flag("venues.uphold.enabled");
        let rest_url = address(r, "venues.uphold.rest_url", ["https://", "http://"]);
        let interval = r.span("venues.uphold.interval");
        let intervals = r.list("venues.uphold.intervals").and_then(|items| {
            match items.iter().map(|item| interval_of_a_pair(item)).collect::<Option<BTreeMap<_, _>>>() {
                Some(intervals) => Some(intervals),
                None => r.refuse(
                    "venues.uphold.intervals",
                    "must be a list of pairs with their intervals, such as BTC-USD=1m",
                ),
            }
        });
        Some(Self { enabled: enabled?, rest_url: rest_url?, interval: interval?, intervals: intervals? })
    }
}

fn interval_of_a_pair(text: &str) -> Option<(String, Span)> {
    let (pair, interval) = text.split_once('=')?;
    let interval = interval.trim().parse().ok().filter(|interval| *interval != Span::ZERO)?;
    let pair = pair.trim().to_uppercase();
    (!pair.is_empty()).then_some((pair, interval))
}

/// An address that begins with one of two schemes, without a slash at its end.
pub(super) fn address(r: &mut Reader, key: &'static str, schemes: [&str; 2]) -> Option<String> {
    let url = r.parsed::<String>(key)?;
    if schemes.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
        return Some(url.trim_end_matches('/').to_owned());
    }
    r.refuse(key, &format!("must begin with {}", schemes.join(" or ")))
}
