//! What leaves a connection: events, at once or delayed.

use std::collections::VecDeque;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;
use tokio::time::Instant;

/// Events that a delay may hold back on one connection. One more, and the connection is cut.
const HELD_BACK: usize = 65_536;

/// Events that wait.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    held_back: VecDeque<(Instant, Message)>,
}

/// The connection cannot go on: the peer is gone, or too much was held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost;

impl Outbox {
    /// Sends an event, or holds it back for `delay`. Nothing is flushed yet.
    pub(super) async fn post(
        &mut self,
        socket: &mut WebSocket,
        message: Message,
        delay: Duration,
    ) -> Result<(), Lost> {
        if delay == Duration::ZERO && self.held_back.is_empty() {
            return socket.feed(message).await.map_err(|_| Lost);
        }
        if self.held_back.len() >= HELD_BACK {
            return Err(Lost);
        }
        // Order is kept where the delay gets shorter.
        let earliest = self.held_back.back().map_or_else(Instant::now, |(due, _)| *due);
        self.held_back.push_back((earliest.max(Instant::now() + delay), message));
        Ok(())
    }

    /// Waits until a held-back event is due; forever where there is none.
    pub(super) async fn due(&self) {
        match self.held_back.front() {
            Some((due, _)) => tokio::time::sleep_until(*due).await,
            None => std::future::pending().await,
        }
    }

    /// Sends what is due.
    pub(super) async fn release(&mut self, socket: &mut WebSocket) -> Result<(), Lost> {
        let now = Instant::now();
        while let Some((_, message)) = self.held_back.pop_front_if(|(due, _)| *due <= now) {
            socket.feed(message).await.map_err(|_| Lost)?;
        }
        socket.flush().await.map_err(|_| Lost)
    }
}
