//! Why an alert has not fired, and what it would take.
//!
//! Nothing here is kept for the purpose: an outlook is read off the alert's state, its instrument's
//! newest tick, and the instrument's memory of its prices, which knows how near a target was missed.

use bellwether_model::{
    AlertState, Condition, Direction, Event, PartTruth, Price, Side, Span, State, Timestamp,
};

use crate::band::{Band, Region};
use crate::book::Book;
use crate::detail::Detail;
use crate::engine::Engine;
use crate::exact::Exact;
use crate::key::Quote;
use crate::record::Kind;
use crate::truth::truth;
use crate::{Market, Policy, Slot};

/// Where an alert stands as of its instrument's newest tick.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outlook {
    /// The newest tick; none before the instrument's first.
    pub market: Option<Market>,
    /// Whether the condition holds on it; none for an event, which only happens.
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Something else must happen first: an event starts from the other side of its level, a state that
    /// fired must cease to hold.
    NotReady {
        /// Prices at which it becomes ready; none where it takes more than one price to say so.
        at: Vec<Target>,
    },
}

/// A price to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            let view = View { book, detail, state: &state, condition, policy, now };
            view.look(&mut outlook);
            outlook.parts = self.part_truths(detail);
        }
        outlook
    }

    fn part_truths(&self, detail: Option<&Detail>) -> Vec<PartTruth> {
        detail.and_then(Detail::compound).map_or_else(Vec::new, |compound| compound.part_truths(&self.books))
    }
}

/// What an outlook is made from.
struct View<'a> {
    book: &'a Book,
    detail: Option<&'a Detail>,
    state: &'a AlertState,
    condition: &'a Condition,
    policy: Policy,
    now: Timestamp,
}

