//! The venue's limits, as documented (`exchange/websocket-feed/rate-limits`, `exchange/rest-api/rate-limits`).

use std::time::Duration;

use crate::venue::dialect::Manners;

/// What the simulated Coinbase puts up with. Tests shorten it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How soon a connection must subscribe to something.
    pub subscribe_within: Duration,
    /// How long a client may take nothing before it is dropped.
    pub stuck: Duration,
    /// How long a connection lives. The venue names no end; a day is what others have.
    pub lifetime: Duration,
    /// Messages of a client within a second.
    pub inbound_per_second: usize,
    /// Connects within two and a half seconds: 8 a second, in bursts of 20.
    pub connects: usize,
    /// REST requests within a second: 10, in bursts of 15.
    pub requests_per_second: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            subscribe_within: Duration::from_secs(5),
            stuck: Duration::from_mins(1),
            lifetime: Duration::from_hours(24),
            inbound_per_second: 100,
            connects: 20,
            requests_per_second: 15,
        }
    }
}

impl Limits {
    pub(super) fn manners(&self) -> Manners {
        Manners {
            ping_every: None,
            pong_within: self.stuck,
            lifetime: self.lifetime,
            inbound_per_second: self.inbound_per_second,
            streams: usize::MAX,
            unsubscribed: Some(self.subscribe_within),
        }
    }
}
