//! The tick that an instrument stands at.

use bellwether_model::{Position, Price, Tick, Timestamp};

use crate::key::Quote;
use crate::renumber::BEFORE_THE_FIRST;
use crate::{Applied, Market};

/// The last tick applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Last {
    pub(crate) price: Price,
    pub(crate) time: i64,
    position: u64,
    /// Whether the position counts: not where the venue began to count anew and the first tick is still to come.
    positioned: bool,
    pub(crate) numbered: bool,
    pub(crate) in_force: bool,
}

impl From<&Tick> for Last {
    #[inline]
    fn from(tick: &Tick) -> Self {
        Self {
            price: tick.price,
            time: tick.time.micros(),
            position: tick.position.0,
            positioned: true,
            numbered: tick.id.is_some(),
            in_force: true,
        }
    }
}

impl From<&Market> for Last {
    fn from(market: &Market) -> Self {
        Self {
            price: market.price,
            time: market.time.micros(),
            position: market.position.0,
            positioned: true,
            numbered: market.numbered,
            in_force: market.in_force,
        }
    }
}

impl Last {
    /// The price with its key, which is made here: a tick that wakes nobody leaves no room for it.
    #[inline]
    pub(crate) fn quote(&self) -> Quote {
        Quote::of(self.price)
    }

    /// None where the venue began to count anew and the first tick is still to come.
    #[inline]
    pub(crate) fn position(&self) -> Option<u64> {
        self.positioned.then_some(self.position)
    }

    /// Where the instrument stands after it.
    pub(crate) fn market(&self) -> Market {
        Market {
            price: self.price,
            time: Timestamp::from_micros(self.time),
            position: self.position().map_or(BEFORE_THE_FIRST, Position),
            numbered: self.numbered,
            in_force: self.in_force,
        }
    }

    /// Has the venue count anew, so that the price is no longer in force.
    pub(crate) fn count_anew(&mut self) {
        (self.positioned, self.in_force) = (false, false);
    }

    /// Whether a tick is to be applied after it.
    #[inline]
    pub(crate) fn admits(&self, tick: &Tick) -> Applied {
        if self.numbered != tick.id.is_some() {
            return Applied::Mixed;
        }
        let ran_back = !self.numbered && tick.time.micros() < self.time;
        if ran_back || Some(tick.position.0) <= self.position() {
            return Applied::Stale;
        }
        Applied::Fresh
    }
}
