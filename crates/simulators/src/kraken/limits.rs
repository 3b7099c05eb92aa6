//! The venue's limits, as documented (`spot-ws-intro`, `rest-ratelimits`).

use std::time::Duration;

use crate::venue::dialect::Manners;

/// What the simulated Kraken puts up with. Tests shorten it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a connection may stay without a subscription or a request.
    pub inactivity: Duration,
    /// How long a client may take nothing before it is dropped.
    pub stuck: Duration,
    /// How long a connection lives. The venue names no end; a day is what others have.
    pub lifetime: Duration,
    /// Messages of a client within a second. The venue names no number.
    pub inbound_per_second: usize,
    /// Connects within ten minutes.
    pub connects: usize,
    /// REST requests within a second.
    pub requests_per_second: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inactivity: Duration::from_mins(1),
            stuck: Duration::from_mins(1),
            lifetime: Duration::from_hours(24),
            inbound_per_second: 50,
            connects: 150,
            requests_per_second: 2,
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
            unsubscribed: Some(self.inactivity),
        }
    }
}
