//! Engines: each partition of the alerts is evaluated by one process at a time.

use std::sync::Arc;
use std::time::Duration;

use bellwether_bus::{Bus, From, Topic};
use bellwether_feeds::{Interruption, Start, Update, Wanted};
use bellwether_store::lease::Fence;
use bellwether_store::share::Share;
use bellwether_store::want::Begins;
use bellwether_store::{Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::asking;
use super::wire;
use super::workers::{Piece, Work};
use crate::clock::Clock;
use crate::evaluate::{self, Evaluation, Listeners, Logged, Part, Positions};

/// How long whatever failed waits before it is tried again.
const RETRY: Duration = Duration::from_millis(200);

/// Evaluates partitions.
pub(crate) struct Engines {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) bus: Bus,
    pub(crate) partitions: u16,
    /// Makes what is told of commits.
    pub(crate) listeners: Box<dyn Fn() -> Listeners + Send + Sync>,
}

impl Work for Engines {
    fn role(&self) -> &'static str {
        "engine"
    }

    fn pieces(&self) -> Vec<String> {
        Share::every(self.partitions).map(|share| share.to_string()).collect()
    }

    async fn run(self: Arc<Self>, piece: Piece, cancel: CancellationToken) {
        let named = |share: &Share| share.to_string() == piece.held.name;
        let Some(share) = Share::every(self.partitions).find(named) else { return };
        let evaluating = self.evaluate(share, piece.held, cancel.clone());
        if let Err(error) = evaluating.await {
            tracing::error!(%share, %error, "a partition cannot be evaluated; it is tried again");
            let _ = cancel.run_until_cancelled(tokio::time::sleep(RETRY)).await;
        }
    }
}

impl Engines {
    async fn evaluate(&self, share: Share, held: Fence, cancel: CancellationToken) -> Result<(), StoreError> {
        let (after, lost) = self.begin(&held).await;
        let part = Part { share, held: Some(held) };
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let listeners = (self.listeners)();
        let evaluation = evaluate::start(store, clock, Positions::default(), listeners, part, cancel).await?;
        let Evaluation { updates: _feeds, logged, inquiries, wanted, task } = evaluation;
        let Some(task) = task else { return Ok(()) };
        // Where this piece of work is dropped, so is all of it.
        let task = AbortOnDropHandle::new(task);
        if let Some(lost) = lost {
            self.say_lost(share, lost, after, &logged).await?;
        }
        tokio::select! {
            ended = task => {
                if let Err(error) = ended {
                    tracing::error!(%share, %error, "an evaluator ended");
                }
            }
            () = self.read(share, after, logged) => {}
            () = self.want(share, wanted) => {}
            () = asking::answer(&self.bus, share, &self.store, inquiries) => {}
        }
        Ok(())
    }

    /// After which batch to begin, and what was lost, where the log does not reach back to where this is.
    async fn begin(&self, held: &Fence) -> (u64, Option<Interruption>) {
        let (first, last) = loop {
            match self.bus.bounds().await {
                Ok(bounds) => break bounds,
                Err(error) => {
                    tracing::warn!(%error, "the tick log cannot be looked at; it is tried again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        };
        match held.log_number {
            None => (0, None),
            Some(number) if number > last => {
                tracing::error!(lease = held.name, "the tick log was made anew; what was in it is lost");
                (0, Some(Interruption::Renumbered))
            }
            Some(number) if number + 1 < first => {
                tracing::error!(
                    lease = held.name,
                    "the tick log no longer reaches back to the last checkpoint"
                );
                (first - 1, Some(Interruption::HistoryGone))
            }
            Some(number) => (number, None),
        }
    }

    /// Says of every instrument that nobody knows what came since it stood where it stands.
    async fn say_lost(
        &self,
        share: Share,
        why: Interruption,
        number: u64,
        logged: &mpsc::Sender<Logged>,
    ) -> Result<(), StoreError> {
        let mut updates = Vec::new();
        for at in self.store.positions_of(share).await? {
            // The venue's own numbers go on; ours were the log's.
            let is_anew = why == Interruption::Renumbered && !at.numbered;
            let why = if is_anew { why } else { Interruption::HistoryGone };
            updates.push(Update::Interrupted { instrument: at.instrument, why });
        }
        let _ = logged.send(Logged { number, updates }).await;
        Ok(())
    }

    /// Hands the log to the evaluator until it has ended.
    async fn read(&self, share: Share, after: u64, logged: mpsc::Sender<Logged>) {
        let topic = match share {
            Share::Partition { index, .. } => Some(Topic::Partition(index)),
            Share::All | Share::Composites => None,
        };
        let mut reader = self.bus.read(topic, From::After(after));
        loop {
            let entry = reader.next().await;
            if entry.topic == Topic::Feeds {
                continue;
            }
            let updates = match wire::decode(&entry.bytes, entry.number) {
                Ok(updates) => updates,
                Err(error) => {
                    tracing::error!(number = entry.number, %error, "a batch of the tick log cannot be read; it is passed over");
                    metrics::counter!("bellwether_log_unreadable_total").increment(1);
                    continue;
                }
            };
            if logged.send(Logged { number: entry.number, updates }).await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Keeps what the evaluator wants from the markets where feeds find it.
    async fn want(&self, share: Share, mut wanted: watch::Receiver<Wanted>) {
        loop {
            let now = wanted.borrow_and_update().clone();
            let wishes = now.instruments.into_iter().map(|(instrument, start)| (instrument, begins(start)));
            match self.store.save_wants(&share.to_string(), wishes.collect()).await {
                Ok(()) => {
                    if wanted.changed().await.is_err() {
                        return std::future::pending().await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%share, %error, "what is wanted cannot be stored; it is tried again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

fn begins(start: Start) -> Begins {
    match start {
        Start::After(position) => Begins::After(position),
        Start::Since(instant) => Begins::Since(instant),
        Start::Now => Begins::Now,
    }
}