impl View<'_> {
    fn look(&self, outlook: &mut Outlook) {
        self.look_at_times(outlook);
        let Some(last) = &self.book.last else {
            outlook.hindrances.push(Hindrance::NoReference);
            return;
        };
        if !self.state.has_reference {
            outlook.hindrances.push(Hindrance::NoReference);
        }
        match self.condition {
            Condition::Event(event) if self.state.has_reference => {
                self.look_at_event(event, &last.quote, outlook);
            }
            Condition::Event(_) => {}
            Condition::State { state, hold } => self.look_at_state(state, *hold, &last.quote, outlook),
        }
    }

    fn look_at_times(&self, outlook: &mut Outlook) {
        let newest = self.book.last.map_or(self.now, |last| Timestamp::from_micros(last.time).max(self.now));
        if self.policy.expires_at.is_some_and(|at| at <= newest) {
            outlook.hindrances.push(Hindrance::Expired);
        }
        if let Some(until) = self.policy.snoozed_until.filter(|&until| until > newest) {
            outlook.hindrances.push(Hindrance::Snoozed { until });
        }
        let cooldown = self.policy.repeat.cooldown();
        let cooled = self.state.last_fire.map(|fired| fired.saturating_add(cooldown));
        if let Some(until) = cooled.filter(|&until| until > newest) {
            outlook.hindrances.push(Hindrance::CoolingDown { until });
        }
    }

    fn look_at_event(&self, event: &Event, quote: &Quote, outlook: &mut Outlook) {
        let (low, high) = match event {
            Event::Crossing { price } | Event::CrossingUp { price } | Event::CrossingDown { price } => {
                (*price, *price)
            }
            Event::EnteringChannel { low, high } | Event::ExitingChannel { low, high } => (*low, *high),
        };
        let region = Band::new(low, high).region(quote);
        let (up, down) = (self.target(Side::Up, low, true), self.target(Side::Down, high, true));
        let (above, below) = (self.target(Side::Up, high, false), self.target(Side::Down, low, false));
        let either = |first, second| vec![first, second];
        let (targets, first) = match (event, region) {
            (Event::CrossingDown { .. }, Region::Below | Region::Within) => (Vec::new(), vec![above]),
            (Event::CrossingUp { .. }, Region::Above | Region::Within) => (Vec::new(), vec![below]),
            (Event::ExitingChannel { .. }, Region::Within) => (either(above, below), Vec::new()),
            (Event::ExitingChannel { .. }, Region::Below) => (Vec::new(), vec![up]),
            (Event::ExitingChannel { .. }, Region::Above) => (Vec::new(), vec![down]),
            (Event::Crossing { .. } | Event::EnteringChannel { .. }, Region::Within) => {
                (Vec::new(), either(above, below))
            }
            (_, Region::Below) => (vec![up], Vec::new()),
            (_, Region::Above) => (vec![down], Vec::new()),
        };
        outlook.targets = targets;
        if !first.is_empty() {
            outlook.hindrances.push(Hindrance::NotReady { at: first });
        }
    }

    fn look_at_state(&self, state: &State, hold: Option<Span>, quote: &Quote, outlook: &mut Outlook) {
        let holds = match self.detail {
            Some(detail) => truth(detail, self.book).holds(),
            // An alert without a detail is one level, and one that holds is about to be woken.
            None => level_holds(state, quote),
        };
        outlook.holds = Some(holds);
        outlook.reference = self.reference(state);
        if self.state.not_ready {
            outlook.hindrances.push(Hindrance::NotReady { at: self.ready_at(state, quote) });
        } else if let Some((hold, since)) = hold.zip(self.state.held_since).filter(|_| holds) {
            let until = since.saturating_add(hold);
            outlook.hindrances.push(Hindrance::Holding { until });
        }
        if !holds {
            outlook.targets = self.targets(state, quote);
        }
    }

    /// What makes a state that fired ready again.
    fn ready_at(&self, state: &State, quote: &Quote) -> Vec<Target> {
        match state {
            State::Above { price, reset } => vec![self.target(Side::Down, reset.unwrap_or(*price), false)],
            State::Below { price, reset } => vec![self.target(Side::Up, reset.unwrap_or(*price), false)],
            State::InsideChannel { low, high } => {
                vec![self.target(Side::Up, *high, false), self.target(Side::Down, *low, false)]
            }
            State::OutsideChannel { low, high } => match Band::new(*low, *high).region(quote) {
                Region::Above => vec![self.target(Side::Down, *high, true)],
                Region::Below | Region::Within => vec![self.target(Side::Up, *low, true)],
            },
            State::Change { .. }
            | State::Moving { .. }
            | State::NewHigh { .. }
            | State::NewLow { .. }
            | State::Trailing { .. }
            | State::All { .. }
            | State::Any { .. } => Vec::new(),
        }
    }

    /// Prices at which a state that does not hold would.
    fn targets(&self, state: &State, quote: &Quote) -> Vec<Target> {
        match state {
            State::Above { price, .. } => vec![self.target(Side::Up, *price, true)],
            State::Below { price, .. } => vec![self.target(Side::Down, *price, true)],
            State::InsideChannel { low, high } => match Band::new(*low, *high).region(quote) {
                Region::Above => vec![self.target(Side::Down, *high, true)],
                Region::Below | Region::Within => vec![self.target(Side::Up, *low, true)],
            },
            State::OutsideChannel { low, high } => {
                vec![self.target(Side::Up, *high, false), self.target(Side::Down, *low, false)]
            }
            State::Change { by, direction, .. } => {
                let Some(reference) = self.state.reference else { return Vec::new() };
                let (rise, fall) = (Exact::risen(reference, *by), Exact::fallen(reference, *by));
                let rise = direction.up().then(|| self.threshold(Side::Up, Some(rise), true)).flatten();
                let fall = direction.down().then(|| self.threshold(Side::Down, fall, true)).flatten();
                rise.into_iter().chain(fall).collect()
            }
            State::Moving { by, direction, .. } => {
                let base = |side, asked: bool| asked.then(|| self.base(state, side)).flatten();
                let rise = base(Side::Up, direction.up()).map(|low| Exact::risen(low, *by));
                let fall = base(Side::Down, direction.down()).and_then(|high| Exact::fallen(high, *by));
                let rise = self.threshold(Side::Up, rise, false);
                let fall = self.threshold(Side::Down, fall, false);
                rise.into_iter().chain(fall).collect()
            }
            // The next tick's window holds the newest price too.
            State::NewHigh { .. } => self.extreme_beyond(state, Side::Up).into_iter().collect(),
            State::NewLow { .. } => self.extreme_beyond(state, Side::Down).into_iter().collect(),
            State::Trailing { by, side, .. } => {
                let Some(extreme) = self.state.extreme else { return Vec::new() };
                let threshold = match side {
                    Side::Up => Some(Exact::risen(extreme, *by)),
                    Side::Down => Exact::fallen(extreme, *by),
                };
                self.threshold(*side, threshold, true).into_iter().collect()
            }
            State::All { .. } | State::Any { .. } => Vec::new(),
        }
    }

    fn reference(&self, state: &State) -> Option<Price> {
        match state {
            State::Change { .. } => self.state.reference,
            State::Trailing { .. } => self.state.extreme,
            State::Moving { direction: Direction::Down, .. } | State::NewHigh { .. } => {
                self.base(state, Side::Down)
            }
            State::Moving { .. } | State::NewLow { .. } => self.base(state, Side::Up),
            State::Above { .. }
            | State::Below { .. }
            | State::InsideChannel { .. }
            | State::OutsideChannel { .. }
            | State::All { .. }
            | State::Any { .. } => None,
        }
    }

    /// The low of a state's window (`Side::Up`: a rise is measured from it), or its high.
    fn base(&self, state: &State, side: Side) -> Option<Price> {
        let (State::Moving { window, .. } | State::NewHigh { window } | State::NewLow { window }) = state
        else {
            return None;
        };
        self.book.find_window(window.micros())?.base(side)
    }

    fn extreme_beyond(&self, state: &State, side: Side) -> Option<Target> {
        let opposite = match side {
            Side::Up => Side::Down,
            Side::Down => Side::Up,
        };
        let price = self.base(state, opposite)?;
        Some(Target { side, price, inclusive: false, nearest: None })
    }

    fn target(&self, side: Side, price: Price, inclusive: bool) -> Target {
        Target { side, price, inclusive, nearest: self.nearest(side) }
    }

    fn threshold(&self, side: Side, threshold: Option<Exact>, stands: bool) -> Option<Target> {
        let price = threshold?.first_price(side)?;
        Some(Target { side, price, inclusive: true, nearest: stands.then(|| self.nearest(side)).flatten() })
    }

    /// The highest or the lowest price since the alert was armed, fired, or met its extreme.
    fn nearest(&self, side: Side) -> Option<Nearest> {
        let last = self.book.last.as_ref()?;
        let since = self.state.accepted_at.max(self.state.last_fire).map_or(i64::MIN, Timestamp::micros);
        let since = self.met_extreme(last.time, since);
        let span = last.time.checked_sub(since).filter(|&span| span >= 0);
        let reach = self.book.memory.extremes(last.time, span.unwrap_or(i64::MAX), 0);
        let mark = match side {
            Side::Up => reach.high,
            Side::Down => reach.low,
        };
        let mark = mark.filter(|_| since == i64::MIN || span.is_some())?;
        Some(Nearest { price: mark.rank.price, time: Timestamp::from_micros(mark.time()) })
    }

    /// A trailing alert's way back counts from its extreme on.
    fn met_extreme(&self, now: i64, since: i64) -> i64 {
        let Condition::State { state: State::Trailing { side, .. }, .. } = self.condition else {
            return since;
        };
        let reach = self.book.memory.extremes(now, now.saturating_sub(since), 0);
        let extreme = match side {
            Side::Up => reach.low,
            Side::Down => reach.high,
        };
        match extreme {
            Some(mark) if Some(mark.rank.price) == self.state.extreme => mark.time(),
            _ => since,
        }
    }
}

fn level_holds(state: &State, quote: &Quote) -> bool {
    match state {
        State::Above { price, .. } => quote.price >= *price,
        State::Below { price, .. } => quote.price <= *price,
        _ => false,
    }
}
