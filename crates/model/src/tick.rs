//! One observed price.

use serde::{Deserialize, Serialize};

use crate::{Price, Timestamp};

/// A place in one instrument's sequence of ticks.
///
/// Where the venue numbers its trades it is that number; elsewhere it is a durable number of our own,
/// given where the tick enters. It grows strictly along the sequence, so "after this position" means
/// the same before and after a restart, a failover and a refill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

/// One observed price of an instrument. The instrument stands beside the tick, not in it: ticks travel
/// in batches of one instrument, and the engine knows instruments by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The exact price.
    pub price: Price,
    /// The venue's event time.
    pub time: Timestamp,
    /// The venue's own sequence number, where it has one.
    pub id: Option<u64>,
    /// The place in the instrument's sequence: equal to `id` where there is one.
    pub position: Position,
}

impl Tick {
    /// A tick of a venue that numbers its trades.
    #[must_use]
    pub fn numbered(price: Price, time: Timestamp, id: u64) -> Self {
        Self { price, time, id: Some(id), position: Position(id) }
    }

    /// A tick of a venue that does not, with the number that was given to it where it entered.
    #[must_use]
    pub fn unnumbered(price: Price, time: Timestamp, position: Position) -> Self {
        Self { price, time, id: None, position }
    }
}

/// How a tick came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// As it happened.
    Live,
    /// Fetched afterwards, to fill a gap. It advances every state, and fires only what was accepted
    /// before its time.
    Refilled,
    /// One of the four prices of a one-minute candle that stands in for trades that could not be had. Its number lies
    /// between those of the trades around them, and is no trade's.
    Candle,
}

/// A tick with what is known of its coming: what feeds hand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// The tick.
    pub tick: Tick,
    /// The first and last trade that it sums up, where its venue aggregates trades.
    pub trades: Option<(u64, u64)>,
    /// How it came.
    pub origin: Origin,
}
