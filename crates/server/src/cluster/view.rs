//! What a process without engines knows of the markets: it follows the whole tick log.

use std::time::Duration;

use bellwether_bus::{Bus, From};
use bellwether_feeds::{FeedEvent, Interruption, Update};
use bellwether_model::Position;
use bellwether_store::{Store, StoreError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::wire;
use crate::clock::Clock;
use crate::evaluate::{Market, OnFeed, Positions};

/// How far back the log is read at the start: beyond the last checkpoint of every engine, and the last time that
/// feeds said how each instrument is watched.
const BACK_US: i64 = 15_000_000;
/// How long the start waits until it has caught up.
const CATCH_UP: Duration = Duration::from_secs(10);

/// Follows the log from the engines' last checkpoints on; returns once it has caught up.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) async fn follow(
    bus: &Bus,
    store: &Store,
    clock: &Clock,
    positions: Positions,
    on_feed: OnFeed,
    cancel: CancellationToken,
) -> Result<JoinHandle<()>, StoreError> {
    for at in store.positions().await? {
        let market = Market {
            price: at.price,
            time: at.time,
            position: at.position,
            numbered: at.numbered,
            in_force: at.in_force,
        };
        positions.set(&at.instrument, market);
    }
    let back = bellwether_model::Timestamp::from_micros(clock.now().micros() - BACK_US);
    let mut reader = bus.read(None, From::Since(back));
    let view = View { positions, on_feed };
    let catching_up = async {
        // Where nothing was said for so long, there is nothing to catch up with.
        while let Ok(entry) = tokio::time::timeout(Duration::from_millis(600), reader.next()).await {
            view.take_in(&entry.bytes, entry.number);
            if entry.behind == 0 {
                break;
            }
        }
    };
    if tokio::time::timeout(CATCH_UP, catching_up).await.is_err() {
        tracing::warn!("the tick log is long; prices come in late until it is read");
    }
    Ok(tokio::spawn(async move {
        let following = async {
            loop {
                let entry = reader.next().await;
                view.take_in(&entry.bytes, entry.number);
            }
        };
        let _: Option<()> = cancel.run_until_cancelled(following).await;
    }))
}

struct View {
    positions: Positions,
    on_feed: OnFeed,
}

impl View {
    fn take_in(&self, batch: &[u8], number: u64) {
        match wire::decode(batch, number) {
            Ok(updates) => updates.into_iter().for_each(|update| self.hear(update)),
            Err(error) => tracing::error!(number, %error, "a batch of the tick log cannot be read"),
        }
    }

    fn hear(&self, update: Update) {
        match update {
            Update::Ticks { instrument, observations } => {
                let Some(newest) = observations.last() else { return };
                let tick = newest.tick;
                let known = self.positions.get(&instrument);
                // The log may hold what was said before; the newest stays. Positions of our own are places in the
                // log, so what comes later is newer.
                let is_old = |known: Market| known.in_force && known.position >= tick.position;
                if tick.id.is_some() && known.is_some_and(is_old) {
                    return;
                }
                let market = Market {
                    price: tick.price,
                    time: tick.time,
                    position: tick.position,
                    numbered: tick.id.is_some(),
                    in_force: true,
                };
                self.positions.set(&instrument, market);
            }
            Update::Interrupted { instrument, why } => {
                if let (Interruption::Renumbered, Some(known)) = (why, self.positions.get(&instrument)) {
                    self.positions.set(&instrument, Market { position: Position(0), ..known });
                }
                self.positions.interrupt(&instrument);
                if why == Interruption::FirstWatch {
                    // Nobody watches it, or watching begins: then that is said next.
                    self.positions.unwatch(&instrument);
                }
            }
            Update::Feed { venue, at, event } => {
                if let FeedEvent::Coverage { instrument, coverage } = &event
                    // It is said again and again; what counts is since when.
                    && self.positions.watching(instrument).is_none_or(|now| now.coverage != *coverage)
                {
                    self.positions.watch(instrument, coverage.clone(), at);
                }
                (self.on_feed)(venue, &event);
            }
        }
    }
}
