//! Which stretches of time an instrument was watched without a gap.

use bellwether_model::{Instrument, Timestamp};

/// A stretch in which every tick of an instrument was evaluated, at once or fetched afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Of which instrument.
    pub instrument: Instrument,
    /// Where it begins.
    pub from: Timestamp,
    /// Up to where it is known; not before `from`.
    pub to: Timestamp,
}
