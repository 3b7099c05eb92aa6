//! Prices that are too far from the one before to be believed at once, and what becomes of each.
//!
//! A feed says so beside its ticks ([`Guarding::told`]): when a price begins to wait, and when it is settled.

use std::fmt;
use std::num::NonZeroU32;

use bellwether_model::{Instrument, Price, Tick, Timestamp};
use metrics::Counter;
use tokio::sync::mpsc;

/// How many times the price before a price must be, or how many times it must be the price before, to be doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Factor(NonZeroU32);

impl Factor {
    /// The largest one.
    pub const MAX: u32 = 1_000_000;
    /// What is usual: a hundred times.
    pub const USUAL: Self = Self(NonZeroU32::new(100).expect("a hundred is not zero"));

    /// A factor from 2 to [`Factor::MAX`]; of a smaller one every price would be in doubt.
    #[must_use]
    pub fn new(times: u32) -> Option<Self> {
        NonZeroU32::new(times).filter(|times| (2..=Self::MAX).contains(&times.get())).map(Self)
    }

    /// As a number.
    #[must_use]
    pub const fn times(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a feed doubts prices, and whom it tells of it.
#[derive(Debug, Clone)]
pub struct Guarding {
    /// How far off a price must be; none: every price is believed.
    pub factor: Option<Factor>,
    /// Who is told what waits, and what became of it. Where that is full the feed waits; none: nobody is told.
    pub told: Option<mpsc::Sender<Quarantined>>,
}

impl Default for Guarding {
    /// The usual factor, and nobody who is told.
    fn default() -> Self {
        Self { factor: Some(Factor::USUAL), told: None }
    }
}

/// A price that waited, or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Of which instrument.
    pub instrument: Instrument,
    /// The tick. One of a polled venue has no place in a sequence yet.
    pub tick: Tick,
    /// The price in force when it came, from which it is so far.
    pub in_force: Price,
    /// What became of it.
    pub fate: Fate,
    /// When that was, by our clock; for one that waits, when it came.
    pub at: Timestamp,
}

/// What became of a price that was doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It waits for the price after it.
    Waiting,
    /// The price after it was near: both went on, each in its own place.
    Confirmed,
    /// The price after it was far from it: it was a glitch, and nobody hears of it.
    Contradicted,
    /// There is no price right after it to tell: there is a gap, or the instrument is watched no longer. It is left
    /// out.
    Unanswered,
}

impl Fate {
    /// The fate's name in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Fate::Waiting => "waiting",
            Fate::Confirmed => "confirmed",
            Fate::Contradicted => "contradicted",
            Fate::Unanswered => "unanswered",
        }
    }
}

/// What a guard says of a price, before it is known of which instrument and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) tick: Tick,
    pub(crate) in_force: Price,
    pub(crate) fate: Fate,
}

impl Doubt {
    pub(crate) fn of(self, instrument: &Instrument, at: Timestamp) -> Quarantined {
        let Self { tick, in_force, fate } = self;
        Quarantined { instrument: instrument.clone(), tick, in_force, fate, at }
    }
}

/// Counts what became of doubted prices, writes it to the log, and tells it on.
pub(crate) struct Reporter {
    venue: &'static str,
    /// Made before anything happens, so that the first glitch of a process is a rise from zero.
    confirmed: Counter,
    contradicted: Counter,
    unanswered: Counter,
    told: Option<mpsc::Sender<Quarantined>>,
}

impl Reporter {
    pub(crate) fn new(venue: &'static str, told: Option<mpsc::Sender<Quarantined>>) -> Self {
        let counter = |fate: Fate| metrics::counter!("bellwether_feed_quarantined_total", "venue" => venue, "outcome" => fate.name());
        Self {
            venue,
            confirmed: counter(Fate::Confirmed),
            contradicted: counter(Fate::Contradicted),
            unanswered: counter(Fate::Unanswered),
            told,
        }
    }

    /// Tells of one. It waits where whoever is told has no room.
    pub(crate) async fn tell(&self, one: Quarantined) {
        let (instrument, price, in_force) = (&one.instrument, one.tick.price, one.in_force);
        match one.fate {
            Fate::Waiting => {
                tracing::info!(%instrument, %price, %in_force, "a price that is far off waits for the next one");
            }
            Fate::Confirmed => {
                self.confirmed.increment(1);
                tracing::info!(%instrument, %price, %in_force, "a price that was far off is confirmed");
            }
            Fate::Contradicted => {
                self.contradicted.increment(1);
                tracing::warn!(%instrument, %price, %in_force, "a price that was far off is left out: the next one was not");
            }
            Fate::Unanswered => {
                self.unanswered.increment(1);
                tracing::warn!(%instrument, %price, %in_force, "a price that was far off is left out: none came after it");
            }
        }
        if let Some(told) = &self.told
            && told.send(one).await.is_err()
        {
            tracing::error!(venue = self.venue, "a price that is far off could not be told: nobody listens");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_at_least_two() {
        let times = |times| Factor::new(times).map(Factor::times);
        assert_eq!([times(0), times(1), times(2), times(100)], [None, None, Some(2), Some(100)]);
        assert_eq!((times(Factor::MAX), times(Factor::MAX + 1)), (Some(1_000_000), None));
        assert_eq!(Factor::new(100), Some(Factor::USUAL));
    }
}
