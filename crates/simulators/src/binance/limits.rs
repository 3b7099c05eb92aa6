//! The venue's limits as documented (`web-socket-streams.md`, `rest-api.md`, checked 2026-07-21).

use std::time::Duration;

use crate::venue::dialect::Manners;

/// What a client may do, and how long a socket lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The server pings this often.
    pub ping_every: Duration,
    /// A ping that is not answered for so long ends the connection, and so does a peer that reads nothing.
    pub pong_within: Duration,
    /// No connection lives longer.
    pub lifetime: Duration,
    /// Frames that a client may send in one second, pings and pongs included.
    pub inbound_per_second: usize,
    /// Streams of one connection.
    pub streams: usize,
    /// Connection attempts within five minutes.
    pub connects: usize,
    /// Weight of the requests of one minute.
    pub weight_per_minute: u32,
    /// Requests sent on after a 429 until the address is banned.
    pub refusals_until_ban: u32,
    /// How long the first ban lasts.
    pub ban: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ping_every: Duration::from_secs(20),
            pong_within: Duration::from_mins(1),
            lifetime: Duration::from_hours(24),
            inbound_per_second: 5,
            streams: 1_024,
            connects: 300,
            weight_per_minute: 6_000,
            refusals_until_ban: 10,
            ban: Duration::from_mins(2),
        }
    }
}

impl Limits {
    pub(super) fn manners(&self) -> Manners {
        Manners {
            ping_every: Some(self.ping_every),
            pong_within: self.pong_within,
            lifetime: self.lifetime,
            inbound_per_second: self.inbound_per_second,
            streams: self.streams,
            unsubscribed: None,
        }
    }
}
