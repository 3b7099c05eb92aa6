//! How an alert comes into force, and how it leaves.

use bellwether_model::{AlertState, Condition, Event, Part, Price, Side, Standing, State};

use crate::Arming;
use crate::band::Pattern;
use crate::compound::{Compound, Look, PartPlace};
use crate::detail::{Detail, Rare, Seat, Watch, is_plain};
use crate::engine::{Engine, InstrumentKey};
use crate::key::{is_exact, key_of};
use crate::record::{INSTRUMENTS, Kind, Record, Triggers};
use crate::truth::{level_pattern, truth};

impl Engine {
    /// Takes in an alert whose position has come, at its slot.
    pub(crate) fn enlist(&mut self, slot: u32, arming: &Arming) {
        match level_of(arming) {
            Some(record) => self.enlist_level(slot, record, arming.state.has_reference),
            None => self.enlist_detailed(slot, arming),
        }
    }

    fn enlist_level(&mut self, slot: u32, record: Record, has_reference: bool) {
        let instrument = record.instrument();
        *self.alerts.record_mut(slot) = record;
        let book = &mut self.books[instrument];
        match record.kind() {
            Kind::Level(pattern) if has_reference && book.last.is_some() => {
                let instrument = u32::try_from(instrument).unwrap_or(u32::MAX);
                self.seat_level(slot, pattern, instrument);
            }
            _ => {
                self.alerts.record_mut(slot).go_blind();
                book.wake_next(slot);
            }
        }
    }

    fn enlist_detailed(&mut self, slot: u32, arming: &Arming) {
        let &Arming { instrument: InstrumentKey(instrument), ref condition, policy, ref state, order } =
            arming;
        let last = self.books[instrument as usize].last;
        let mut record = Record::new(Kind::Free, 0, order, instrument);
        let kept = record.accept(state.accepted_at);
        *self.alerts.record_mut(slot) = record;
        let (watch, hold) = match condition {
            Condition::Event(event) => (watch_event(event), None),
            Condition::State { state: State::All { of } | State::Any { of }, hold } => {
                let any = matches!(condition, Condition::State { state: State::Any { .. }, .. });
                (Watch::Compound(Box::new(self.compound(slot, instrument, any, of, state, order))), *hold)
            }
            Condition::State { state, hold } => (watch_state(state), *hold),
            Condition::Silent { span } => {
                let told = state.told.map(|position| position.0);
                (Watch::Silent { span: span.micros(), told }, None)
            }
        };
        let mut detail = Detail::new(instrument, watch);
        detail.not_ready = state.not_ready;
        detail.has_hold = hold.is_some();
        detail.set_policy(policy);
        let is_plain = is_plain(policy) && hold.is_none() && state.fires == 0;
        if !(is_plain && kept && state.fires_since_arming == 0 && state.last_fire.is_none()) {
            detail.rare = Some(Box::new(Rare::new(policy, hold, state)));
        }
        self.alerts.attach(slot, detail);
        self.use_window(slot);
        self.listen(slot);
        if let Some(last) = last.filter(|_| state.has_reference) {
            self.refer(slot, state.reference.unwrap_or(last.price), state.extreme);
            if is_measured_anew(condition, state) {
                self.alerts.mark_changed(slot);
            }
        }
        self.seat(slot, last.map_or(i64::MIN, |last| last.time));
    }

    /// Gives an alert its reference.
    pub(crate) fn refer(&mut self, slot: u32, price: Price, extreme: Option<Price>) {
        let Some(detail) = self.alerts.detail_mut(slot) else { return };
        detail.has_reference = true;
        match &mut detail.watch {
            Watch::Change { reference, .. } => *reference = Some(price),
            Watch::Trailing { side, .. } => {
                let newest = self.books[detail.instrument as usize].last.map_or(price, |last| last.price);
                let further = match side {
                    Side::Up => newest.min(extreme.unwrap_or(newest)),
                    Side::Down => newest.max(extreme.unwrap_or(newest)),
                };
                self.join_group(slot, further);
            }
            Watch::Band { .. }
            | Watch::Reset { .. }
            | Watch::Moving { .. }
            | Watch::Record { .. }
            | Watch::Silent { .. }
            | Watch::Compound(_)
            | Watch::Group { .. }
            | Watch::Ended { .. } => {}
        }
    }

