//! One alert from its arming on: what it saw at each tick, and the rules by which it fires.
//!
//! Nothing is carried forward but the journal, in which every tick since arming stands with what was
//! judged at it. Readiness, cooldown, the references and the time that a condition has held are read out
//! of the journal at each tick.

use std::collections::BTreeMap;

use bellwether_model::{
    AlertSpec, Condition, Instrument, Measure, Observation, Origin, Part, PartTruth, Position, Price,
    Resolution, Span, State, Tick, Timestamp,
};

use crate::exact::exact;
use crate::fire::TwinFire;
use crate::history::{History, micros};
use crate::silence::Told;
use crate::twin::TwinPolicy;
use crate::{event, state};

/// The ticks of every instrument.
pub(crate) type Histories = BTreeMap<Instrument, History>;

/// Where an alert stands in the sequence of one instrument: "ticks up to that position never fire it".
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) instrument: Instrument,
    pub(crate) position: Option<Position>,
    /// "A price is in force only while the instrument has been watched without an unfilled gap since
    /// that price": whether the price at that position was.
    pub(crate) in_force: bool,
}

/// One tick after arming, and what was judged at it.
#[derive(Debug, Clone)]
struct Seen {
    tick: Tick,
    held: bool,
    /// Whether it makes a condition ready that fired before.
    readies: bool,
    fired: bool,
}

/// One alert, armed.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(crate) key: u64,
    pub(crate) order: u64,
    pub(crate) policy: TwinPolicy,
    pub(super) instrument: Instrument,
    pub(super) condition: Condition,
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) starts: Vec<Start>,
    journal: Vec<Seen>,
    /// The silences that it told of.
    pub(super) silences: Vec<Told>,
    pub(super) ended: bool,
}

impl Watch {
    /// An alert armed at a place in the sequence of each instrument that it looks at.
    pub(crate) fn new(
        key: u64,
        spec: &AlertSpec,
        starts: Vec<Start>,
        accepted_at: Option<Timestamp>,
        order: u64,
    ) -> Self {
        Self {
            key,
            order,
            policy: TwinPolicy { repeat: spec.repeat, expires_at: spec.expires_at, snoozed_until: None },
            instrument: spec.instrument.clone(),
            condition: spec.condition.clone(),
            accepted_at,
            starts,
            journal: Vec::new(),
            silences: Vec::new(),
            ended: false,
        }
    }

    /// Judges a tick that has just been applied; `number` is the one that a fire would have.
    pub(crate) fn see(
        &mut self,
        instrument: &Instrument,
        seen: &Observation,
        all: &Histories,
        number: u64,
    ) -> Option<TwinFire> {
        let start = self.starts.iter().find(|start| start.instrument == *instrument)?;
        let tick = seen.tick;
        if self.ended || start.position.is_some_and(|position| tick.position <= position) {
            return None;
        }
        let previous_price = price_before(start, all.get(instrument)?);
        let measure = self.holds(tick.price, previous_price, all);
        let entry = Seen {
            tick,
            held: measure.is_some(),
            readies: self.is_readied_by(tick.price, measure.is_some()),
            fired: measure.is_some() && self.may_fire(seen),
        };
        let fired = entry.fired;
        self.journal.push(entry);
        let measure = measure.filter(|_| fired)?;
        self.ended = self.was_last_fire();
        Some(TwinFire {
            alert: self.key,
            number,
            instrument: instrument.clone(),
            time: tick.time,
            id: tick.id,
            price: tick.price,
            previous_price,
            measure,
            resolution: match seen.origin {
                Origin::Live | Origin::Refilled => Resolution::Tick,
                Origin::Candle => Resolution::Minute,
            },
            ended: self.ended,
        })
    }

