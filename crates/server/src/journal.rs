//! The way in for ticks that nobody can repeat: they are kept before they count.
//!
//! A streamed trade that is lost with the process is fetched again from its venue; a polled price and a pushed
//! tick are not. So they are written to the store's log first, each with its place, and only then evaluated;
//! what was kept and not evaluated when the process died is evaluated by the next one. Many that come at once
//! are one write.
//!
//! One task owns the order: the order of the log is the order in which the evaluator sees them.

use std::collections::HashMap;

use bellwether_feeds::Update;
use bellwether_model::{Instrument, Observation, Origin, Position, Price, Tick, Timestamp};
use bellwether_store::tick_log::LoggedTick;
use bellwether_store::{Store, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::crash::{self, Point};

/// Callers that may wait for the journal before others wait to be heard.
const CALLERS: usize = 256;
/// Callers whose ticks are one write.
const CALLERS_AT_ONCE: usize = 64;
/// Ticks of the log that are read at a time.
const READ_MAX: u32 = 10_000;

/// A tick that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Of which instrument.
    pub instrument: Instrument,
    /// The price.
    pub price: Price,
    /// When that was.
    pub time: Timestamp,
    /// The source's own number of it, where it has one; at most 2^63 - 1.
    pub id: Option<u64>,
}

/// What became of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// It is kept, and will be evaluated whatever happens to this process.
    Kept,
    /// It is no newer than one that was kept before, and changes nothing.
    Stale,
    /// It has a number where the instrument's others have none, or none where they have, and changes nothing.
    Mixed,
}

/// Ticks were not kept. The same may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// The store could not.
    #[error("the ticks could not be kept: {0}")]
    Store(String),
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopping,
}

/// Ticks of one caller.
pub(crate) struct Call {
    entries: Vec<Entry>,
    reply: Reply,
}

impl Call {
    /// What came in, and where to answer what became of each.
    pub(crate) fn open(self) -> (Vec<Entry>, Reply) {
        (self.entries, self.reply)
    }
}

/// Where a journal's calls come in.
pub(crate) struct Inbox(mpsc::Receiver<Call>);

impl Inbox {
    /// The next callers, whose ticks are one write; nothing once there are none any more.
    pub(crate) async fn next(&mut self) -> Option<Vec<Call>> {
        let mut calls = Vec::new();
        (self.0.recv_many(&mut calls, CALLERS_AT_ONCE).await > 0).then_some(calls)
    }
}

/// The way in. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Journal {
    calls: mpsc::Sender<Call>,
}

impl Journal {
    /// Goes on where the log and the checkpoints end.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn start(
        store: Store,
        updates: mpsc::Sender<Update>,
        cancel: CancellationToken,
    ) -> Result<(Self, JoinHandle<()>), StoreError> {
        let heads = Heads::load(&store).await?;
        let (journal, inbox) = Self::with_inbox();
        let keeper = Keeper { store, updates, heads, is_unsure: false };
        Ok((journal, tokio::spawn(keeper.run(inbox, cancel))))
    }

    /// One whose calls are kept by whoever has the inbox.
    pub(crate) fn with_inbox() -> (Self, Inbox) {
        let (calls, inbox) = mpsc::channel(CALLERS);
        (Self { calls }, Inbox(inbox))
    }

    /// One that keeps nothing: every caller is told that the service is stopping.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self { calls: mpsc::channel(1).0 }
    }

    /// Keeps ticks, then hands them to the evaluator; what became of each, in their order.
    ///
    /// # Errors
    /// Where none of them was kept.
    pub async fn enter(&self, entries: Vec<Entry>) -> Result<Vec<Entered>, EnterError> {
        let (reply, answer) = oneshot::channel();
        self.calls.send(Call { entries, reply }).await.map_err(|_| EnterError::Stopping)?;
        answer.await.map_err(|_| EnterError::Stopping)?
    }
}

struct Keeper {
    store: Store,
    updates: mpsc::Sender<Update>,
    heads: Heads,
    /// Whether a write failed since the log was last read: it may have happened all the same.
    is_unsure: bool,
}

impl Keeper {
    async fn run(mut self, mut inbox: Inbox, cancel: CancellationToken) {
        while let Some(Some(calls)) = cancel.run_until_cancelled(inbox.next()).await {
            self.keep(calls).await;
        }
    }

