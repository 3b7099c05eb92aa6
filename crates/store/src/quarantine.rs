//! Prices that were too far from the one before to be believed at once, and what became of each.

use bellwether_model::{Instrument, Price, Timestamp, Venue};

use crate::words::words;

/// Of one instrument the newest so many are kept.
pub const KEPT_PER_INSTRUMENT: u32 = 1_000;

/// A price that waited for its confirmation, or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Of which instrument.
    pub instrument: Instrument,
    /// The price.
    pub price: Price,
    /// The price that was in force when it came, from which it is far.
    pub in_force: Price,
    /// When the venue says that it was.
    pub time: Timestamp,
    /// The venue's number of it, where it has one.
    pub id: Option<u64>,
    /// When it came.
    pub came_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// When that was decided; nothing while it waits.
    pub settled_at: Option<Timestamp>,
}

/// What became of a price that was quarantined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It waits for the price after it.
    Waiting,
    /// The price after it was near: it counts, in its own place.
    Confirmed,
    /// The price after it was far from it: it does not count.
    Contradicted,
    /// There is no price right after it: there is a gap, it is watched no longer, or its feed began anew. It does not
    /// count, but where a feed that begins anew fetches it once more.
    Unanswered,
}

words! {
    Outcome {
        Waiting = "waiting",
        Confirmed = "confirmed",
        Contradicted = "contradicted",
        Unanswered = "unanswered",
    }
}

/// Which quarantined prices are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuarantineFilter {
    /// Of this venue only.
    pub venue: Option<Venue>,
    /// Of this instrument only.
    pub instrument: Option<Instrument>,
    /// Of which this became only; none: all.
    pub outcomes: Vec<Outcome>,
}
