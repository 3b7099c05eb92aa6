//! The one time of a life, which passes when the life says so, and the service's clock, which may be wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bellwether_feeds::world::{Clock, Promise};
use bellwether_model::Timestamp;

/// When a life begins: 2026-11-21T10:00:00Z.
const BEGIN_US: i64 = 1_795_255_200_000_000;

/// What time it is.
#[derive(Debug, Default)]
pub(crate) struct Time {
    passed_us: AtomicI64,
    /// How far the service's clock is ahead.
    off_us: AtomicI64,
}

impl Time {
    /// The true time, by which venues go.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(BEGIN_US + self.passed_us())
    }

    /// The time by the service's clock.
    pub(crate) fn told(&self) -> Timestamp {
        Timestamp::from_micros(self.now().micros() + self.off_us.load(Ordering::SeqCst))
    }

    pub(crate) fn passed_us(&self) -> i64 {
        self.passed_us.load(Ordering::SeqCst)
    }

    pub(crate) fn pass(&self, duration: Duration) {
        self.passed_us.fetch_add(i64::try_from(duration.as_micros()).unwrap(), Ordering::SeqCst);
    }

    /// Sets the service's clock this far ahead of the true time, or behind it.
    pub(crate) fn set_off(&self, off_us: i64) {
        self.off_us.store(off_us, Ordering::SeqCst);
    }

    /// Whether the service's clock is ahead.
    pub(crate) fn is_ahead(&self) -> bool {
        self.off_us.load(Ordering::SeqCst) > 0
    }

    /// Sets the service's clock on, up to an instant; never back.
    pub(crate) fn set_on_to(&self, instant: Timestamp) {
        self.off_us.fetch_max(instant.micros_since(self.now()), Ordering::SeqCst);
    }
}

/// The clock of one life of the service.
pub(crate) struct ServiceClock {
    time: Arc<Time>,
    began_us: i64,
}

impl ServiceClock {
    pub(crate) fn start(time: &Arc<Time>) -> Self {
        Self { time: Arc::clone(time), began_us: time.passed_us() }
    }
}

impl Clock for ServiceClock {
    fn now(&self) -> Timestamp {
        self.time.told()
    }

    fn uptime(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.time.passed_us() - self.began_us).unwrap())
    }

    fn sleep(&self, duration: Duration) -> Promise<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
