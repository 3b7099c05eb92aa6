//! The metrics of what goes out over HTTP, named in one place.

use metrics::{counter, histogram};
use tokio::time::Instant;

use crate::Outcome;

/// Measures one attempt, rendering included.
pub(crate) struct Timer {
    channel: &'static str,
    started: Instant,
}

impl Timer {
    pub(crate) fn start(channel: &'static str) -> Self {
        Self { channel, started: Instant::now() }
    }

    pub(crate) fn stop(self, outcome: Outcome) -> Outcome {
        let channel = self.channel;
        counter!("bellwether_channel_attempts_total", "channel" => channel, "outcome" => outcome.name())
            .increment(1);
        histogram!("bellwether_channel_attempt_seconds", "channel" => channel).record(self.started.elapsed());
        outcome
    }
}
