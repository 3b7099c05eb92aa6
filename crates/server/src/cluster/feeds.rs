//! Feeds: each venue is watched by one process at a time, for all engines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bellwether_bus::Bus;
use bellwether_feeds::{Known, Start, Update, Wanted};
use bellwether_model::{Instrument, Venue};
use bellwether_store::evaluation::MarketPosition;
use bellwether_store::share::Share;
use bellwether_store::want::{Begins, Want};
use bellwether_store::{Store, StoreError, Woken};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::journal::journal_of_feed;
use super::publishing::{Publisher, Standing};
use super::workers::{Piece, Work};
use crate::attention::Attention;
use crate::clock::Clock;
use crate::config::Config;
use crate::feeding::{Feeding, start_venue};

/// How often it is looked what engines want, where no hint came.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Updates of a feed that may wait for the log; where they are more, its sockets wait.
const UPDATES_MAX: usize = 1_024;

/// Watches venues.
pub(crate) struct Feeds {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) bus: Bus,
    pub(crate) config: Config,
    pub(crate) venues: Vec<Venue>,
}

impl Work for Feeds {
    fn role(&self) -> &'static str {
        "feed"
    }

    fn pieces(&self) -> Vec<String> {
        self.venues.iter().map(|venue| lease_of(*venue)).collect()
    }

    async fn run(self: Arc<Self>, piece: Piece, cancel: CancellationToken) {
        let Some(venue) = self.venues.iter().copied().find(|venue| lease_of(*venue) == piece.held.name)
        else {
            return;
        };
        if let Err(error) = self.watch(venue, piece, cancel.clone()).await {
            tracing::error!(%venue, error = format!("{error:#}"), "a venue cannot be watched; it is tried again");
            let _ = cancel.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await;
        }
    }
}

fn lease_of(venue: Venue) -> String {
    format!("watching {venue}")
}

impl Feeds {
    async fn watch(&self, venue: Venue, piece: Piece, cancel: CancellationToken) -> anyhow::Result<()> {
        let partitions = self.config.bus.partitions;
        let shares = Share::every(partitions).map(|share| share.to_string()).collect();
        let mut wants = Wants { store: self.store.clone(), venue, shares, known: Wanted::default() };
        let wanted = wants.look().await?.unwrap_or_default();
        let (wanted_in, wanted) = watch::channel(wanted);
        let (updates, updates_out) = mpsc::channel::<Update>(UPDATES_MAX);
        let publisher = Publisher {
            venue,
            log: self.bus.tick_log(),
            partitions,
            clock: self.clock.clone(),
            wanted: wanted.clone(),
            belief: piece.belief,
            standing: Standing::of(self.in_force(venue).await?),
            attention: Attention::default(),
        };
        let (journal, keeper) = journal_of_feed(updates.clone(), cancel.clone());
        let feeding = Feeding {
            clock: self.clock.clone(),
            store: self.store.clone(),
            wanted,
            updates,
            glitch_factor: self.config.feeds.glitch_factor,
            cancel: cancel.clone(),
        };
        // Dropped with this future, they end at once.
        let mut tasks = JoinSet::new();
        for task in start_venue(&feeding, venue, &self.config.venues, &journal)? {
            let task = tokio_util::task::AbortOnDropHandle::new(task);
            tasks.spawn(async move {
                if let Some(panic) = task.await.err().and_then(|error| error.try_into_panic().ok()) {
                    std::panic::resume_unwind(panic);
                }
            });
        }
        let keeper = tokio_util::task::AbortOnDropHandle::new(keeper);
        drop(feeding);
        tokio::select! {
            () = publisher.run(updates_out) => {}
            () = wants.follow(wanted_in) => {}
            () = fallen(&mut tasks) => {}
        }
        if !cancel.is_cancelled() {
            // The feed has ended by itself: whoever has the lease next begins anew.
            tasks.abort_all();
        }
        while tasks.join_next().await.is_some() {}
        drop(keeper);
        Ok(())
    }

