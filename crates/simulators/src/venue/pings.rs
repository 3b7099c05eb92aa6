//! Pings from the server, and how long their pongs may take.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::Bytes;
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// The pings of one connection.
#[derive(Debug)]
pub(super) struct Pings {
    beat: Option<Interval>,
    patience: Duration,
    unanswered: VecDeque<(Bytes, Instant)>,
}

impl Pings {
    /// Pings `every` so often, or never.
    pub(super) fn new(every: Option<Duration>, patience: Duration) -> Self {
        let beat = every.map(|every| {
            let mut beat = tokio::time::interval_at(Instant::now() + every, every);
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            beat
        });
        Self { beat, patience, unanswered: VecDeque::new() }
    }

    /// Waits until the next ping is due; `None` where an older one was left unanswered too long.
    pub(super) async fn due(&mut self) -> Option<()> {
        let deadline = self.unanswered.front().map(|(_, sent)| *sent + self.patience);
        let overdue = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let beat = async {
            match &mut self.beat {
                Some(beat) => drop(beat.tick().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = overdue => None,
            () = beat => Some(()),
        }
    }

    /// The payload of the ping that goes out now.
    pub(super) fn send(&mut self, now_us: i64) -> Bytes {
        let payload = Bytes::from(now_us.div_euclid(1_000).to_string());
        self.unanswered.push_back((payload.clone(), Instant::now()));
        payload
    }

    /// Whether a pong answers a ping. It answers the older ones too; a payload of its own answers none.
    pub(super) fn answer(&mut self, payload: &Bytes) -> bool {
        let place = self.unanswered.iter().position(|(sent, _)| sent == payload);
        if let Some(place) = place {
            self.unanswered.drain(..=place);
        }
        place.is_some()
    }
}