    /// What the condition is measured against, where it happens at this tick or holds after it.
    fn holds(&self, p: Price, q: Option<Price>, all: &Histories) -> Option<Measure> {
        let ticks = |of: &Instrument| all.get(of).map_or(&[][..], History::ticks);
        match &self.condition {
            // "the first tick after arming becomes the reference (and its own `q`) and fires nothing"
            Condition::Event(event) => event::happens(event, q.unwrap_or(p), p).map(Measure::Threshold),
            // A tick is no silence.
            Condition::Silent { .. } => None,
            Condition::State { state, .. } => match state {
                State::Change { by, direction, .. } => {
                    state::of_change(p, self.reference(p, all), *by, *direction)
                }
                State::Trailing { by, side } => {
                    state::of_trailing(p, self.prices_since_restart(all), *by, *side)
                }
                State::All { of } => self.parts(of, all, |truths| truths.iter().all(|part| part.holds)),
                State::Any { of } => self.parts(of, all, |truths| truths.iter().any(|part| part.holds)),
                State::Above { .. }
                | State::Below { .. }
                | State::InsideChannel { .. }
                | State::OutsideChannel { .. }
                | State::Moving { .. }
                | State::NewHigh { .. }
                | State::NewLow { .. } => state::of_instrument(state, ticks(&self.instrument)),
            },
        }
    }

    /// "Each part is judged as of its own instrument's newest tick".
    fn parts(
        &self,
        parts: &[Part],
        all: &Histories,
        decide: impl Fn(&[PartTruth]) -> bool,
    ) -> Option<Measure> {
        let truth = |part: &Part| {
            let instrument = part.instrument.as_ref().unwrap_or(&self.instrument);
            let ticks = all.get(instrument).map_or(&[][..], History::ticks);
            PartTruth {
                instrument: instrument.clone(),
                kind: part.state.name().to_owned(),
                holds: state::of_instrument(&part.state, ticks).is_some(),
            }
        };
        let truths: Vec<PartTruth> = parts.iter().map(truth).collect();
        decide(&truths).then_some(Measure::Parts(truths))
    }

    /// R: "After a fire `change` takes the fired price as its new reference R"; "with `"rebase": false`,
    /// `change` keeps its first R".
    fn reference(&self, p: Price, all: &Histories) -> Price {
        let rebased = self.last_fire().filter(|_| self.starts_anew_at_a_fire());
        let first_tick = || self.journal.first().map(|seen| seen.tick.price);
        rebased
            .map(|seen| seen.tick.price)
            .or_else(|| self.reference_at_arming(all))
            .or_else(first_tick)
            .unwrap_or(p)
    }

    /// The prices that H and L are taken from: "since arming, the reference and p included", and "after a
    /// fire `trailing` restarts H (or L) at the fired price". Without p itself.
    fn prices_since_restart(&self, all: &Histories) -> Vec<Price> {
        match self.journal.iter().rposition(|seen| seen.fired) {
            Some(fire) => self.journal[fire..].iter().map(|seen| seen.tick.price).collect(),
            None => {
                let since = self.journal.iter().map(|seen| seen.tick.price);
                self.reference_at_arming(all).into_iter().chain(since).collect()
            }
        }
    }

    /// "The reference is the price in force at that position."
    fn reference_at_arming(&self, all: &Histories) -> Option<Price> {
        let own = self.starts.iter().find(|start| start.instrument == self.instrument)?;
        reference(own, all.get(&self.instrument)?)
    }

    fn may_fire(&self, seen: &Observation) -> bool {
        let time = seen.tick.time;
        // "Refilled ticks whose `time` is not after the instant of acceptance advance the state and never
        // fire the alert"; candles stand in for refilled ticks.
        let too_old = match seen.origin {
            Origin::Live => false,
            Origin::Refilled | Origin::Candle => self.accepted_at.is_some_and(|accepted| time <= accepted),
        };
        // "While an alert is snoozed its state advances and no tick fires it".
        let snoozed = self.policy.snoozed_until.is_some_and(|until| time < until);
        // "`expires_at`: no tick with `time >= expires_at` fires the alert."
        let expired = self.policy.expires_at.is_some_and(|expiry| time >= expiry);
        // "After a fire at time `t0`, no tick with `time < t0 + cooldown` fires the alert."
        let cooldown = i128::from(self.policy.repeat.cooldown().micros());
        let cooling = self.last_fire().is_some_and(|fire| micros(time) < micros(fire.tick.time) + cooldown);
        !too_old && !snoozed && !expired && !cooling && self.is_ready() && self.has_held_for(time)
    }

