//! How far each instrument has been applied: what the evaluator publishes, and the API reads when it
//! accepts an alert.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bellwether_feeds::Coverage;
use bellwether_model::{AlertSpec, AlertState, Instrument, Position, Price, Standing, Timestamp, Venue};

/// The last applied tick of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    /// Its price.
    pub price: Price,
    /// The venue's time of it.
    pub time: Timestamp,
    /// Its place in the instrument's sequence.
    pub position: Position,
    /// Whether its ticks carry the venue's own numbers.
    pub numbered: bool,
    /// Whether the instrument has been watched without an unfilled gap since. Only then is the price
    /// in force, and the reference of an alert that is armed now.
    pub in_force: bool,
}

/// How an instrument is watched, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watching {
    /// How.
    pub coverage: Coverage,
    /// Since when, by our clock.
    pub since: Timestamp,
}

/// The last applied tick of every instrument, and how it is watched. Written by the evaluator alone, once per batch of ticks;
/// cheap to clone, and all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    // A lock for readers and one writer: reads copy one small entry, and the writer holds it for one
    // insertion, so neither ever waits for long. Nothing is awaited under it.
    markets: Arc<RwLock<HashMap<Instrument, Market>>>,
    watching: Arc<RwLock<HashMap<Instrument, Watching>>>,
    fires: Arc<Fires>,
}

/// Fires that were found, and those of which the store has decided, since the start.
#[derive(Debug, Default)]
struct Fires {
    found: AtomicU64,
    settled: AtomicU64,
}

impl Positions {
    /// The last applied tick of an instrument, where it had one.
    #[must_use]
    pub fn get(&self, instrument: &Instrument) -> Option<Market> {
        self.markets.read().unwrap_or_else(PoisonError::into_inner).get(instrument).copied()
    }

    /// How an instrument is watched; nothing where no feed has said so.
    #[must_use]
    pub fn watching(&self, instrument: &Instrument) -> Option<Watching> {
        self.watching.read().unwrap_or_else(PoisonError::into_inner).get(instrument).cloned()
    }

    /// The ways in which an instrument is watched.
    pub(crate) const COVERAGES: [&str; 5] = ["watched", "catching_up", "dark", "disabled", "refused"];

    /// How many instruments of a venue are watched in which way, by [`COVERAGES`](Self::COVERAGES).
    #[must_use]
    pub fn counts(&self, venue: Venue) -> BTreeMap<&'static str, u64> {
        let watching = self.watching.read().unwrap_or_else(PoisonError::into_inner);
        let mut counts = BTreeMap::new();
        for (_, watching) in watching.iter().filter(|(instrument, _)| instrument.venue() == venue) {
            *counts.entry(watching.state()).or_default() += 1;
        }
        counts
    }

    /// The state of an alert that is accepted now: armed just after the last tick applied to each of its
    /// instruments.
    #[must_use]
    pub fn arming_state(&self, spec: &AlertSpec, now: Timestamp) -> AlertState {
        let instruments = spec.instruments();
        let own = self.get(&spec.instrument);
        AlertState {
            position: own.map(|market| market.position),
            others: instruments.iter().skip(1).map(|other| self.standing(other)).collect(),
            accepted_at: Some(now),
            has_reference: own.is_some_and(|market| market.in_force),
            ..AlertState::default()
        }
    }

    fn standing(&self, instrument: &Instrument) -> Standing {
        let market = self.get(instrument);
        Standing {
            position: market.map(|market| market.position),
            has_reference: market.is_some_and(|market| market.in_force),
        }
    }

    /// Fires that were found so far. Those of a tick are counted before it is published.
    pub(crate) fn found_fires(&self) -> u64 {
        self.fires.found.load(Ordering::Acquire)
    }

    /// Whether the store has decided on the first so many fires.
    pub(crate) fn has_settled(&self, found: u64) -> bool {
        self.fires.settled.load(Ordering::Acquire) >= found
    }

    /// Counts a fire that was found.
    pub(crate) fn count_found(&self) {
        self.fires.found.fetch_add(1, Ordering::Release);
    }

    /// Counts fires that the store has kept or dropped. It decides on them in the order in which they were found.
    pub(crate) fn count_settled(&self, fires: usize) {
        self.fires.settled.fetch_add(fires as u64, Ordering::Release);
    }

    /// Publishes the last applied tick of an instrument.
    pub(crate) fn set(&self, instrument: &Instrument, market: Market) {
        let mut markets = self.markets.write().unwrap_or_else(PoisonError::into_inner);
        match markets.get_mut(instrument) {
            Some(entry) => *entry = market,
            None => {
                markets.insert(instrument.clone(), market);
            }
        }
    }

    /// Publishes how an instrument is watched from here on.
    pub(crate) fn watch(&self, instrument: &Instrument, coverage: Coverage, since: Timestamp) {
        let mut watching = self.watching.write().unwrap_or_else(PoisonError::into_inner);
        watching.insert(instrument.clone(), Watching { coverage, since });
    }

    /// Publishes that nobody watches an instrument any more.
    pub(crate) fn unwatch(&self, instrument: &Instrument) {
        self.watching.write().unwrap_or_else(PoisonError::into_inner).remove(instrument);
    }

    /// Publishes that an instrument's price is no longer in force.
    pub(crate) fn interrupt(&self, instrument: &Instrument) {
        let mut markets = self.markets.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(market) = markets.get_mut(instrument) {
            market.in_force = false;
        }
    }
}

impl Watching {
    /// The word for how it is watched, one of [`Positions::COVERAGES`].
    pub(crate) const fn state(&self) -> &'static str {
        match self.coverage {
            Coverage::Watched => "watched",
            Coverage::CatchingUp => "catching_up",
            Coverage::Dark => "dark",
            Coverage::Disabled => "disabled",
            Coverage::Refused { .. } => "refused",
        }
    }
}
