//! Engines: each partition of the alerts is evaluated by one process at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_bus::{Batch, Bus, From, Topic};
use bellwether_feeds::{Coverage, FeedEvent, Interruption, Start, Update, Wanted};
use bellwether_model::Instrument;
use bellwether_store::lease::{Fence, Lease};
use bellwether_store::share::Share;
use bellwether_store::want::Begins;
use bellwether_store::{Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::asking;
use super::publishing::SAID_EVERY;
use super::wire;
use super::workers::{Piece, Work};
use crate::clock::Clock;
use crate::evaluate::{self, Evaluation, Listeners, Logged, Part, Positions};

/// How long whatever failed waits before it is tried again.
const RETRY: Duration = Duration::from_millis(200);
/// Instruments of which one batch says how they are watched.
const WATCHED_MAX: usize = 200;

/// Evaluates partitions.
pub(crate) struct Engines {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) bus: Bus,
    pub(crate) partitions: u16,
    /// How long the log is kept.
    pub(crate) keep: Duration,
    /// Makes what is told of commits.
    pub(crate) listeners: Box<dyn Fn() -> Listeners + Send + Sync>,
}

/// Where an engine begins with the log.
struct Beginning {
    /// After this batch.
    after: u64,
    /// The newest batch that is there.
    last: u64,
    /// What it has to be told first: what nobody knows.
    lost: Vec<Update>,
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
        // It is many futures in one.
        let evaluating = Box::pin(self.evaluate(share, piece.held, cancel.clone()));
        if let Err(error) = evaluating.await {
            tracing::error!(%share, %error, "a partition cannot be evaluated; it is tried again");
            let _ = cancel.run_until_cancelled(tokio::time::sleep(RETRY)).await;
        }
    }
}

impl Engines {
    async fn evaluate(&self, share: Share, held: Fence, cancel: CancellationToken) -> Result<(), StoreError> {
        // Where this piece of work is dropped, all that was begun for it ends.
        let _end = cancel.clone().drop_guard();
        let Some(beginning) = cancel.run_until_cancelled(self.begin(share, &held)).await else {
            return Ok(());
        };
        let Beginning { after, last, lost } = beginning?;
        let part = Part { share, held: Some(held.clone()) };
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let listeners = (self.listeners)();
        let evaluation = evaluate::start(store, clock, Positions::default(), listeners, part, cancel).await?;
        let Evaluation { updates: _feeds, logged, inquiries, wanted, listened, task } = evaluation;
        let Some(task) = task else { return Ok(()) };
        // Where this piece of work is dropped, so is all of it.
        let task = AbortOnDropHandle::new(task);
        if !lost.is_empty() {
            let _ = logged.send(Logged { number: after, updates: lost, is_late: false }).await;
        }
        tokio::select! {
            ended = task => {
                if let Err(error) = ended {
                    tracing::error!(%share, %error, "an evaluator ended");
                }
            }
            () = self.read(share, after, last, logged) => {}
            () = self.mark(share) => {}
            () = self.say_watched(share, listened) => {}
            () = self.want(share, &held, wanted) => {}
            () = asking::answer(&self.bus, share, &self.store, inquiries) => {}
        }
        Ok(())
    }