    /// A composite with its parts, each in a slot of its own.
    fn compound(
        &mut self,
        owner: u32,
        instrument: u32,
        any: bool,
        of: &[Part],
        state: &AlertState,
        order: u64,
    ) -> Compound {
        let own = Standing { position: state.position, has_reference: state.has_reference };
        let mut compound = Compound {
            any,
            parts: Vec::with_capacity(of.len()),
            truths: 0,
            looks: vec![self.look_at(instrument, own)],
        };
        let mut others = state.others.iter().copied();
        for part in of {
            let at = part.instrument.as_ref().map_or(instrument, |name| self.instrument(name).0);
            if compound.look(at).is_none() {
                let standing = others.next().unwrap_or_default();
                compound.looks.push(self.look_at(at, standing));
            }
            let slot = self.alerts.add(Record::new(Kind::Free, 0, order, at));
            let mut detail = Detail::new(at, watch_state(&part.state));
            detail.belong_to(owner);
            detail.has_reference = self.books[at as usize].last.is_some();
            self.alerts.attach(slot, detail);
            self.use_window(slot);
            compound.parts.push(PartPlace { slot, instrument: at, name: part.state.name() });
            if let Some(detail) = self.alerts.detail(slot) {
                compound.set(slot, truth(detail, &self.books[at as usize]).holds());
            }
            let time = self.books[at as usize].last.map_or(i64::MIN, |last| last.time);
            self.seat(slot, time);
        }
        compound
    }

    fn look_at(&self, instrument: u32, standing: Standing) -> Look {
        let newest = self.books[instrument as usize].position();
        Look {
            instrument,
            gate: standing.position.filter(|&position| Some(position) > newest),
            blind: !standing.has_reference,
        }
    }

    fn use_window(&mut self, slot: u32) {
        let Some(detail) = self.alerts.detail(slot) else { return };
        if let Watch::Moving { window, .. } | Watch::Record { window, .. } = detail.watch {
            self.books[detail.instrument as usize].window(window).users += 1;
        }
    }

    /// Gives an alert that is one level a detail, which stands where the alert stood.
    pub(crate) fn give_detail(&mut self, slot: u32, pattern: Pattern) {
        let record = *self.alerts.record(slot);
        let price = crate::key::price_of(record.key);
        let instrument = u32::try_from(record.instrument()).unwrap_or(u32::MAX);
        self.unseat_level(slot);
        let mut detail = Detail::new(instrument, Watch::Band { pattern, low: price, high: price });
        detail.has_reference = !record.is_blind();
        detail.set_policy(record.policy());
        self.alerts.attach(slot, detail);
    }

    /// Ends an alert that is one level: nothing wakes it any more.
    pub(crate) fn retire_level(&mut self, slot: u32) {
        self.unseat_level(slot);
        self.alerts.clear_changed(slot);
    }

    /// Takes an alert that is one level out of everything that wakes it.
    pub(crate) fn unseat_level(&mut self, slot: u32) {
        let instrument = self.alerts.record(slot).instrument();
        let book = &mut self.books[instrument];
        book.let_sleep(slot);
        let record = self.alerts.record_mut(slot);
        let old = record.triggers();
        record.leave_up();
        record.leave_down();
        book.stand(slot, old, Triggers::NONE, &self.alerts);
    }

    /// Ends an alert with a detail: nothing wakes it any more, and what it was is kept.
    pub(crate) fn retire(&mut self, slot: u32, ended: Watch) {
        self.leave_all(slot);
        if let Some(detail) = self.alerts.detail_mut(slot) {
            detail.watch = ended;
        }
    }

    /// Takes an alert out of everything that wakes it, and everything out that stood there for it alone.
    pub(crate) fn leave_all(&mut self, slot: u32) {
        self.unseat(slot);
        let Some(detail) = self.alerts.detail_mut(slot) else { return };
        let instrument = detail.instrument as usize;
        match &mut detail.watch {
            Watch::Moving { window, .. } | Watch::Record { window, .. } => {
                let span = *window;
                self.books[instrument].release_window(span);
            }
            Watch::Trailing { .. } if detail.has_reference => self.leave_group(slot),
            Watch::Silent { span, .. } => {
                let (instrument, span) = (detail.instrument, *span);
                self.stop_listening(slot, instrument, span);
            }
            Watch::Compound(compound) => {
                for part in std::mem::take(&mut compound.parts) {
                    self.leave_all(part.slot);
                    self.alerts.detach(part.slot);
                    self.alerts.free(part.slot);
                }
            }
            Watch::Trailing { .. }
            | Watch::Band { .. }
            | Watch::Reset { .. }
            | Watch::Change { .. }
            | Watch::Group { .. }
            | Watch::Ended { .. } => {}
        }
    }

