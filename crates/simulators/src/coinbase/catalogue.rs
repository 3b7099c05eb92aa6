//! What the simulated Coinbase lists.

use crate::market::catalogue::{Catalogue, Listed, listed};
use crate::market::symbol::Status;

pub(super) static CATALOGUE: Catalogue = Catalogue {
    name: |base, quote| format!("{base}-{quote}"),
    pairs: &PAIRS,
    halted: listed("WAVES", "USD", 10_000, 1_000_000, 0),
};

const PAIRS: [Listed; 10] = [
    listed("BTC", "USD", 1_000_000, 1, 60),
    listed("ETH", "USD", 1_000_000, 1, 50),
    listed("SOL", "USD", 1_000_000, 1, 40),
    listed("XRP", "USD", 10_000, 100, 40),
    listed("DOGE", "USD", 1_000, 10_000_000, 30),
    listed("ADA", "USD", 10_000, 1, 20),
    listed("LTC", "USD", 1_000_000, 1, 16),
    listed("BTC", "EUR", 1_000_000, 1, 24),
    listed("ETH", "EUR", 1_000_000, 1, 16),
    listed("ETH", "BTC", 1_000, 1, 16),
];

/// Coinbase's word for whether a product is traded.
pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::Trading => "online",
        Status::Break => "delisted",
    }
}