    async fn keep(&mut self, calls: Vec<Call>) {
        if self.is_unsure
            && let Err(error) = self.catch_up().await
        {
            return refuse(calls.into_iter().map(|call| call.reply), &error);
        }
        // What was judged is taken back where the store does not keep it.
        let mut heads = Ahead { heads: &self.heads, next: self.heads.next, moved: HashMap::new() };
        let mut kept = Vec::new();
        let mut replies = Vec::with_capacity(calls.len());
        for Call { entries, reply } in calls {
            let entered = entries.into_iter().map(|entry| heads.judge(entry, &mut kept)).collect();
            replies.push((reply, entered));
        }
        let (next, moved) = (heads.next, heads.moved);
        let failure = match kept.is_empty() {
            true => None,
            false => self.store.log_ticks(kept.clone()).await.err(),
        };
        if let Some(error) = failure {
            self.is_unsure = true;
            return refuse(replies.into_iter().map(|(reply, _)| reply), &error);
        }
        crash::point(Point::Logged);
        self.heads.next = next;
        self.heads.by_instrument.extend(moved);
        self.hand_on(kept).await;
        for (reply, entered) in replies {
            let _ = reply.send(Ok(entered));
        }
    }

    /// Takes in what was kept although the store did not say so.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        loop {
            let found = self.store.logged_ticks(self.heads.next - 1, READ_MAX).await?;
            if found.is_empty() {
                self.is_unsure = false;
                return Ok(());
            }
            self.heads.follow(&found);
            self.hand_on(found).await;
        }
    }

    async fn hand_on(&self, kept: Vec<LoggedTick>) {
        for update in updates(kept) {
            // Where the evaluator has ended, the next process reads the log.
            let _ = self.updates.send(update).await;
        }
    }
}

pub(crate) type Reply = oneshot::Sender<Result<Vec<Entered>, EnterError>>;

fn refuse(replies: impl Iterator<Item = Reply>, error: &StoreError) {
    metrics::counter!("bellwether_journal_failures_total").increment(1);
    tracing::error!(%error, "ticks could not be kept");
    for reply in replies {
        let _ = reply.send(Err(EnterError::Store(error.to_string())));
    }
}

/// Runs of one instrument, in the order of the log.
fn updates(kept: Vec<LoggedTick>) -> Vec<Update> {
    let mut updates: Vec<Update> = Vec::new();
    for LoggedTick { instrument, tick, .. } in kept {
        push(&mut updates, instrument, observation(tick));
    }
    updates
}

/// Adds a tick to runs of one instrument.
pub(crate) fn push(updates: &mut Vec<Update>, instrument: Instrument, observation: Observation) {
    match updates.last_mut() {
        Some(Update::Ticks { instrument: same, observations }) if *same == instrument => {
            observations.push(observation);
        }
        _ => updates.push(Update::Ticks { instrument, observations: vec![observation] }),
    }
}

/// A logged tick as the evaluator takes it. Also when it comes late it is what it was: it is not fetched
/// afterwards, so an alert that was armed before it fires whatever its time.
pub(crate) fn observation(tick: Tick) -> Observation {
    Observation { tick, trades: None, origin: Origin::Live }
}

/// The newest tick that was kept of each instrument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) id: Option<u64>,
    pub(crate) time: Timestamp,
}

/// The rules of the engine for what comes after this: by number where there are numbers, or else by time.
pub(crate) fn judge(head: Option<Head>, id: Option<u64>, time: Timestamp) -> Entered {
    match (head, id) {
        (Some(Head { id: Some(last), .. }), Some(id)) if id <= last => Entered::Stale,
        (Some(Head { id: None, time: last }), None) if time < last => Entered::Stale,
        (Some(Head { id: Some(_), .. }), None) | (Some(Head { id: None, .. }), Some(_)) => Entered::Mixed,
        _ => Entered::Kept,
    }
}

#[derive(Debug, Default)]
struct Heads {
    /// The next place in the log.
    next: u64,
    by_instrument: HashMap<Instrument, Head>,
}

