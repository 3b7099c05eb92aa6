//! What the simulated CoinGecko knows: coins by their ids, in a currency.

use crate::market::catalogue::{Catalogue, Listed, listed};

pub(super) static CATALOGUE: Catalogue = Catalogue {
    name: |base, quote| format!("{}-{}", id(base), quote.to_lowercase()),
    pairs: &PAIRS,
    halted: listed("AVAX", "USD", 10_000, 1_000_000, 0),
};

const PAIRS: [Listed; 10] = [
    listed("BTC", "USD", 1_000_000, 1, 60),
    listed("ETH", "USD", 1_000_000, 1, 50),
    listed("SOL", "USD", 10_000, 1, 40),
    listed("XRP", "USD", 100, 100, 30),
    listed("DOGE", "USD", 100, 10_000_000, 30),
    listed("LTC", "USD", 10_000, 1, 16),
    listed("ADA", "USD", 100, 1, 16),
    listed("LINK", "USD", 10_000, 1, 16),
    listed("BTC", "EUR", 1_000_000, 1, 24),
    listed("ETH", "BTC", 100, 1, 16),
];

/// The venue's own name of an asset.
pub(super) fn id(asset: &str) -> String {
    let known = match asset {
        "BTC" => "bitcoin",
        "ETH" => "ethereum",
        "SOL" => "solana",
        "XRP" => "ripple",
        "DOGE" => "dogecoin",
        "LTC" => "litecoin",
        "ADA" => "cardano",
        "LINK" => "chainlink",
        "AVAX" => "avalanche-2",
        other => return other.to_lowercase(),
    };
    known.to_owned()
}
