//! The venue's limits, as documented (`_ratelimits.md`).

/// What the simulated Uphold puts up with. Tests shorten it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests within a minute and address.
    pub requests_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_minute: 250 }
    }
}