    /// Where to begin with the log.
    async fn begin(&self, share: Share, held: &Fence) -> Result<Beginning, StoreError> {
        let (first, last) = loop {
            match self.bus.bounds().await {
                Ok(bounds) => break bounds,
                Err(error) => {
                    tracing::warn!(%error, "the tick log cannot be looked at; it is tried again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        };
        let own = held.log_number.unwrap_or_default();
        let stored = match share {
            // Those are parted by nothing.
            Share::All | Share::Composites => own,
            Share::Partition { .. } => own.max(before(&self.store.leases().await?, self.partitions)),
        };
        let (after, is_lost) = if stored > last {
            tracing::error!(lease = held.name, "the tick log was made anew; what was in it is lost");
            (0, true)
        } else if stored > 0 && stored + 1 < first {
            tracing::error!(lease = held.name, "the tick log no longer reaches back to the last checkpoint");
            (first - 1, true)
        } else {
            (stored, false)
        };
        let mut lost = Vec::new();
        for at in self.store.positions_of(share).await? {
            // Positions of our own are places in the log. Those that it has not come to are of another log, or of
            // a time when one process gave them.
            let is_anew = !at.numbered && at.position > wire::last_position(last);
            if is_anew || is_lost {
                let why = if is_anew { Interruption::Renumbered } else { Interruption::HistoryGone };
                lost.push(Update::Interrupted { instrument: at.instrument, why });
            }
        }
        Ok(Beginning { after, last, lost })
    }

    /// Writes an empty batch now and then, so that a partition of which nothing is heard moves on in the log, and
    /// is not taken for one whose past has been forgotten.
    async fn mark(&self, share: Share) {
        let Share::Partition { index, .. } = share else { return std::future::pending().await };
        let log = self.bus.tick_log();
        loop {
            tokio::time::sleep(self.keep / 6).await;
            log.append(vec![Batch { topic: Topic::Partition(index), bytes: wire::encode(&[]) }]).await;
        }
    }

    /// Says in the log that pushed instruments are watched whose silence alerts wait for, as feeds say it of theirs:
    /// whoever reads that has read every tick before it.
    async fn say_watched(&self, share: Share, listened: watch::Receiver<Vec<Instrument>>) {
        let Share::Partition { index, .. } = share else { return std::future::pending().await };
        let log = self.bus.tick_log();
        loop {
            tokio::time::sleep(SAID_EVERY).await;
            let at = self.clock.now();
            let said = |instrument: &Instrument| Update::Feed {
                venue: instrument.venue(),
                at,
                event: FeedEvent::Coverage { instrument: instrument.clone(), coverage: Coverage::Watched },
            };
            let updates: Vec<Update> = listened.borrow().iter().map(said).collect();
            for chunk in updates.chunks(WATCHED_MAX) {
                log.append(vec![Batch { topic: Topic::Partition(index), bytes: wire::encode(chunk) }]).await;
            }
        }
    }

    /// Hands the log to the evaluator until it has ended.
    async fn read(&self, share: Share, after: u64, last: u64, logged: mpsc::Sender<Logged>) {
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
            // What was there at the beginning came while nobody evaluated it.
            let is_late = entry.number <= last;
            if logged.send(Logged { number: entry.number, updates, is_late }).await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Keeps what the evaluator wants from the markets where feeds find it.
    async fn want(&self, share: Share, held: &Fence, mut wanted: watch::Receiver<Wanted>) {
        // Before the evaluator has said anything, nothing is known to be unwanted.
        if wanted.changed().await.is_err() {
            return std::future::pending().await;
        }
        loop {
            let now = wanted.borrow_and_update().clone();
            let wishes = now.instruments.into_iter().map(|(instrument, start)| (instrument, begins(start)));
            match self.store.save_wants(held, wishes.collect()).await {
                // Whoever has taken over says what is wanted.
                Err(StoreError::Fenced) => return std::future::pending().await,
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

/// Up to where in the log everything was evaluated while the alerts were parted otherwise.
///
/// That is where the last of those parts was; of several partings, the one that came furthest. The other parts of
/// today say nothing of a part: they are as far as they are, and whoever had this one may have died at its first tick.
/// Nor does a parting one of whose parts never came to a checkpoint.
fn before(leases: &[Lease], partitions: u16) -> u64 {
    let mut partings: BTreeMap<u16, Vec<u64>> = BTreeMap::new();
    for lease in leases {
        let count = lease.name.strip_prefix("partition ").and_then(|name| name.split_once('/'));
        let count: Option<u16> = count.and_then(|(_, count)| count.parse().ok());
        if let Some(count) = count.filter(|count| *count != partitions) {
            partings.entry(count).or_default().extend(lease.log_number);
        }
    }
    let whole = partings.into_iter().filter(|(count, numbers)| numbers.len() == usize::from(*count));
    whole.filter_map(|(_, numbers)| numbers.into_iter().min()).max().unwrap_or_default()
}

fn begins(start: Start) -> Begins {
    match start {
        Start::After(position) => Begins::After(position),
        Start::Since(instant) => Begins::Since(instant),
        Start::Now => Begins::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leases(partitions: u16, numbers: &[(&str, u64)]) -> Vec<Lease> {
        let number_of =
            |name: &str| numbers.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
        let lease = |name: String| {
            let log_number = number_of(&name);
            Lease { name, holder: None, epoch: 1, beat: 0, log_number }
        };
        Share::every(partitions).map(|share| lease(share.to_string())).collect()
    }

    #[test]
    fn who_takes_over_before_the_first_checkpoint_leaves_nothing_out() {
        let others_are_ahead = leases(2, &[("partition 1/2", 40), ("composites", 50)]);
        assert_eq!(before(&others_are_ahead, 2), 0);
    }

    #[test]
    fn of_several_partings_the_one_that_came_furthest_counts() {
        let mut known = leases(2, &[("partition 0/2", 30), ("partition 1/2", 40)]);
        known.extend(leases(1, &[("partition 0/1", 900), ("composites", 20)]));
        assert_eq!(before(&known, 4), 900, "two, then one, then four");
        assert_eq!(before(&known, 2), 900, "two, then one, then two again");
    }

    #[test]
    fn other_parts_begin_where_those_before_were() {
        let of_two = leases(2, &[("partition 0/2", 30), ("partition 1/2", 40), ("composites", 20)]);
        assert_eq!(before(&of_two, 4), 30);
        assert_eq!(before(&[], 4), 0);
        let one_never_began = leases(2, &[("partition 1/2", 40)]);
        assert_eq!(before(&one_never_began, 4), 0);
    }
}
