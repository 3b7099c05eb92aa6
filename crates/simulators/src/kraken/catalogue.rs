//! What the simulated Kraken lists, and the names that REST has for it.

use crate::market::catalogue::{Catalogue, Listed, listed};
use crate::market::symbol::{Status, Symbol};

pub(super) static CATALOGUE: Catalogue = Catalogue {
    name: |base, quote| format!("{base}/{quote}"),
    pairs: &PAIRS,
    halted: listed("WAVES", "USD", 10_000, 1_000_000, 0),
};

const PAIRS: [Listed; 10] = [
    listed("BTC", "USD", 10_000_000, 1, 60),
    listed("ETH", "USD", 1_000_000, 1, 50),
    listed("SOL", "USD", 1_000_000, 1, 40),
    listed("XRP", "USD", 1_000, 1, 40),
    listed("DOGE", "USD", 10, 1, 30),
    listed("ADA", "USD", 100, 1, 20),
    listed("LTC", "USD", 1_000_000, 1, 16),
    listed("BTC", "EUR", 10_000_000, 1, 24),
    listed("ETH", "EUR", 1_000_000, 1, 16),
    listed("ETH", "BTC", 1_000, 1, 16),
];

/// Kraken's word for whether a pair is traded.
pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::Trading => "online",
        Status::Break => "cancel_only",
    }
}

/// An asset as REST calls it: it keeps two names from before the tickers were settled.
pub(super) fn old_name(asset: &str) -> &str {
    match asset {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    }
}

/// The key of a pair in REST's answers: `XXBTZUSD`. Older assets have a letter for their class before them.
pub(super) fn key(symbol: &Symbol) -> String {
    let class = |asset: &str| match asset {
        "USD" | "EUR" => "Z",
        "BTC" | "ETH" | "XRP" | "LTC" => "X",
        _ => "",
    };
    let (base, quote) = (class(&symbol.base), class(&symbol.quote));
    if base.is_empty() || quote.is_empty() {
        return altname(symbol);
    }
    format!("{base}{}{quote}{}", old_name(&symbol.base), old_name(&symbol.quote))
}

/// The plain name of a pair in REST: `XBTUSD`.
pub(super) fn altname(symbol: &Symbol) -> String {
    format!("{}{}", old_name(&symbol.base), old_name(&symbol.quote))
}

/// The name of a pair in the first version of the WebSocket interface: `XBT/USD`.
pub(super) fn wsname(symbol: &Symbol) -> String {
    format!("{}/{}", old_name(&symbol.base), old_name(&symbol.quote))
}
