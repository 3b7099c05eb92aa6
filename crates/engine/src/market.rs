//! Where an instrument stands.

use bellwether_model::{Position, Price, Timestamp};
use serde::{Deserialize, Serialize};

/// The last tick applied to an instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Its price.
    pub price: Price,
    /// Its time.
    pub time: Timestamp,
    /// Its position, equal to its id where it has one.
    pub position: Position,
    /// Whether the instrument's ticks have ids of the venue.
    pub numbered: bool,
    /// Whether the price is still in force: false after an unfilled gap, until the next tick.
    pub in_force: bool,
}
