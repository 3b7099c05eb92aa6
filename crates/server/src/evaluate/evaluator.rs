//! The evaluator's loop: one task owns the engine; feeds, the change log and the store's answers reach
//! it as messages.

use std::sync::Arc;
use std::time::Duration;

use bellwether_feeds::{FeedEvent, Interruption, Update, Wanted};
use bellwether_model::Instrument;
use bellwether_store::evaluation::{Change, Commit, Committed, Cursor, NewFire};
use bellwether_store::lease::Fence;
use bellwether_store::{Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::core::Core;
use super::follower::{Follower, News};
use super::inquiries::Inquiry;
use super::{Listeners, Logged};
use crate::clock::Clock;
use crate::crash::{self, Point};
use crate::traces::Traces;

/// How often everything that moved is stored, so that a restart has little to live through again.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether an instrument has been silent for as long as somebody asks.
const LISTEN_EVERY: Duration = Duration::from_secs(1);
/// Fires that may wait for the store before ticks are left in their queue: the feeds feel it as
/// back-pressure, and nothing is dropped.
const WAITING_FIRES_MAX: usize = 200_000;
/// How long a failed commit waits before it is tried again, at first and at most.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MOST: Duration = Duration::from_secs(5);
/// After how long a checkpoint is tried again that met an alert not heard of, or whose row is still to be read.
const UNHEARD_AGAIN: Duration = Duration::from_millis(50);
/// How often that is done before the process ends.
const UNHEARD_ATTEMPTS: u32 = 40;
/// Changes that are read at a time before the process ends.
const CHANGES_MAX: u32 = 2_000;

/// The evaluator's loop.
pub(super) struct Evaluator {
    pub(super) core: Core,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) follower: Follower,
    /// How far the change log was heard.
    pub(super) heard: Cursor,
    pub(super) updates: mpsc::Receiver<Update>,
    pub(super) logged: mpsc::Receiver<Logged>,
    /// The lease that it commits under, where there are several processes.
    pub(super) held: Option<Fence>,
    pub(super) inquiries: mpsc::Receiver<Inquiry>,
    /// Which instruments are wanted, and where to begin.
    pub(super) wanted: watch::Sender<Wanted>,
    /// The pushed instruments whose silence alerts wait for.
    pub(super) listened: watch::Sender<Vec<Instrument>>,
    pub(super) listeners: Listeners,
}

/// What was sent and what became of it; nothing where another process has taken over.
type InFlight = JoinHandle<Option<(Commit, Committed)>>;

impl Evaluator {
    /// Runs until cancelled, then stores where everything stands.
    pub(super) async fn run(mut self, cancel: CancellationToken) {
        let mut checkpoints = interval(CHECKPOINT_EVERY);
        checkpoints.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut listens = interval(LISTEN_EVERY);
        listens.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut in_flight: Option<InFlight> = None;
        self.tell_wanted();
        loop {
            tokio::select! {
                biased;
                () = cancel.cancelled() => break,
                settled = join(&mut in_flight) => {
                    in_flight = None;
                    let Some((sent, committed)) = settled else {
                        tracing::warn!(share = %self.core.share(), "another process has taken over");
                        return;
                    };
                    if committed.unheard {
                        checkpoints.reset_after(UNHEARD_AGAIN);
                    }
                    self.core.settled(sent, &committed);
                }
                news = self.follower.news.recv() => {
                    if news.is_none() && cancel.is_cancelled() {
                        break;
                    }
                    // Without it every change of an alert would be missed in silence, so this falls with it.
                    self.hear(news.expect("it follows until it is cancelled, unless it panics"));
                }
                Some(inquiry) = self.inquiries.recv() => inquiry.answer(&self.core),
                Some(update) = self.updates.recv(), if self.core.waiting_fires() < WAITING_FIRES_MAX => {
                    self.observe(update);
                }
                Some(logged) = self.logged.recv(), if self.core.waiting_fires() < WAITING_FIRES_MAX => {
                    self.core.replaying(logged.is_late);
                    for update in logged.updates {
                        self.observe(update);
                    }
                    self.core.replaying(false);
                    self.core.reached(logged.number);
                }
                // While one waits for the store, another would only be more of the same.
                _ = checkpoints.tick(), if !self.core.checkpoint_waits() => {
                    if !self.core.checkpoint(self.heard, self.clock.now()) {
                        checkpoints.reset_after(UNHEARD_AGAIN);
                    }
                }
                // Last, and only where no tick waits to be observed: nothing of what came is taken for silence.
                _ = listens.tick(), if self.updates.is_empty() => self.listen(),
            }
            self.tell_wanted();
            self.core.ask_rereads(|id| self.follower.reread(id));
            if in_flight.is_none() {
                in_flight = self.begin_commit();
            }
        }
        self.drain(in_flight).await;
    }

    fn observe(&mut self, update: Update) {
        let now = self.clock.now();
        match update {
            Update::Ticks { instrument, observations } => {
                self.core.observe(&instrument, &observations, now);
                crash::point(Point::Applied);
            }
            Update::Interrupted { instrument, why: Interruption::Renumbered } => {
                self.core.renumber(&instrument);
            }
            Update::Interrupted { instrument, .. } => self.core.interrupt(&instrument, now),
            Update::Feed { venue, at, event } => {
                if let FeedEvent::Coverage { instrument, coverage } = &event {
                    self.core.cover(instrument, coverage, at, now);
                }
                (self.listeners.on_feed)(venue, &event);
            }
        }
    }

