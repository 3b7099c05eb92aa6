//! The real clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bellwether_model::Timestamp;
use tokio::time::Instant;

use super::{Clock, Promise};

/// The machine's clock and the runtime's timers.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// The clock, its uptime starting now.
    #[must_use]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Promise<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