    /// The instruments of a venue whose prices are in force, where their engines have said what they want. Of a
    /// partition that no engine has had yet, nothing is known to be unwanted.
    async fn in_force(&self, venue: Venue) -> Result<BTreeSet<Instrument>, StoreError> {
        let of = self.config.bus.partitions;
        let leases = self.store.leases().await?.into_iter();
        let evaluated: BTreeSet<String> =
            leases.filter(|lease| lease.log_number.is_some()).map(|lease| lease.name).collect();
        let has_engine = |instrument: &Instrument| {
            let index = Share::partition_of(instrument, of);
            evaluated.contains(&Share::Partition { index, of }.to_string())
        };
        let standing = self.store.positions_of(Share::All).await?.into_iter();
        let instruments = standing.filter(|at| at.in_force).map(|at| at.instrument);
        Ok(instruments.filter(|one| one.venue() == venue && has_engine(one)).collect())
    }
}

/// Waits until one of the tasks has panicked.
async fn fallen(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        if ended.is_err_and(|error| error.is_panic()) {
            return;
        }
    }
    std::future::pending().await
}

/// What engines want of one venue.
struct Wants {
    store: Store,
    venue: Venue,
    /// The shares that there are; others are of a time when there were more or fewer partitions.
    shares: BTreeSet<String>,
    /// What was found last.
    known: Wanted,
}

impl Wants {
    /// Follows what is wanted for ever.
    async fn follow(mut self, wanted: watch::Sender<Wanted>) {
        let mut hints = self.store.wakes(Woken::Wants);
        loop {
            tokio::select! {
                _ = hints.changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            match self.look().await {
                Ok(Some(found)) => {
                    wanted.send_replace(found);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(venue = %self.venue, %error, "what engines want cannot be read; it is tried again");
                }
            }
        }
    }

    /// What is wanted, and what of it is switched off, where that has changed. Where to begin is asked once: then the feed knows better.
    async fn look(&mut self) -> Result<Option<Wanted>, StoreError> {
        let disabled = self.store.disabled_instruments().await?;
        let wants = self.store.wants().await?;
        let mut by_instrument: BTreeMap<Instrument, Vec<Begins>> = BTreeMap::new();
        for Want { share, instrument, begins } in wants {
            if instrument.venue() == self.venue && self.shares.contains(&share) {
                by_instrument.entry(instrument).or_default().push(begins);
            }
        }
        if disabled == self.known.disabled && by_instrument.keys().eq(self.known.instruments.keys()) {
            return Ok(None);
        }
        let is_new = by_instrument.keys().any(|instrument| !self.known.instruments.contains_key(instrument));
        let positions = if is_new { self.store.positions_of(Share::All).await? } else { Vec::new() };
        let standing: BTreeMap<_, _> = positions.iter().map(|at| (&at.instrument, at)).collect();
        let known = std::mem::take(&mut self.known.instruments);
        let instruments = by_instrument
            .into_iter()
            .map(|(instrument, wanted)| {
                let start = known.get(&instrument).copied();
                let start = start.unwrap_or_else(|| begin(&wanted, standing.get(&instrument).copied()));
                (instrument, start)
            })
            .collect();
        let last = |at: &MarketPosition| Known { position: at.position, time: at.time, price: at.price };
        let known = standing.into_iter().map(|(instrument, at)| (instrument.clone(), last(at))).collect();
        self.known = Wanted { instruments, disabled, known };
        Ok(Some(self.known.clone()))
    }
}

/// Where to begin with an instrument: after what its engine has stored, which is in the log at least.
fn begin(wanted: &[Begins], standing: Option<&MarketPosition>) -> Start {
    let in_force = standing.filter(|at| at.in_force).map(|at| at.position);
    let after = wanted.iter().filter_map(|begins| match begins {
        Begins::After(position) => Some(*position),
        Begins::Since(_) | Begins::Now => None,
    });
    let since = wanted.iter().filter_map(|begins| match begins {
        Begins::Since(instant) => Some(*instant),
        Begins::After(_) | Begins::Now => None,
    });
    match (in_force.or_else(|| after.min()), since.min()) {
        (Some(position), _) => Start::After(position),
        (None, Some(instant)) => Start::Since(instant),
        (None, None) => Start::Now,
    }
}
