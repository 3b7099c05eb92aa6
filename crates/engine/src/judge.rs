//! What a tick means to one alert that it woke.
//!
//! To be woken in vain does no harm: an alert is judged by its exact condition, on q and p, and stands
//! where it stood. What must not happen is to sleep through a tick that matters, and seeing to that is
//! the business of [`seat`](crate::seat).

use bellwether_model::{Measure, Price, Side, Tick, Timestamp};

use crate::band::{Band, Pattern};
use crate::detail::{Detail, Watch};
use crate::engine::Engine;
use crate::key::{Level, Quote, price_of};
use crate::record::Kind;
use crate::truth::{Truth, measure, truth};
use crate::{Fire, InstrumentKey, Slot};

/// The tick that is being applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) instrument: u32,
    pub(crate) tick: Tick,
    pub(crate) quote: Quote,
    /// The price in force before it.
    pub(crate) previous: Option<Quote>,
    /// Whether it was fetched afterwards, so that it fires only what was accepted before its time.
    pub(crate) refilled: bool,
}

impl Engine {
    /// Judges an alert that the tick woke, and puts it where the next tick that matters finds it.
    pub(crate) fn judge(&mut self, slot: u32, now: &Moment, fires: &mut Vec<Fire>) {
        match self.alerts.record(slot).kind() {
            Kind::Level(pattern) => self.judge_level(slot, pattern, now, fires),
            Kind::Detailed => self.judge_detailed(slot, now, fires),
            Kind::Free | Kind::Waiting | Kind::Ended => {}
        }
    }

    fn judge_level(&mut self, slot: u32, pattern: Pattern, now: &Moment, fires: &mut Vec<Fire>) {
        let record = self.alerts.record(slot);
        let previous = now.previous.filter(|_| !record.is_blind());
        let to = record.region(now.quote.key);
        let meets = pattern.holds(to)
            || previous.is_some_and(|previous| pattern.happens(record.region(previous.key), to));
        if meets && !(now.refilled && record.accepted_at().is_some_and(|at| now.tick.time <= at)) {
            if record.repeats() {
                // From now on there is more to know of it than a record holds.
                self.give_detail(slot, pattern);
                self.judge_detailed(slot, now, fires);
                return;
            }
            let measure = Measure::Threshold(price_of(record.key));
            self.retire_level(slot);
            self.alerts.end_level(slot, now.tick.position.0, now.tick.time);
            let order = self.alerts.record(slot).order;
            fires.push(fire(slot, order, (1, true), now, previous, measure));
            return;
        }
        if record.is_blind() {
            self.alerts.mark_changed(slot);
        }
        self.seat_level(slot, pattern, now.instrument);
    }

    fn judge_detailed(&mut self, slot: u32, now: &Moment, fires: &mut Vec<Fire>) {
        let Some(previous) = self.look(slot, now) else { return };
        let record = self.alerts.record(slot);
        let (number, accepted_at) = (record.number(), record.accepted_at());
        let detail = &mut self.alerts.details[number];
        let truth = truth(detail, &self.books[detail.instrument as usize]);
        let (meets, moved) = match &detail.watch {
            Watch::Band { pattern, low, high } if pattern.is_event() => {
                let happens = previous.is_some_and(|previous| {
                    let band = Band::new(*low, *high);
                    pattern.happens(band.region(&previous), band.region(&now.quote))
                });
                (happens, false)
            }
            _ => advance_state(detail, truth, now),
        };
        let fires_now = meets && may_fire(detail, accepted_at, now);
        if moved {
            self.alerts.mark_changed(slot);
        }
        let time = now.tick.time.micros();
        if fires_now {
            self.fire(slot, truth, now, previous, fires);
            // It may measure from another price now.
            self.seat(slot, time);
        } else {
            self.seat_as(slot, truth, time);
        }
    }

    /// The price in force before the tick, as this alert saw it; gives it a reference where it had none.
    /// Nothing where the tick does not count for the alert.
    #[expect(clippy::option_option, reason = "no tick to judge, and no price before it, are two things")]
    fn look(&mut self, slot: u32, now: &Moment) -> Option<Option<Quote>> {
        let detail = self.alerts.detail_mut(slot)?;
        let mut blind = !detail.has_reference;
        if let Watch::Compound(compound) = &mut detail.watch {
            let look = compound.look(now.instrument)?;
            if look.gate.is_some_and(|gate| now.tick.position <= gate) {
                return None;
            }
            look.gate = None;
            blind = std::mem::take(&mut look.blind);
            if detail.instrument != now.instrument {
                if blind {
                    self.alerts.mark_changed(slot);
                }
                return Some(now.previous.filter(|_| !blind));
            }
        }
        if blind {
            self.refer(slot, now.quote.price, None);
            self.alerts.mark_changed(slot);
        }
        Some(now.previous.filter(|_| !blind))
    }

