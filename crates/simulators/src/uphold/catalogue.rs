//! What the simulated Uphold quotes: each pair, and the same the other way round.

use crate::market::catalogue::{Catalogue, Listed, listed};

pub(super) static CATALOGUE: Catalogue = Catalogue {
    name: |base, quote| format!("{base}-{quote}"),
    pairs: &PAIRS,
    halted: listed("AVAX", "USD", 10_000, 1_000_000, 0),
};

const PAIRS: [Listed; 9] = [
    listed("BTC", "USD", 1_000_000, 1, 60),
    listed("ETH", "USD", 1_000_000, 1, 50),
    listed("SOL", "USD", 10_000, 1, 40),
    listed("XRP", "USD", 100, 100, 30),
    listed("DOGE", "USD", 100, 10_000_000, 30),
    listed("LTC", "USD", 10_000, 1, 16),
    listed("EUR", "USD", 100, 1, 16),
    listed("BTC", "EUR", 1_000_000, 1, 24),
    listed("ETH", "BTC", 100, 1, 16),
];
