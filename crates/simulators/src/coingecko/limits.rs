//! The venue's limits, as documented for those who come without a key.

/// What the simulated CoinGecko puts up with. Tests change it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests within a minute and address.
    pub requests_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_minute: 30 }
    }
}
