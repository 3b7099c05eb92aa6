//! What evaluators want from the markets.

use bellwether_model::{Instrument, Position, Timestamp};

/// An instrument that an evaluator wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// The name of the evaluator's share.
    pub share: String,
    /// The instrument.
    pub instrument: Instrument,
    /// Where to begin.
    pub begins: Begins,
}

/// Where the watching of an instrument begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// After a position, or after a later one that was stored since.
    After(Position),
    /// With the first tick at or after an instant.
    Since(Timestamp),
    /// With the next tick that comes.
    Now,
}
