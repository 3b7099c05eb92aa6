//! What the loop, the lines, the connections and the refills of one feed have in common.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::event::{ConnectionId, Event};
use super::meters::Meters;
use crate::pace::Pace;
use crate::{Venue, World};

/// The surroundings of one venue's feed.
pub(super) struct Shared<V> {
    pub(super) venue: Arc<V>,
    pub(super) world: World,
    pub(super) meters: Meters,
    /// To the loop. Full: the sender waits.
    pub(super) events: mpsc::Sender<Event>,
    /// Ends the feed.
    pub(super) cancel: CancellationToken,
    /// Owns every task of the feed until it is joined.
    pub(super) tasks: TaskTracker,
    /// Says that one of them panicked.
    pub(super) fell: CancellationToken,
    /// All lines share the venue's allowance of connections. Held for a few instructions.
    connects: Mutex<Pace>,
    next_connection: AtomicU64,
    /// Whether missed trades are not to be had at present, for one line in the log per outage.
    history_down: AtomicBool,
}

impl<V: Venue> Shared<V> {
    pub(super) fn new(
        venue: Arc<V>,
        world: World,
        events: mpsc::Sender<Event>,
        cancel: CancellationToken,
    ) -> Self {
        Self {
            meters: Meters::of(&*venue),
            connects: Mutex::new(Pace::new(venue.rules().connects)),
            venue,
            world,
            events,
            cancel,
            tasks: TaskTracker::new(),
            fell: CancellationToken::new(),
            next_connection: AtomicU64::new(1),
            history_down: AtomicBool::new(false),
        }
    }

    /// Starts a task of the feed. Where it panics, so does the feed: what came on its line would else be missed in silence.
    pub(super) fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        let alarm = Alarm(self.fell.clone());
        self.tasks.spawn(async move {
            let _alarm = alarm;
            task.await;
        });
    }

    pub(super) fn connection_id(&self) -> ConnectionId {
        self.next_connection.fetch_add(1, Ordering::Relaxed)
    }

    /// Waits until the venue allows another attempt to connect, and takes it.
    pub(super) async fn turn_to_connect(&self) {
        loop {
            let now = self.world.clock.uptime();
            let free_at = self.take_turn(now);
            if free_at <= now {
                return;
            }
            self.world.clock.sleep(free_at - now).await;
        }
    }

    fn take_turn(&self, now: Duration) -> Duration {
        let mut connects = self.connects.lock().unwrap_or_else(PoisonError::into_inner);
        let free_at = connects.free_at(now);
        if free_at <= now {
            connects.note(now);
        }
        free_at
    }

    /// A delay after so many failures in a row.
    pub(super) fn delay_after(&self, failures: u32) -> Duration {
        let ceiling = self.venue.bounds().back_off.ceiling(failures);
        self.world.jitter.up_to(ceiling)
    }

    /// Counts a page that came.
    pub(super) fn page_came(&self) {
        self.meters.pages.increment(1);
        if self.history_down.swap(false, Ordering::Relaxed) {
            tracing::info!(venue = %self.venue.name(), "missed trades are to be had again");
        }
    }

    /// Counts a page that did not come.
    pub(super) fn page_failed(&self, reason: &str) {
        self.meters.pages_failed.increment(1);
        if !self.history_down.swap(true, Ordering::Relaxed) {
            tracing::warn!(venue = %self.venue.name(), reason, "missed trades are not to be had; attempts go on");
        }
    }

    /// Tells the loop, if it still listens.
    pub(super) async fn tell(&self, event: Event) {
        // The loop stops listening only when the feed ends, and then nobody needs the event.
        let _ = self.events.send(event).await;
    }
}

/// Dropped by a task that ends, however it does.
struct Alarm(CancellationToken);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_gives_the_alarm() {
        let alarm = |token: &CancellationToken| Alarm(token.clone());
        let (well, fallen) = (CancellationToken::new(), CancellationToken::new());
        let (first, second) = (alarm(&well), alarm(&fallen));
        tokio::spawn(async move { drop(first) }).await.unwrap();
        let panicking = async move {
            let _alarm = second;
            tokio::task::yield_now().await;
            panic!("planted");
        };
        assert!(tokio::spawn(panicking).await.is_err());
        assert_eq!((well.is_cancelled(), fallen.is_cancelled()), (false, true));
    }
}