impl Heads {
    /// Where the log and the checkpoints end. The evaluator may store a checkpoint meanwhile, which takes ticks out of
    /// the log: so the checkpoints are read after it, and are past whatever was no longer found there.
    async fn load(store: &Store) -> Result<Self, StoreError> {
        let mut heads = Self { next: 1, by_instrument: HashMap::new() };
        let mut after = 0;
        loop {
            let logged = store.logged_ticks(after, READ_MAX).await?;
            let Some(last) = logged.last() else { break };
            after = last.seq;
            heads.follow(&logged);
        }
        for at in store.positions().await? {
            let id = at.numbered.then_some(at.position.0);
            if !at.numbered {
                heads.next = heads.next.max(at.position.0 + 1);
            }
            let stored = Head { id, time: at.time };
            let head = heads.by_instrument.entry(at.instrument).or_insert(stored);
            // By number where there are numbers, or else by time.
            if (stored.id, stored.time) > (head.id, head.time) {
                *head = stored;
            }
        }
        Ok(heads)
    }

    /// Notes ticks that are in the log.
    fn follow(&mut self, logged: &[LoggedTick]) {
        for LoggedTick { seq, instrument, tick } in logged {
            self.next = self.next.max(seq + 1);
            self.by_instrument.insert(instrument.clone(), Head { id: tick.id, time: tick.time });
        }
    }
}

/// The heads with what is about to be kept.
struct Ahead<'a> {
    heads: &'a Heads,
    next: u64,
    moved: HashMap<Instrument, Head>,
}

