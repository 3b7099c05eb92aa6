//! Why an alert has not fired, and what it would take.
//!
//! Nothing here is kept for the purpose: an outlook is read off the alert's state, its instrument's
//! newest tick, and the instrument's memory of its prices, which knows how near a target was missed.

mod view;

use bellwether_model::{Condition, PartTruth, Price, Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::book::Book;
use crate::detail::Detail;
use crate::engine::Engine;
use crate::record::{Kind, Record};
use crate::truth::truth;
use crate::{Market, Policy, Slot};
use view::View;

/// Where an alert stands as of its instrument's newest tick.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outlook {
    /// The newest tick; none before the instrument's first.
    pub market: Option<Market>,
    /// Whether the condition holds on it; none for an event, which only happens, and for a silence.
    pub holds: Option<bool>,
    /// What keeps the alert from firing whatever the next price is, or would.
    pub hindrances: Vec<Hindrance>,
    /// Prices that would meet the condition, were the next tick one of them. None for composites, and
    /// while the condition holds.
    pub targets: Vec<Target>,
    /// What the price is measured against, for the conditions that measure: the reference, the extreme
    /// of the window or since arming. For `either` that of the rise.
    pub reference: Option<Price>,
    /// The parts of a composite, in its order.
    pub parts: Vec<PartTruth>,
}

/// What keeps an alert from firing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hindrance {
    /// It has fired for the last time.
    Ended,
    /// Its instrument's ticks have not come to where it goes on: missed ones are on their way.
    CatchingUp,
    /// No price was in force when it was armed, and none has come since: the next tick's becomes the
    /// reference. State conditions may fire on it all the same.
    NoReference,
    /// It has expired.
    Expired,
    /// It is snoozed.
    Snoozed {
        /// No tick before this instant fires it.
        until: Timestamp,
    },
    /// It fired, and is cooling down.
    CoolingDown {
        /// No tick before this instant fires it.
        until: Timestamp,
    },
    /// The condition holds, and has not held for long enough.
    Holding {
        /// It would fire at the first tick from this instant on.
        until: Timestamp,
    },
    /// It waits for a silence, which has not lasted for long enough.
    Listening {
        /// It fires at this instant, unless a tick comes before.
        until: Timestamp,
    },
    /// Something else must happen first: an event starts from the other side of its level, a state that
    /// fired must cease to hold, a silence that was told must end.
    NotReady {
        /// Prices at which it becomes ready; none where it takes more than one price to say so.
        at: Vec<Target>,
    },
}

impl Hindrance {
    /// Its name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Hindrance::Ended => "ended",
            Hindrance::CatchingUp => "catching_up",
            Hindrance::NoReference => "no_reference",
            Hindrance::Expired => "expired",
            Hindrance::Snoozed { .. } => "snoozed",
            Hindrance::CoolingDown { .. } => "cooling_down",
            Hindrance::Holding { .. } => "holding",
            Hindrance::Listening { .. } => "listening",
            Hindrance::NotReady { .. } => "not_ready",
        }
    }

    /// When it is over, where that is known.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Hindrance::Snoozed { until }
            | Hindrance::CoolingDown { until }
            | Hindrance::Holding { until }
            | Hindrance::Listening { until } => Some(*until),
            _ => None,
        }
    }
}

/// A price to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which way it lies from the newest price.
    pub side: Side,
    /// The price: the first that counts, or where not `inclusive` the last that does not.
    pub price: Price,
    /// Whether the price itself counts.
    pub inclusive: bool,
    /// How near the price came, in the time in which it counted; none where nothing is known of it.
    pub nearest: Option<Nearest>,
}

/// The price that came nearest to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nearest {
    /// The price.
    pub price: Price,
    /// The time of its tick.
    pub time: Timestamp,
}

impl Engine {
    /// Where an alert stands, and why it has not fired. `condition` and `policy` are those that it was
    /// armed with; `now` is the time by which snoozes and expiries are judged.
    ///
    /// How near a target was missed is known since the alert was armed or last fired, at most seven days
    /// back, and never for targets that move with a window.
    #[must_use]
    pub fn outlook(&self, slot: Slot, condition: &Condition, policy: Policy, now: Timestamp) -> Outlook {
        let record = self.alerts.record(slot.0);
        let state = self.state(slot);
        let (instrument, detail) = match record.kind() {
            Kind::Free => return Outlook::default(),
            Kind::Ended => (record.instrument(), None),
            Kind::Waiting => (self.alerts.waiting[record.number()].instrument.0 as usize, None),
            Kind::Level(_) => (record.instrument(), None),
            Kind::Detailed => {
                let detail = &self.alerts.details[record.number()];
                (detail.instrument as usize, Some(detail))
            }
        };
        let book = &self.books[instrument];
        let mut outlook = Outlook { market: book.market(), ..Outlook::default() };
        let has_ended = record.kind() == Kind::Ended || detail.is_some_and(Detail::has_ended);
        if has_ended {
            outlook.hindrances.push(Hindrance::Ended);
        } else if record.kind() == Kind::Waiting {
            outlook.hindrances.push(Hindrance::CatchingUp);
        } else {
            let holds = holds(record, detail, book);
            let view = View { book, holds, state: &state, condition, policy, now };
            view.look(&mut outlook);
            outlook.parts = self.part_truths(detail);
            outlook.hindrances.extend(detail.and_then(|detail| self.unheard(slot.0, detail.instrument)));
        }
        outlook
    }

    fn part_truths(&self, detail: Option<&Detail>) -> Vec<PartTruth> {
        detail.and_then(Detail::compound).map_or_else(Vec::new, |compound| compound.part_truths(&self.books))
    }
}

/// Whether an alert's condition holds on the newest price; never for an event.
fn holds(record: &Record, detail: Option<&Detail>, book: &Book) -> bool {
    match (detail, record.kind()) {
        (Some(detail), _) => truth(detail, book).holds(),
        (None, Kind::Level(pattern)) => {
            book.last.is_some_and(|last| pattern.holds(record.region(last.quote().key)))
        }
        (None, Kind::Free | Kind::Ended | Kind::Waiting | Kind::Detailed) => false,
    }
}
