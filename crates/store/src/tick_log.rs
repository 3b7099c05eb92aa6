//! Ticks that nobody can repeat, between their arrival and the checkpoint that is past them.

use bellwether_model::{Instrument, Tick};

/// A tick that was polled or pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedTick {
    /// Its place among all logged ticks, whichever their instruments: strictly growing.
    pub seq: u64,
    /// Of which instrument.
    pub instrument: Instrument,
    /// The tick. Its position is at most 2^63 - 1.
    pub tick: Tick,
}