impl Ahead<'_> {
    fn judge(&mut self, entry: Entry, kept: &mut Vec<LoggedTick>) -> Entered {
        let Entry { instrument, price, time, id } = entry;
        let head = self.moved.get(&instrument).or_else(|| self.heads.by_instrument.get(&instrument));
        let verdict = judge(head.copied(), id, time);
        if verdict != Entered::Kept {
            return verdict;
        }
        let seq = self.next;
        self.next += 1;
        let tick = match id {
            Some(id) => Tick::numbered(price, time, id),
            None => Tick::unnumbered(price, time, Position(seq)),
        };
        self.moved.insert(instrument.clone(), Head { id, time });
        kept.push(LoggedTick { seq, instrument, tick });
        Entered::Kept
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, OnceLock};

    use bellwether_store::StoreOptions;
    use bellwether_store::candle::RunningCandles;
    use bellwether_store::evaluation::{Commit, MarketPosition};
    use bellwether_store::testing::{Gatekeeper, open_kept};
    use futures_util::FutureExt as _;
    use futures_util::future::BoxFuture;

    use super::*;

    fn entry(instrument: &str, price: &str, time_us: i64, id: Option<u64>) -> Entry {
        Entry {
            instrument: instrument.parse().unwrap(),
            price: price.parse().unwrap(),
            time: Timestamp::from_micros(time_us),
            id,
        }
    }

    async fn store() -> Store {
        let store = Store::open("sqlite::memory:", StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    /// Positions as they reached the evaluator, with their instruments' symbols.
    fn heard(updates: &mut mpsc::Receiver<Update>) -> Vec<(String, u64)> {
        let mut heard = Vec::new();
        while let Ok(update) = updates.try_recv() {
            let Update::Ticks { instrument, observations } = update else { panic!("no tick") };
            heard
                .extend(observations.iter().map(|one| (instrument.symbol().to_owned(), one.tick.position.0)));
        }
        heard
    }

    #[tokio::test]
    async fn a_tick_is_kept_once_in_its_order_and_the_next_process_goes_on_from_there() {
        use Entered::{Kept, Mixed, Stale};
        let (store, cancel) = (store().await, CancellationToken::new());
        let (sender, mut updates) = mpsc::channel(100);
        let (journal, task) = Journal::start(store.clone(), sender.clone(), cancel.clone()).await.unwrap();
        let entered = journal
            .enter(vec![
                entry("uphold:BTC-USD", "1", 10, None),
                entry("push:a/X", "1", 10, Some(40)),
                entry("uphold:BTC-USD", "2", 10, None),
                entry("uphold:BTC-USD", "3", 9, None),
                entry("push:a/X", "1", 11, Some(40)),
                entry("push:a/X", "1", 5, Some(41)),
                entry("push:a/X", "1", 12, None),
                entry("uphold:BTC-USD", "3", 12, Some(50)),
            ])
            .await
            .unwrap();
        assert_eq!(entered, [Kept, Kept, Kept, Stale, Stale, Kept, Mixed, Mixed]);
        let (btc, x) = ("BTC-USD".to_owned(), "a/X".to_owned());
        assert_eq!(heard(&mut updates), [(btc.clone(), 1), (x.clone(), 40), (btc.clone(), 3), (x, 41)]);
        assert_eq!(store.logged_ticks(0, 10).await.unwrap().len(), 4);
        cancel.cancel();
        task.await.unwrap();

        let (journal, _task) = Journal::start(store.clone(), sender, CancellationToken::new()).await.unwrap();
        let again = vec![
            entry("push:a/X", "1", 99, Some(41)),
            entry("uphold:BTC-USD", "1", 9, None),
            entry("uphold:BTC-USD", "1", 10, None),
        ];
        assert_eq!(journal.enter(again).await.unwrap(), [Stale, Stale, Kept]);
        assert_eq!(heard(&mut updates), [(btc, 5)]);
    }

    #[tokio::test]
    async fn a_write_of_which_nobody_knows_is_looked_for_before_the_next() {
        let store = store().await;
        let (sender, mut updates) = mpsc::channel(100);
        let (journal, _task) = Journal::start(store.clone(), sender, CancellationToken::new()).await.unwrap();
        // As a write looks that happened although its answer was lost.
        let written = LoggedTick {
            seq: 1,
            instrument: "uphold:ETH-USD".parse().unwrap(),
            tick: Tick::unnumbered("1".parse().unwrap(), Timestamp::EPOCH, Position(1)),
        };
        store.log_ticks(vec![written]).await.unwrap();
        let tick = vec![entry("push:a/X", "1", 10, Some(7))];
        assert!(matches!(journal.enter(tick.clone()).await, Err(EnterError::Store(_))));
        assert_eq!(heard(&mut updates), []);
        assert_eq!(journal.enter(tick).await.unwrap(), [Entered::Kept], "it is not taken for a repetition");
        assert_eq!(heard(&mut updates), [("ETH-USD".to_owned(), 1), ("a/X".to_owned(), 7)]);
    }

    /// Between the first reading and the second the evaluator stores a checkpoint.
    #[derive(Debug, Default)]
    struct Checkpointing {
        store: OnceLock<Store>,
        readings: AtomicU32,
    }

    impl Gatekeeper for Checkpointing {
        fn enter(&self, call: &'static str) -> BoxFuture<'_, Result<u64, StoreError>> {
            async move {
                if let Some(store) = self.store.get()
                    && ["positions", "logged_ticks"].contains(&call)
                    && self.readings.fetch_add(1, Ordering::Relaxed) == 1
                {
                    let stood = MarketPosition {
                        instrument: "uphold:BTC-USD".parse().unwrap(),
                        position: Position(2),
                        numbered: false,
                        price: "3".parse().unwrap(),
                        time: Timestamp::from_micros(11),
                        memory: Vec::new(),
                        in_force: true,
                        running: RunningCandles::default(),
                    };
                    let commit = Commit { positions: vec![stood], ..Commit::default() };
                    store.commit(commit, Timestamp::from_micros(12)).await.unwrap();
                    assert_eq!(
                        store.logged_ticks(0, 10).await.unwrap(),
                        [],
                        "what is evaluated is forgotten"
                    );
                }
                Ok(0)
            }
            .boxed()
        }

        fn leave(&self, _: u64) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_checkpoint_that_is_stored_while_the_log_is_read_is_no_step_back() {
        let keeper = Arc::new(Checkpointing::default());
        let store = open_kept("sqlite::memory:", StoreOptions::default(), keeper.clone()).await.unwrap();
        store.migrate().await.unwrap();
        let (sender, mut updates) = mpsc::channel(100);
        let cancel = CancellationToken::new();
        let (journal, task) = Journal::start(store.clone(), sender.clone(), cancel.clone()).await.unwrap();
        let [first, second, third] = [("1", 10), ("3", 11), ("2", 12)]
            .map(|(price, at)| vec![entry("uphold:BTC-USD", price, at, None)]);
        assert_eq!(journal.enter(first).await.unwrap(), [Entered::Kept]);
        assert_eq!(journal.enter(second).await.unwrap(), [Entered::Kept]);
        cancel.cancel();
        task.await.unwrap();
        heard(&mut updates);

        keeper.store.set(store.clone()).unwrap();
        let (journal, _task) = Journal::start(store.clone(), sender, CancellationToken::new()).await.unwrap();
        assert!(keeper.readings.load(Ordering::Relaxed) >= 2);
        assert_eq!(journal.enter(third).await.unwrap(), [Entered::Kept]);
        assert_eq!(heard(&mut updates), [("BTC-USD".to_owned(), 3)], "it has a place of its own");
    }
}
