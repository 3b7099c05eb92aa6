//! What comes out: fires, and the fate of each tick.

use bellwether_model::{Measure, Price, Tick};

use crate::{InstrumentKey, Slot};

/// An alert went off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fire {
    /// The alert.
    pub slot: Slot,
    /// The order that its arming gave it.
    pub order: u64,
    /// The number of this fire in the alert's whole life: 1, 2, ...
    pub number: u64,
    /// The instrument of the tick; for a composite it may be another than the alert's own.
    pub instrument: InstrumentKey,
    /// The tick that fired it.
    pub tick: Tick,
    /// The price in force just before the tick; absent where it was the first that the alert saw.
    pub previous: Option<Price>,
    /// What the price was measured against.
    pub measure: Measure,
    /// Whether it was the last fire that the alert is allowed: its status becomes `triggered`.
    pub ended: bool,
}

/// What became of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was applied.
    Fresh,
    /// It is not newer than the last applied one; nothing changed.
    Stale,
    /// It has an id where the instrument's ticks have none, or the other way round; nothing changed.
    Mixed,
}