    fn listen(&mut self) {
        let now = self.clock.now();
        self.core.end_lingering(now);
        self.core.listen(now);
        let pushed = self.core.listened_pushes();
        self.listened.send_if_modified(|told| {
            let is_news = *told != pushed;
            *told = pushed;
            is_news
        });
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Changes(changes) => self.hear_changes(&changes),
            News::Reread(id, row) => self.core.reread(id, row.as_deref(), self.clock.now()),
        }
        metrics::gauge!("bellwether_alerts_armed").set(self.core.alerts() as f64);
    }

    fn hear_changes(&mut self, changes: &[Change]) {
        let now = self.clock.now();
        changes
            .iter()
            .filter_map(|change| change.alert.as_ref())
            .for_each(|alert| self.core.change(alert, now));
        self.heard = changes.last().map_or(self.heard, |last| last.cursor);
    }

    fn begin_commit(&mut self) -> Option<InFlight> {
        let (log_number, mut commit) = self.core.next_commit()?;
        commit.fence = self.held.clone().map(|held| Fence { log_number, ..held });
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let (on_commit, traces) = (Arc::clone(&self.listeners.on_commit), self.listeners.traces.clone());
        Some(tokio::spawn(async move {
            let committed = commit_until_done(&store, &clock, &commit, &traces).await?;
            if !commit.fires.is_empty() {
                crash::point(Point::Committed);
            }
            on_commit(&committed);
            Some((commit, committed))
        }))
    }

    /// Stores everything that waits, and where everything stands, before the loop ends.
    async fn drain(&mut self, in_flight: Option<InFlight>) {
        while let Ok(news) = self.follower.news.try_recv() {
            self.hear(news);
        }
        self.settle_all(in_flight).await;
        for _ in 0..UNHEARD_ATTEMPTS {
            // The follower has ended, and alerts may have been made since.
            while let Ok(changes) = self.store.changes(self.heard, CHANGES_MAX).await
                && !changes.is_empty()
            {
                self.hear_changes(&changes);
            }
            self.reread_stale().await;
            let is_made = self.core.checkpoint(self.heard, self.clock.now());
            let first = self.begin_commit();
            if self.settle_all(first).await && is_made {
                return;
            }
            tokio::time::sleep(UNHEARD_AGAIN).await;
        }
    }

    /// Reads again what is not held as it stands, once nothing is on its way any more and the follower has ended.
    async fn reread_stale(&mut self) {
        for id in self.core.stale() {
            match self.store.watched_alert(id).await {
                Ok(row) => self.core.reread(id, row.as_ref(), self.clock.now()),
                Err(error) => tracing::error!(%error, "an alert could not be read; it is tried again"),
            }
        }
    }

    /// Commits everything that waits, after what is on its way; whether nothing was left out for later.
    async fn settle_all(&mut self, mut in_flight: Option<InFlight>) -> bool {
        let mut unheard = false;
        while let Some(handle) = in_flight.take().or_else(|| self.begin_commit()) {
            let Ok(Some((sent, committed))) = handle.await else { return true };
            unheard |= committed.unheard;
            self.core.settled(sent, &committed);
        }
        !unheard
    }

    fn tell_wanted(&mut self) {
        if let Some(wanted) = self.core.take_wanted(self.clock.now()) {
            let known = self.core.last_ticks();
            self.wanted.send_replace(Wanted { instruments: wanted, known, ..Wanted::default() });
        }
    }
}

/// Waits for the commit in flight; for ever where there is none.
async fn join(in_flight: &mut Option<InFlight>) -> Option<(Commit, Committed)> {
    match in_flight {
        Some(handle) => handle.await.expect("a commit retries until it is done and never panics"),
        None => std::future::pending().await,
    }
}

/// Commits, and tries again for as long as the store cannot: fires wait, in their order, and none is lost.
/// A commit whose answer was lost may be repeated, since the store knows each fire by its id. Nothing where another
/// process has taken over: then what waits here is its to find.
async fn commit_until_done(
    store: &Store,
    clock: &Clock,
    commit: &Commit,
    traces: &Traces,
) -> Option<Committed> {
    let mut wait = RETRY_FIRST;
    let began = std::time::Instant::now();
    loop {
        match store.commit(commit.clone(), clock.now()).await {
            Ok(committed) => {
                metrics::histogram!("bellwether_commit_seconds").record(began.elapsed().as_secs_f64());
                metrics::counter!("bellwether_fires_total")
                    .increment((commit.fires.len() - committed.dropped.len()) as u64);
                let (now, took) = (clock.now(), metrics::histogram!("bellwether_fire_committed_seconds"));
                let waited_us = |fire: &NewFire| now.micros_since(fire.evaluated_at).max(0);
                commit.fires.iter().for_each(|fire| took.record(waited_us(fire) as f64 / 1e6));
                traces.committed(commit, &committed, now);
                return Some(committed);
            }
            Err(StoreError::Fenced) => return None,
            Err(error) => {
                report(&error, commit);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(RETRY_MOST);
            }
        }
    }
}

fn report(error: &StoreError, commit: &Commit) {
    metrics::counter!("bellwether_commit_failures_total").increment(1);
    tracing::error!(%error, fires = commit.fires.len(), "fires could not be stored; they wait, and are tried again");
}
