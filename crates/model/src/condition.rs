//! Conditions: what must happen for an alert to fire.
//!
//! Two families fire at ticks, by different rules. An [`Event`] happens at one tick, between the price in
//! force before it and its own. A [`State`] holds or does not hold after each tick, and fires when it
//! is ready. [`Condition::Silent`] is neither: it fires at an instant at which no tick came. [`shape`] holds the JSON form of both and all of its checks.

mod shape;

use serde::{Deserialize, Serialize};

use crate::{Instrument, Percent, Price, Span};

/// What must happen for an alert to fire.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Something happens at one tick.
    Event(Event),
    /// Something holds, and fires when it comes to hold.
    State {
        /// What holds.
        state: State,
        /// How long it must have held on every tick before it fires (`for`).
        hold: Option<Span>,
    },
    /// No tick of the instrument comes.
    ///
    /// It fires once that has lasted for the span, counted from the newest tick, from arming, or from where
    /// the instrument is watched without a gap, whichever is latest: what was not watched is no silence. It
    /// fires once in each silence, and is ready again with the next tick.
    Silent {
        /// For how long (`for`).
        span: Span,
    },
}

/// What happens between the price in force before a tick (q) and the tick's own (p).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    /// The price reaches or passes a level from either side.
    Crossing {
        /// The level.
        price: Price,
    },
    /// The price comes from below a level to it or above.
    CrossingUp {
        /// The level.
        price: Price,
    },
    /// The price comes from above a level to it or below.
    CrossingDown {
        /// The level.
        price: Price,
    },
    /// The price comes from outside into a channel, bounds included.
    EnteringChannel {
        /// The lower bound.
        low: Price,
        /// The upper bound.
        high: Price,
    },
    /// The price leaves a channel, bounds included.
    ExitingChannel {
        /// The lower bound.
        low: Price,
        /// The upper bound.
        high: Price,
    },
}

/// What holds or does not hold after a tick.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    /// The price is at or above a level.
    Above {
        /// The level.
        price: Price,
        /// After a fire, ready again only once the price is below this (at most `price`).
        reset: Option<Price>,
    },
    /// The price is at or below a level.
    Below {
        /// The level.
        price: Price,
        /// After a fire, ready again only once the price is above this (at least `price`).
        reset: Option<Price>,
    },
    /// The price is within a channel, bounds included.
    InsideChannel {
        /// The lower bound.
        low: Price,
        /// The upper bound.
        high: Price,
    },
    /// The price is outside a channel.
    OutsideChannel {
        /// The lower bound.
        low: Price,
        /// The upper bound.
        high: Price,
    },
    /// The price has moved from the reference by at least so much.
    Change {
        /// By how much.
        by: Shift,
        /// Which way.
        direction: Direction,
        /// Whether a fired price becomes the new reference.
        rebase: bool,
    },
    /// The price has moved within a window by at least so much.
    Moving {
        /// By how much.
        by: Shift,
        /// Which way.
        direction: Direction,
        /// The window.
        window: Span,
    },
    /// The price is above every price of the window before it.
    NewHigh {
        /// The window.
        window: Span,
    },
    /// The price is below every price of the window before it.
    NewLow {
        /// The window.
        window: Span,
    },
    /// The price has come back from its extreme since arming by at least so much.
    Trailing {
        /// By how much.
        by: Shift,
        /// Which way it comes back: down from the highest, or up from the lowest.
        side: Side,
    },
    /// All parts hold.
    All {
        /// Two to eight parts.
        of: Vec<Part>,
    },
    /// At least one part holds.
    Any {
        /// Two to eight parts.
        of: Vec<Part>,
    },
}

/// One part of a composite condition. Its state is never `Change`, `Trailing`, `All` or `Any`, and has
/// no `reset`; the reading of conditions sees to that.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Part {
    /// The instrument it looks at; the alert's own where absent.
    pub instrument: Option<Instrument>,
    /// What must hold there.
    pub state: State,
}

/// By how much a price moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shift {
    /// Relative to the base.
    Percent(Percent),
    /// An absolute difference of price.
    Amount(Price),
}

/// Which way a price moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// It rises.
    Up,
    /// It falls.
    Down,
    /// Either.
    Either,
}

/// One of two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// It rises.
    Up,
    /// It falls.
    Down,
}

impl Direction {
    /// Whether a rise counts.
    #[must_use]
    pub fn up(self) -> bool {
        matches!(self, Direction::Up | Direction::Either)
    }

    /// Whether a fall counts.
    #[must_use]
    pub fn down(self) -> bool {
        matches!(self, Direction::Down | Direction::Either)
    }
}

impl Condition {
    /// The condition's name in JSON: `crossing`, `above`, ...
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Condition::Event(event) => event.name(),
            Condition::State { state, .. } => state.name(),
            Condition::Silent { .. } => "silent",
        }
    }

    /// The parts of a composite condition; none for any other.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        match self {
            Condition::State { state: State::All { of } | State::Any { of }, .. } => of,
            Condition::State { .. } | Condition::Event(_) | Condition::Silent { .. } => &[],
        }
    }

    /// Every instrument that the condition looks at besides the alert's own.
    pub fn other_instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.parts().iter().filter_map(|part| part.instrument.as_ref())
    }
}

impl Event {
    /// The event's name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Event::Crossing { .. } => "crossing",
            Event::CrossingUp { .. } => "crossing_up",
            Event::CrossingDown { .. } => "crossing_down",
            Event::EnteringChannel { .. } => "entering_channel",
            Event::ExitingChannel { .. } => "exiting_channel",
        }
    }
}

impl State {
    /// Whether it may be a part of a composite condition, its reset aside.
    #[must_use]
    pub fn can_be_part(&self) -> bool {
        shape::may_be_part(self.name())
    }

    /// The state's name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            State::Above { .. } => "above",
            State::Below { .. } => "below",
            State::InsideChannel { .. } => "inside_channel",
            State::OutsideChannel { .. } => "outside_channel",
            State::Change { .. } => "change",
            State::Moving { .. } => "moving",
            State::NewHigh { .. } => "new_high",
            State::NewLow { .. } => "new_low",
            State::Trailing { .. } => "trailing",
            State::All { .. } => "all",
            State::Any { .. } => "any",
        }
    }
}