    /// Notes that an alert stands in no gauge and no list any more.
    pub(crate) fn note_out(&mut self, slot: u32, side: Side) {
        if let Some(detail) = self.alerts.detail_mut(slot) {
            match side {
                Side::Up => detail.rise = Seat::Out,
                Side::Down => detail.fall = Seat::Out,
            }
        }
    }
}

/// The record of an alert that is one level and nothing else, as most are.
fn level_of(arming: &Arming) -> Option<Record> {
    let (pattern, price) = match &arming.condition {
        Condition::Event(Event::Crossing { price }) => (Pattern::Crossing, *price),
        Condition::Event(Event::CrossingUp { price }) => (Pattern::CrossingUp, *price),
        Condition::Event(Event::CrossingDown { price }) => (Pattern::CrossingDown, *price),
        Condition::State { state: State::Above { price, reset: None }, hold: None } => {
            (Pattern::Above, *price)
        }
        Condition::State { state: State::Below { price, reset: None }, hold: None } => {
            (Pattern::Below, *price)
        }
        Condition::Event(_) | Condition::State { .. } | Condition::Silent { .. } => return None,
    };
    let state = &arming.state;
    let unspent = state.fires == 0 && state.fires_since_arming == 0 && state.last_fire.is_none();
    let key = key_of(price);
    let fits = is_plain(arming.policy)
        && unspent
        && !state.not_ready
        && is_exact(key)
        && arming.instrument.0 < INSTRUMENTS;
    let mut record = Record::new(Kind::Level(pattern), key, arming.order, arming.instrument.0);
    record.set_policy(arming.policy);
    (fits && record.accept(state.accepted_at)).then_some(record)
}

/// Whether what an alert measures from is the price in force where it is armed, and in nobody's books until a
/// checkpoint holds it: whoever goes on from there could take only the price there.
fn is_measured_anew(condition: &Condition, state: &AlertState) -> bool {
    match condition {
        Condition::State { state: State::Change { .. }, .. } => state.reference.is_none(),
        Condition::State { state: State::Trailing { .. }, .. } => state.extreme.is_none(),
        Condition::Event(_) | Condition::State { .. } | Condition::Silent { .. } => false,
    }
}

fn watch_event(event: &Event) -> Watch {
    let (pattern, low, high) = match *event {
        Event::Crossing { price } => (Pattern::Crossing, price, price),
        Event::CrossingUp { price } => (Pattern::CrossingUp, price, price),
        Event::CrossingDown { price } => (Pattern::CrossingDown, price, price),
        Event::EnteringChannel { low, high } => (Pattern::Entering, low, high),
        Event::ExitingChannel { low, high } => (Pattern::Exiting, low, high),
    };
    Watch::Band { pattern, low, high }
}

fn watch_state(state: &State) -> Watch {
    let level = |side, price, reset| match reset {
        Some(reset) => Watch::Reset { side, price, reset },
        None => Watch::Band { pattern: level_pattern(side), low: price, high: price },
    };
    match *state {
        State::Above { price, reset } => level(Side::Up, price, reset),
        State::Below { price, reset } => level(Side::Down, price, reset),
        State::InsideChannel { low, high } => Watch::Band { pattern: Pattern::Inside, low, high },
        State::OutsideChannel { low, high } => Watch::Band { pattern: Pattern::Outside, low, high },
        State::Change { by, direction, rebase } => Watch::Change { by, direction, rebase, reference: None },
        State::Moving { by, direction, window } => Watch::Moving { by, direction, window: window.micros() },
        State::NewHigh { window } => Watch::Record { side: Side::Up, window: window.micros(), place: 0 },
        State::NewLow { window } => Watch::Record { side: Side::Down, window: window.micros(), place: 0 },
        State::Trailing { by, side } => Watch::Trailing { by, side, group: u32::MAX },
        State::All { .. } | State::Any { .. } => unreachable!("a composite is not a part of another"),
    }
}