    /// Fires an alert, and has it go on or end.
    pub(crate) fn fire(
        &mut self,
        slot: u32,
        truth: Truth,
        now: &Moment,
        previous: Option<Quote>,
        fires: &mut Vec<Fire>,
    ) {
        let Some(detail) = self.alerts.detail_mut(slot) else { return };
        let count = detail.count_fire(now.tick.time);
        let measure = measure(detail, truth, &self.books, &now.quote, previous.as_ref());
        let order = self.alerts.record(slot).order;
        fires.push(fire(slot, order, count, now, previous, measure));
        self.alerts.clear_changed(slot);
        if count.1 {
            self.retire(slot, ended(now));
        } else {
            self.go_on(slot, now.quote.price);
        }
    }

    /// What a fire that is not the last does to the alert.
    fn go_on(&mut self, slot: u32, price: Price) {
        let Some(detail) = self.alerts.detail_mut(slot) else { return };
        // Where the alert is not ready now, its run counts for nothing; where it is, it starts anew.
        detail.end_run();
        match &mut detail.watch {
            Watch::Band { pattern, .. } => detail.not_ready = !pattern.is_event(),
            Watch::Change { rebase: true, reference, .. } => *reference = Some(price),
            Watch::Trailing { .. } => self.regroup(slot, price),
            Watch::Silent { told, .. } => {
                *told = self.books[detail.instrument as usize].position().map(|position| position.0);
            }
            Watch::Reset { .. }
            | Watch::Change { .. }
            | Watch::Moving { .. }
            | Watch::Record { .. }
            | Watch::Compound(_) => detail.not_ready = true,
            Watch::Group { .. } | Watch::Ended { .. } => {}
        }
    }
}

/// Takes a state's readiness and its run on by a tick; says whether it would fire, its repeat rule aside,
/// and whether anything moved.
fn advance_state(detail: &mut Detail, truth: Truth, now: &Moment) -> (bool, bool) {
    let ready_again = match detail.watch {
        Watch::Reset { side: Side::Up, reset, .. } => now.quote.versus(&Level::of(reset)).is_lt(),
        Watch::Reset { side: Side::Down, reset, .. } => now.quote.versus(&Level::of(reset)).is_gt(),
        _ => !truth.holds(),
    };
    let was_not_ready = detail.not_ready;
    detail.not_ready &= !ready_again;
    let mut moved = was_not_ready != detail.not_ready;
    let runs = truth.holds() && !detail.not_ready;
    if let Some(rare) = detail.rare.as_mut().filter(|_| detail.has_hold) {
        let since = rare.held_since().map_or(now.tick.time, |since| since.min(now.tick.time));
        let held_since = runs.then_some(since);
        moved |= rare.held_since() != held_since;
        rare.hold_since(held_since);
    }
    (runs, moved)
}

/// Whether repeat rule, expiry, snooze and `for` let the tick fire the alert. `accepted_at` is what its
/// record says.
fn may_fire(detail: &Detail, accepted_at: Option<Timestamp>, now: &Moment) -> bool {
    let accepted_at = detail.rare.as_ref().and_then(|rare| rare.accepted_at()).or(accepted_at);
    let too_old = now.refilled && accepted_at.is_some_and(|at| now.tick.time <= at);
    let expired = detail.expires_at().is_some_and(|at| now.tick.time >= at);
    !too_old && !expired && now.tick.time >= detail.due()
}

fn ended(now: &Moment) -> Watch {
    Watch::Ended { position: now.tick.position.0, time: now.tick.time }
}

fn fire(
    slot: u32,
    order: u64,
    count: (u64, bool),
    now: &Moment,
    previous: Option<Quote>,
    measure: Measure,
) -> Fire {
    Fire {
        slot: Slot(slot),
        order,
        number: count.0,
        instrument: InstrumentKey(now.instrument),
        tick: now.tick,
        previous: previous.map(|quote| quote.price),
        measure,
        ended: count.1,
    }
}