    /// "A state condition is ready from arming." "Firing makes [most] not ready; the first later tick on
    /// which the condition does not hold makes them ready again." `change` and `trailing` "are ready at
    /// once". Events know no readiness.
    fn is_ready(&self) -> bool {
        if matches!(self.condition, Condition::Event(_)) || self.starts_anew_at_a_fire() {
            return true;
        }
        match self.journal.iter().rposition(|seen| seen.fired) {
            None => true,
            Some(fire) => self.journal[fire + 1..].iter().any(|seen| seen.readies),
        }
    }

    /// With `reset`, "ready again only once `p < Y` (`above`) or `p > Y` (`below`), instead of once it no
    /// longer holds".
    fn is_readied_by(&self, p: Price, held: bool) -> bool {
        match &self.condition {
            Condition::State { state: State::Above { reset: Some(y), .. }, .. } => exact(p) < exact(*y),
            Condition::State { state: State::Below { reset: Some(y), .. }, .. } => exact(p) > exact(*y),
            Condition::State { .. } | Condition::Event(_) | Condition::Silent { .. } => !held,
        }
    }

    /// "The condition must have held on every tick since some tick at or before `t - 30s` (ticks after
    /// arming only; a fire of `trailing`, or of `change` that rebases, starts the count anew ...)". Asked
    /// at a tick on which it holds.
    fn has_held_for(&self, now: Timestamp) -> bool {
        let Condition::State { hold: Some(hold), .. } = &self.condition else {
            return true;
        };
        let at_or_before = micros(now) - micros_of(*hold);
        let run = self.journal.iter().rev().take_while(|seen| {
            let starts_anew = seen.fired && self.starts_anew_at_a_fire();
            seen.held && !starts_anew
        });
        run.map(|seen| seen.tick.time).chain([now]).any(|time| micros(time) <= at_or_before)
    }

    /// Whether a fire gives the condition a new base: `trailing`, and `change` unless it keeps its first R.
    fn starts_anew_at_a_fire(&self) -> bool {
        matches!(
            self.condition,
            Condition::State { state: State::Trailing { .. } | State::Change { rebase: true, .. }, .. }
        )
    }

    fn last_fire(&self) -> Option<&Seen> {
        self.journal.iter().rev().find(|seen| seen.fired)
    }

    /// "The first fire turns the alert's status to `triggered`"; "at the last allowed fire the status
    /// turns to `triggered`"; "the count against `max_fires` starts anew at each arming".
    fn was_last_fire(&self) -> bool {
        let fires = self.journal.iter().filter(|seen| seen.fired).count();
        let allowed = self.policy.repeat.max_fires();
        allowed.is_some_and(|allowed| u64::try_from(fires).is_ok_and(|fires| fires >= allowed))
    }
}

/// q, "the price in force just before it (the reference, for the first tick after arming)".
fn price_before(start: &Start, history: &History) -> Option<Price> {
    let (_, before) = history.ticks().split_last()?;
    let previous = before.last()?;
    if Some(previous.position) > start.position { Some(previous.price) } else { reference(start, history) }
}

/// The price in force at the position of arming, where there was one.
fn reference(start: &Start, history: &History) -> Option<Price> {
    history.price_at(start.position).filter(|_| start.in_force)
}

fn micros_of(span: Span) -> i128 {
    i128::from(span.micros())
}
