//! Spreads what has a lease over the processes that live: each takes its fair part, and gives up what is beyond.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_store::lease::Fence;
use bellwether_store::{Store, StoreError};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::leases::{Belief, Leases};

/// How often a process shows that it lives and looks at the leases.
const BEAT_EVERY: Duration = Duration::from_millis(500);
/// How often it is looked whether everything has ended.
const END_LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often at most a process gives one up so that another may have it: moving one means to load it elsewhere.
const MOVE_EVERY: Duration = Duration::from_secs(2);

/// Something of which each piece is done by one process at a time.
pub(crate) trait Work: Send + Sync + 'static {
    /// What processes that do this are called: a word.
    fn role(&self) -> &'static str;

    /// The pieces, by the names of their leases.
    fn pieces(&self) -> Vec<String>;

    /// Does a piece until it is cancelled, and ends then in good order. Where the lease is lost it is dropped.
    fn run(self: Arc<Self>, piece: Piece, cancel: CancellationToken) -> impl Future<Output = ()> + Send;
}

/// A piece of work, and the lease that it is done under.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(super) held: Fence,
    pub(super) belief: Belief,
}

struct Running {
    cancel: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl Running {
    fn is_leaving(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

/// Does pieces of a work until cancelled; then ends them in good order and gives them back.
pub(crate) async fn work<W: Work>(work: W, store: Store, cancel: CancellationToken) {
    let mut worker = Worker::new(Arc::new(work), store);
    let mut beats = interval(BEAT_EVERY);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => break,
            _ = beats.tick() => {}
        }
        if let Err(error) = worker.round().await {
            tracing::warn!(role = worker.work.role(), %error, "leases cannot be looked at; it is tried again");
        }
    }
    worker.end().await;
}

struct Worker<W> {
    work: Arc<W>,
    leases: Leases,
    /// The lease that says that this process lives.
    own: String,
    running: BTreeMap<String, Running>,
    moved_at: Instant,
}

impl<W: Work> Worker<W> {
    fn new(work: Arc<W>, store: Store) -> Self {
        let leases = Leases::new(store);
        let own = format!("{} {}", work.role(), leases.me());
        Self { work, leases, own, running: BTreeMap::new(), moved_at: Instant::now() }
    }

    async fn round(&mut self) -> Result<(), StoreError> {
        for name in self.leases.beat().await? {
            self.abort(&name);
        }
        self.leases.look().await?;
        self.drop_ended().await?;
        if self.leases.is_free(&self.own) {
            self.leases.claim(&self.own).await?;
            self.leases.look().await?;
        }
        self.take().await?;
        let prefix = format!("{} ", self.work.role());
        self.leases.forget_gone(&prefix).await
    }

    fn abort(&mut self, name: &str) {
        if let Some(running) = self.running.remove(name) {
            tracing::warn!(lease = name, "lost: another process has taken over");
            running.task.abort();
        }
    }

    /// A piece whose work ended by itself is given back: whoever is next begins it anew.
    async fn drop_ended(&mut self) -> Result<(), StoreError> {
        let ended: Vec<String> = self
            .running
            .iter()
            .filter(|(_, running)| running.task.is_finished())
            .map(|(name, _)| name.clone())
            .collect();
        for name in ended {
            self.running.remove(&name);
            self.leases.release(&name).await?;
        }
        Ok(())
    }

    /// Takes free pieces up to a fair part, or gives one up that is beyond it.
    async fn take(&mut self) -> Result<(), StoreError> {
        let pieces = self.work.pieces();
        let processes = self.leases.living(&format!("{} ", self.work.role())).max(1);
        let fair = pieces.len().div_ceil(processes);
        // Each process begins elsewhere, so that not all of them reach for the same one.
        let start = usize::try_from(self.leases.me().as_u128() % 7_919).unwrap_or_default();
        for at in 0..pieces.len() {
            let name = &pieces[(start + at) % pieces.len()];
            if self.running.len() >= fair {
                break;
            }
            if !self.running.contains_key(name)
                && self.leases.is_free(name)
                && let Some(held) = self.leases.claim(name).await?
            {
                self.begin(held);
            }
        }
        let staying = self.running.values().filter(|running| !running.is_leaving()).count();
        if staying > fair && self.moved_at.elapsed() >= MOVE_EVERY {
            self.moved_at = Instant::now();
            if let Some((name, running)) = self.running.iter().rfind(|(_, running)| !running.is_leaving()) {
                tracing::info!(lease = name, "given up, so that another process may have it");
                running.cancel.cancel();
            }
        }
        metrics::gauge!("bellwether_leases_held", "role" => self.work.role()).set(self.running.len() as f64);
        Ok(())
    }

    fn begin(&mut self, held: Fence) {
        let name = held.name.clone();
        tracing::info!(lease = name, epoch = held.epoch, "claimed");
        let cancel = CancellationToken::new();
        let piece = Piece { held, belief: self.leases.belief() };
        let task = tokio::spawn(Arc::clone(&self.work).run(piece, cancel.clone()));
        self.running.insert(name, Running { cancel, task: AbortOnDropHandle::new(task) });
    }

    /// Ends everything, and shows until then that it lives: nobody takes over what is not yet stored.
    async fn end(mut self) {
        for running in self.running.values() {
            running.cancel.cancel();
        }
        while !self.running.is_empty() {
            let given_back = self.drop_ended().await;
            let beaten = self.leases.beat().await.map(|lost| lost.iter().for_each(|name| self.abort(name)));
            if let Err(error) = given_back.and(beaten) {
                // It is over by itself in a moment.
                tracing::debug!(role = self.work.role(), %error, "leases could not be given back");
            }
            tokio::time::sleep(END_LOOK_EVERY).await;
        }
        if let Err(error) = self.leases.release(&self.own).await {
            tracing::debug!(role = self.work.role(), %error, "a lease could not be given back");
        }
    }
}
