//! Where prices come from.

use std::collections::BTreeMap;

use bellwether_model::Span;
use serde::Serialize;

use super::reader::Reader;
use super::secret::Secret;

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
    /// CoinGecko.
    pub coingecko: Ticker,
    /// The key that CoinGecko is asked with; empty where there is none.
    #[serde(skip)]
    pub coingecko_api_key: Secret,
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
    /// How often a symbol is asked for.
    pub interval: Span,
    /// Symbols that have an interval of their own.
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
        let uphold = Ticker::read(r, &UPHOLD);
        let coingecko = Ticker::read(r, &COINGECKO);
        let coingecko_api_key = r.secret("venues.coingecko.api_key");
        Some(Self {
            binance: binance?,
            coinbase: coinbase?,
            kraken: kraken?,
            uphold: uphold?,
            coingecko: coingecko?,
            coingecko_api_key: coingecko_api_key?,
        })
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

/// Where the settings of a polled venue stand, and how its symbols are written.
struct TickerKeys {
    enabled: &'static str,
    rest_url: &'static str,
    interval: &'static str,
    intervals: &'static str,
    /// A symbol as the venue writes it.
    symbol: fn(&str) -> String,
    /// What is wrong with intervals that are none.
    form: &'static str,
}

const UPHOLD: TickerKeys = TickerKeys {
    enabled: "venues.uphold.enabled",
    rest_url: "venues.uphold.rest_url",
    interval: "venues.uphold.interval",
    intervals: "venues.uphold.intervals",
    symbol: str::to_uppercase,
    form: "must be a list of pairs with their intervals, such as BTC-USD=1m",
};

const COINGECKO: TickerKeys = TickerKeys {
    enabled: "venues.coingecko.enabled",
    rest_url: "venues.coingecko.rest_url",
    interval: "venues.coingecko.interval",
    intervals: "venues.coingecko.intervals",
    symbol: str::to_lowercase,
    form: "must be a list of coins with their intervals, such as bitcoin-usd=5m",
};

impl Ticker {
    fn read(r: &mut Reader, keys: &TickerKeys) -> Option<Self> {
        let enabled = r.flag(keys.enabled);
        let rest_url = address(r, keys.rest_url, ["https://", "http://"]);
        let interval = r.span(keys.interval);
        let intervals = r.list(keys.intervals).and_then(|items| {
            let intervals = items.iter().map(|item| interval_of(item, keys.symbol));
            match intervals.collect::<Option<BTreeMap<_, _>>>() {
                Some(intervals) => Some(intervals),
                None => r.refuse(keys.intervals, keys.form),
            }
        });
        Some(Self { enabled: enabled?, rest_url: rest_url?, interval: interval?, intervals: intervals? })
    }
}

fn interval_of(text: &str, spelling: fn(&str) -> String) -> Option<(String, Span)> {
    let (symbol, interval) = text.split_once('=')?;
    let interval = interval.trim().parse().ok().filter(|interval| *interval != Span::ZERO)?;
    let symbol = spelling(symbol.trim());
    (!symbol.is_empty()).then_some((symbol, interval))
}

/// An address that begins with one of two schemes, without a slash at its end.
pub(super) fn address(r: &mut Reader, key: &'static str, schemes: [&str; 2]) -> Option<String> {
    let url = r.parsed::<String>(key)?;
    if schemes.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
        return Some(url.trim_end_matches('/').to_owned());
    }
    r.refuse(key, &format!("must begin with {}", schemes.join(" or ")))
}
