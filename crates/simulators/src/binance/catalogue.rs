//! What the simulated Binance lists.

use crate::market::catalogue::{Catalogue, Listed, listed};
use crate::market::symbol::Status;

pub(crate) static CATALOGUE: Catalogue = Catalogue {
    name: |base, quote| format!("{base}{quote}"),
    pairs: &PAIRS,
    halted: listed("WAVES", "USDT", 10_000, 1_000_000, 0),
};

const PAIRS: [Listed; 12] = [
    listed("BTC", "USDT", 1_000_000, 1_000, 60),
    listed("ETH", "USDT", 1_000_000, 10_000, 50),
    listed("SOL", "USDT", 1_000_000, 100_000, 40),
    listed("XRP", "USDT", 10_000, 10_000_000, 40),
    listed("DOGE", "USDT", 1_000, 100_000_000, 30),
    listed("BNB", "USDT", 1_000_000, 100_000, 24),
    listed("ADA", "USDT", 10_000, 10_000_000, 20),
    listed("LINK", "USDT", 1_000_000, 1_000_000, 20),
    listed("AVAX", "USDT", 1_000_000, 1_000_000, 16),
    listed("LTC", "USDT", 1_000_000, 100_000, 16),
    listed("BTC", "USDC", 1_000_000, 1_000, 24),
    listed("ETH", "BTC", 1_000, 10_000, 16),
];

impl Status {
    /// Binance's word for it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Trading => "TRADING",
            Self::Break => "BREAK",
        }
    }
}
