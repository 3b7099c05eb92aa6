//! Conditions that look at where the price lies about a band.
//!
//! A band cuts the price line in three: below, within, above. A level is a band of no width. Whether a
//! crossing or channel event happens follows from the regions of q and p, and whether a state holds
//! follows from the region of p. So nothing can happen while the price stays in its region, and the
//! alert needs one trigger per border of the region that matters to it: at most two.

use std::cmp::Ordering;

use bellwether_model::Price;

use crate::exact::Exact;
use crate::key::{Level, Quote};
use crate::record::Triggers;
use crate::truth::Truth;

/// Where a price lies about a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    Below,
    Within,
    Above,
}

/// What is looked for about a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    Crossing,
    CrossingUp,
    CrossingDown,
    Entering,
    Exiting,
    Above,
    Below,
    Inside,
    Outside,
}

/// Which border of the band leads out of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// None that matters.
    None,
    /// The near one, into the band.
    In,
    /// The far one, beyond the band.
    Out,
}

/// The exits of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exits {
    pub(crate) up: Exit,
    pub(crate) down: Exit,
}

impl Pattern {
    #[inline]
    pub(crate) fn is_event(self) -> bool {
        match self {
            Pattern::Crossing
            | Pattern::CrossingUp
            | Pattern::CrossingDown
            | Pattern::Entering
            | Pattern::Exiting => true,
            Pattern::Above | Pattern::Below | Pattern::Inside | Pattern::Outside => false,
        }
    }

    /// Whether the event happens between two ticks; never for a state.
    #[inline]
    pub(crate) fn happens(self, from: Region, to: Region) -> bool {
        match self {
            Pattern::Crossing => from != Region::Within && to != from,
            Pattern::CrossingUp => from == Region::Below && to != Region::Below,
            Pattern::CrossingDown => from == Region::Above && to != Region::Above,
            Pattern::Entering => from != Region::Within && to == Region::Within,
            Pattern::Exiting => from == Region::Within && to != Region::Within,
            Pattern::Above | Pattern::Below | Pattern::Inside | Pattern::Outside => false,
        }
    }

    /// Whether the state holds at a price; never for an event.
    #[inline]
    pub(crate) fn holds(self, at: Region) -> bool {
        match self {
            Pattern::Above => at != Region::Below,
            Pattern::Below => at != Region::Above,
            Pattern::Inside => at == Region::Within,
            Pattern::Outside => at != Region::Within,
            Pattern::Crossing
            | Pattern::CrossingUp
            | Pattern::CrossingDown
            | Pattern::Entering
            | Pattern::Exiting => false,
        }
    }

    /// The borders to watch from a region.
    #[inline]
    pub(crate) fn exits(self, from: Region) -> Exits {
        let (low, high) = match self {
            Pattern::CrossingUp | Pattern::Above => (true, false),
            Pattern::CrossingDown | Pattern::Below => (false, true),
            Pattern::Crossing | Pattern::Entering | Pattern::Exiting | Pattern::Inside | Pattern::Outside => {
                (true, true)
            }
        };
        Exits::of(from, low, high)
    }
}

impl Exits {
    /// The exits of a region, given which borders matter.
    #[inline]
    fn of(from: Region, low: bool, high: bool) -> Self {
        let (mut up, mut down) = (Exit::None, Exit::None);
        match from {
            Region::Below if low => up = Exit::In,
            Region::Below if high => up = Exit::Out,
            Region::Above if high => down = Exit::In,
            Region::Above if low => down = Exit::Out,
            Region::Within => {
                up = if high { Exit::Out } else { Exit::None };
                down = if low { Exit::Out } else { Exit::None };
            }
            Region::Below | Region::Above => {}
        }
        Self { up, down }
    }
}

/// A band of exact prices, bounds included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Band {
    low: Level,
    high: Level,
}

impl Band {
    pub(crate) fn new(low: Price, high: Price) -> Self {
        Self { low: Level::of(low), high: Level::of(high) }
    }

    pub(crate) fn region(&self, quote: &Quote) -> Region {
        match (quote.versus(&self.low), quote.versus(&self.high)) {
            (Ordering::Less, _) => Region::Below,
            (_, Ordering::Greater) => Region::Above,
            _ => Region::Within,
        }
    }

    pub(crate) fn triggers(&self, exits: Exits) -> Triggers {
        let up = match exits.up {
            Exit::None => u64::MAX,
            Exit::In => self.low.reached(),
            Exit::Out => self.high.passed(),
        };
        let down = match exits.down {
            Exit::None => u64::MAX,
            Exit::In => self.high.sunk_to(),
            Exit::Out => self.low.sunk_below(),
        };
        Triggers { up, down }
    }
}

/// The thresholds of a change from a base: the fall and the rise that count, both included.
///
/// What lies strictly between them is the region where the condition does not hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thresholds {
    pub(crate) fall: Option<Level>,
    pub(crate) rise: Option<Level>,
}

impl Thresholds {
    pub(crate) fn new(fall: Option<Exact>, rise: Option<Exact>) -> Self {
        Self { fall: fall.map(Level::at), rise: rise.map(Level::at) }
    }

    /// What wakes the alert when the condition comes to hold, or ceases to.
    pub(crate) fn triggers(&self, truth: Truth) -> Triggers {
        let Truth { rise: risen, fall: fallen } = truth;
        let up = match (self.rise, self.fall) {
            (_, Some(fall)) if fallen => fall.passed(),
            (Some(rise), _) if !risen => rise.reached(),
            _ => u64::MAX,
        };
        let down = match (self.rise, self.fall) {
            (Some(rise), _) if risen => rise.sunk_below(),
            (_, Some(fall)) if !fallen => fall.sunk_to(),
            _ => u64::MAX,
        };
        Triggers { up, down }
    }
}
