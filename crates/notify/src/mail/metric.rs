//! The metrics of mail, named in one place.

use metrics::{counter, gauge, histogram};
use tokio::time::Instant;

use crate::Outcome;

/// Measures one attempt, rendering included.
pub(super) struct Timer {
    started: Instant,
}

impl Timer {
    pub(super) fn start() -> Self {
        Self { started: Instant::now() }
    }

    pub(super) fn stop(self, outcome: &Outcome) {
        counter!("bellwether_mail_attempts_total", "outcome" => outcome.name()).increment(1);
        histogram!("bellwether_mail_attempt_seconds").record(self.started.elapsed());
    }
}

/// A connection that is open for as long as this lives.
#[derive(Debug)]
pub(super) struct OpenConnection(());

impl OpenConnection {
    pub(super) fn new() -> Self {
        counter!("bellwether_mail_connections_opened_total").increment(1);
        gauge!("bellwether_mail_connections").increment(1.0);
        Self(())
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        gauge!("bellwether_mail_connections").decrement(1.0);
    }
}
