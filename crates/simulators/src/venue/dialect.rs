//! How one venue talks on a connection: its requests, its answers, its events.

use std::time::Duration;

use axum::extract::ws::Message;

use super::fault::Malformed;
use crate::market::exchange::Traded;

/// One connection's side of the conversation. It holds what that connection is subscribed to, and no socket.
pub(crate) trait Dialect: Send + 'static {
    /// What the venue says before it is asked anything.
    fn greeting(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Answers a request.
    fn answer(&mut self, request: &str) -> Answer;

    /// The events that a trade is told as here; none where nobody asked.
    fn tell(&mut self, traded: Traded) -> Vec<String>;

    /// The events that are due once a second. `spoke` says whether any event left since the last time.
    fn second(&mut self, spoke: bool) -> Vec<String>;

    /// A frame that is wrong.
    fn malformed(&self, kind: Malformed) -> Message;

    /// The notice that the venue gives before it closes, if it gives one.
    fn shutdown(&self) -> Option<String>;

    /// What the connection is subscribed to, by the venue's names.
    fn streams(&self) -> Vec<String>;
}

/// What a request is answered with.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) meaning: Meaning,
    pub(crate) replies: Vec<String>,
}

/// What a request was, for the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Subscribe,
    Unsubscribe,
    Other,
    /// Not understood, or refused.
    Bad,
}

/// What a venue puts up with on one connection.
#[derive(Clone, Debug)]
pub(crate) struct Manners {
    /// How often it pings, if it does.
    pub(crate) ping_every: Option<Duration>,
    /// How long a pong may take, and how long a client may take nothing.
    pub(crate) pong_within: Duration,
    /// When a connection ends by itself.
    pub(crate) lifetime: Duration,
    /// Frames of a client within a second, its pongs among them.
    pub(crate) inbound_per_second: usize,
    /// Subscriptions of one connection.
    pub(crate) streams: usize,
    /// How long a connection may stay without any subscription and without a request.
    pub(crate) unsubscribed: Option<Duration>,
}
