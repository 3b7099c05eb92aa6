//! What the feeds' glitch guards hold back, kept where it can be seen.
//!
//! A feed says what waits and what became of it beside its ticks, in whichever process it runs; this writes it down.
//! While the store cannot, what is said waits, and the feed with it: nothing is left out. What waited in a feed that
//! ended is nobody's any more, so a feed that begins settles that first.

use bellwether_feeds::{Fate, Quarantined};
use bellwether_model::Venue;
use bellwether_store::quarantine::{self as kept, Outcome};
use bellwether_store::{Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// What is said and may wait for the store; where it is more, the feed waits.
const WAITING_MAX: usize = 1_024;
/// What is written at once, at most.
const AT_ONCE: usize = 500;
/// How long what could not be written waits before it is tried again.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Keeps what one venue's feed holds back.
struct Keeper {
    venue: Venue,
    store: Store,
    clock: Clock,
    cancel: CancellationToken,
}

/// Starts to keep what a venue's feed holds back: where the feed says it, and the task that ends when the feed has
/// ended and everything is written, or cannot be after `cancel`.
pub(crate) fn start(
    venue: Venue,
    store: Store,
    clock: Clock,
    cancel: CancellationToken,
) -> (mpsc::Sender<Quarantined>, JoinHandle<()>) {
    let (told, heard) = mpsc::channel(WAITING_MAX);
    let keeper = Keeper { venue, store, clock, cancel };
    (told, tokio::spawn(keeper.run(heard)))
}

impl Keeper {
    async fn run(self, mut heard: mpsc::Receiver<Quarantined>) {
        let begins = self.clock.now();
        self.until_done(|| async { self.store.end_quarantine(self.venue, begins).await.map(drop) }).await;
        let mut said = Vec::new();
        while heard.recv_many(&mut said, AT_ONCE).await > 0 {
            let ticks: Vec<_> = said.drain(..).map(row).collect();
            self.until_done(|| self.store.save_quarantine(ticks.clone())).await;
        }
    }

    /// Tries something for as long as the store cannot, unless all is to end.
    async fn until_done<F: Future<Output = Result<(), StoreError>>>(&self, attempt: impl Fn() -> F) {
        let mut is_first = true;
        while let Err(error) = attempt().await {
            if std::mem::take(&mut is_first) {
                tracing::warn!(venue = %self.venue, %error, "prices that were held back cannot be kept; it is tried again");
            }
            if self.cancel.run_until_cancelled(self.clock.sleep(RETRY)).await.is_none() {
                return;
            }
        }
    }
}

fn row(said: Quarantined) -> kept::Quarantined {
    let Quarantined { instrument, tick, in_force, fate, at } = said;
    let outcome = match fate {
        Fate::Waiting => Outcome::Waiting,
        Fate::Confirmed => Outcome::Confirmed,
        Fate::Contradicted => Outcome::Contradicted,
        Fate::Unanswered => Outcome::Unanswered,
    };
    kept::Quarantined {
        instrument,
        price: tick.price,
        in_force,
        time: tick.time,
        id: tick.id,
        came_at: at,
        outcome,
        settled_at: (outcome != Outcome::Waiting).then_some(at),
    }
}
