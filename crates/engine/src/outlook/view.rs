//! How an outlook is read off an alert's state, its instrument's newest tick and its memory of prices.

use bellwether_model::{AlertState, Condition, Direction, Event, Price, Side, Span, State, Timestamp};

use super::{Hindrance, Nearest, Outlook, Target};
use crate::Policy;
use crate::band::{Band, Region};
use crate::book::Book;
use crate::exact::Exact;
use crate::key::Quote;

/// What an outlook is made from.
pub(super) struct View<'a> {
    pub(super) book: &'a Book,
    /// Whether the condition holds on the newest price; never for an event.
    pub(super) holds: bool,
    pub(super) state: &'a AlertState,
    pub(super) condition: &'a Condition,
    pub(super) policy: Policy,
    pub(super) now: Timestamp,
}

impl View<'_> {
    /// Fills in what can be told of an alert that is in force.
    pub(super) fn look(&self, outlook: &mut Outlook) {
        self.look_at_times(outlook);
        let Some(last) = &self.book.last else {
            outlook.hindrances.push(Hindrance::NoReference);
            return;
        };
        let goes_by_price = !matches!(self.condition, Condition::Silent { .. });
        if goes_by_price && !self.state.has_reference {
            outlook.hindrances.push(Hindrance::NoReference);
        }
        match self.condition {
            Condition::Event(event) if self.state.has_reference => {
                self.look_at_event(event, &last.quote(), outlook);
            }
            Condition::Event(_) | Condition::Silent { .. } => {}
            Condition::State { state, hold } => self.look_at_state(state, *hold, &last.quote(), outlook),
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
        outlook.holds = Some(self.holds);
        outlook.reference = self.reference(state);
        if self.state.not_ready {
            outlook.hindrances.push(Hindrance::NotReady { at: self.ready_at(state, quote) });
        } else if let Some((hold, since)) = hold.zip(self.state.held_since).filter(|_| self.holds) {
            let until = since.saturating_add(hold);
            outlook.hindrances.push(Hindrance::Holding { until });
        }
        if !self.holds {
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
