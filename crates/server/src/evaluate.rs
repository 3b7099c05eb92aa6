//! The evaluator: ticks in, committed fires out.
//!
//! One task owns the engine and everything that it knows ([`core`]). Ticks reach it from the feeds,
//! changes of alerts from the change log ([`follower`]), and its fires leave in batches, each one
//! transaction, one after the other ([`outbox`]). It never waits for the store while ticks come in.
//!
//! One process has one evaluator, of everything. Where there are several processes each evaluator has a share of
//! the alerts, reads the tick log instead of feeds, and commits under a lease.

mod candles;
mod core;
mod coverage;
mod evaluator;
mod follower;
mod inquiries;
mod newcomer;
mod outbox;
mod patience;
mod positions;
mod ring;
mod roster;

use std::sync::Arc;

use bellwether_feeds::{FeedEvent, Update, Wanted};
use bellwether_model::{Instrument, Timestamp, Venue};
use bellwether_store::evaluation::Committed;
use bellwether_store::lease::Fence;
use bellwether_store::share::{Mark, Share};
use bellwether_store::tick_log::LoggedTick;
use bellwether_store::{Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) use self::inquiries::Ask;
pub use self::inquiries::Inquiries;
pub(crate) use self::patience::{Deaf, Patience};
pub use self::positions::{Market, Positions, Watching};
use crate::clock::Clock;
use crate::journal;
use crate::traces::Traces;

/// Batches of ticks on their way to the evaluator; where they are more, feeds wait, and their sockets
/// with them.
const UPDATES_MAX: usize = 1_024;
/// Batches of the tick log on their way to the evaluator.
const LOGGED_MAX: usize = 64;
/// Alerts that are read at a time when the process starts.
const LOAD_MAX: u32 = 20_000;
/// Logged ticks that are read at a time when the process starts.
const REPLAY_MAX: u32 = 10_000;

/// A running evaluator.
pub struct Evaluation {
    /// Where feeds hand their updates in.
    pub updates: mpsc::Sender<Update>,
    /// Where batches of the tick log are handed in, each once and in its order.
    pub logged: mpsc::Sender<Logged>,
    /// How to ask why an alert has not fired.
    pub inquiries: Inquiries,
    /// Which instruments alerts look at, and where to begin.
    pub wanted: watch::Receiver<Wanted>,
    /// The pushed instruments whose silence alerts wait for.
    pub listened: watch::Receiver<Vec<Instrument>>,
    /// The loop; it ends after cancellation, when everything is stored, or once another process has taken over.
    pub task: Option<JoinHandle<()>>,
}

/// What one evaluator has to do.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Whose alerts.
    pub share: Share,
    /// Under which lease it commits, and up to which batch of the tick log everything is stored; nothing where
    /// there is one process.
    pub held: Option<Fence>,
}

/// A batch of the tick log.
#[derive(Debug)]
pub struct Logged {
    /// Its number in the log.
    pub number: u64,
    /// What feeds said.
    pub updates: Vec<Update>,
    /// Whether it came while no process evaluated it, so that its fires come late.
    pub is_late: bool,
}

/// Who is told of what happens in the evaluator, at once and without waiting.
pub struct Listeners {
    /// Told of every commit's answer, before anything else sees it.
    pub on_commit: OnCommit,
    /// Told how each venue's feed fares.
    pub on_feed: OnFeed,
    /// Told when fires were found and committed.
    pub traces: Traces,
}

/// Takes in the answer to a commit.
pub type OnCommit = Arc<dyn Fn(&Committed) + Send + Sync>;

/// Takes in what a venue's feed says of itself.
pub type OnFeed = Arc<dyn Fn(Venue, &FeedEvent) + Send + Sync>;

/// Loads every alert in force of a part and starts the evaluator.
///
/// # Errors
/// Where the store cannot be read.
pub async fn start(
    store: Store,
    clock: Clock,
    positions: Positions,
    listeners: Listeners,
    part: Part,
    cancel: CancellationToken,
) -> Result<Evaluation, StoreError> {
    let Part { share, held } = part;
    // The log's end is noted before the alerts are read: a change in between is seen twice, never missed.
    let head = store.head().await?;
    let mut core = core::Core::of(share, positions);
    for position in store.positions_of(share).await? {
        core.resume(&position);
    }
    for stretch in store.newest_coverage().await?.iter().filter(|one| share.is_home_of(&one.instrument)) {
        core.resume_coverage(stretch);
    }
    load(&store, share, &mut core).await?;
    core.loaded();
    core.up(clock.now());
    replay(&store, &mut core, clock.now()).await?;

    let (updates, updates_out) = mpsc::channel(UPDATES_MAX);
    let (logged, logged_out) = mpsc::channel(LOGGED_MAX);
    let (inquiries, inquiries_out) = Inquiries::new();
    let (wanted_in, wanted) = watch::channel(Wanted::default());
    let (listened_in, listened) = watch::channel(Vec::new());
    let evaluator = evaluator::Evaluator {
        core,
        follower: follower::Follower::start(store.clone(), head, cancel.clone()),
        store,
        clock,
        updates: updates_out,
        logged: logged_out,
        heard: head,
        held,
        inquiries: inquiries_out,
        wanted: wanted_in,
        listened: listened_in,
        listeners,
    };
    let task = Some(tokio::spawn(evaluator.run(cancel)));
    Ok(Evaluation { updates, logged, inquiries, wanted, listened, task })
}

/// Lives through the logged ticks that the process before this one had not dealt with.
async fn replay(store: &Store, core: &mut core::Core, now: Timestamp) -> Result<(), StoreError> {
    let (mut after, mut count) = (0, 0);
    loop {
        let logged = store.logged_ticks(after, REPLAY_MAX).await?;
        let Some(last) = logged.last() else { break };
        after = last.seq;
        for LoggedTick { instrument, tick, .. } in &logged {
            if !core.reads(instrument) {
                continue;
            }
            count += usize::from(core.replay(instrument, &journal::observation(*tick), now));
        }
    }
    if count > 0 {
        tracing::info!(ticks = count, "ticks were evaluated that the process before this one had only kept");
    }
    Ok(())
}

async fn load(store: &Store, share: Share, core: &mut core::Core) -> Result<(), StoreError> {
    let began = std::time::Instant::now();
    let mut after = None;
    loop {
        let rows = store.watched_in(share, after, LOAD_MAX).await?;
        let Some(last) = rows.last() else { break };
        after = Some(Mark::after(last));
        for row in &rows {
            core.load(row);
        }
    }
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%share, alerts = core.alerts(), took_ms, "alerts loaded");
    Ok(())
}
