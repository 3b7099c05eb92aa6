//! The face of the engine.

use std::collections::{BTreeSet, HashMap};

use bellwether_model::{AlertState, Instrument, Observation, Origin, Position, Standing};

use crate::alerts::Alerts;
use crate::book::Book;
use crate::carry::BadMemory;
use crate::compound::Compound;
use crate::detail::{Detail, Watch, is_plain};
use crate::judge::Moment;
use crate::key::Quote;
use crate::record::{Kind, Record};
use crate::truth::extreme;
use crate::{Applied, Arming, Fire, Market, Policy, Unsupported};

/// An instrument as this engine knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstrumentKey(pub(crate) u32);

/// An alert as this engine knows it, from [`Engine::arm`] to [`Engine::disarm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub(crate) u32);

/// Evaluates alerts.
///
/// Instruments and alerts are named by the keys and slots that one engine gave; those of another engine,
/// or of an alert that was disarmed, mean nothing to it.
#[derive(Debug, Default)]
pub struct Engine {
    pub(crate) alerts: Alerts,
    pub(crate) books: Vec<Book>,
    names: HashMap<Instrument, u32>,
    /// Instruments whose silence alerts wait for.
    pub(crate) listened: BTreeSet<u32>,
    /// Room for the alerts that a tick wakes, kept from tick to tick.
    woken: Vec<u32>,
    /// Room for the same in the order of the alerts.
    turns: Vec<(u64, u32)>,
}

/// Woken slots that stand for alerts elsewhere.
#[derive(Default)]
struct Others {
    /// Groups of trailing alerts: their slot, their trail and their number there.
    groups: Vec<(u32, u8, u32)>,
    /// Parts of composites.
    parts: Vec<u32>,
}

impl Engine {
    /// An engine without instruments and alerts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The key of an instrument, made where it is the first time that anyone asks.
    pub fn instrument(&mut self, name: &Instrument) -> InstrumentKey {
        if let Some(&number) = self.names.get(name) {
            return InstrumentKey(number);
        }
        let number = u32::try_from(self.books.len()).expect("no machine has memory for 2^32 instruments");
        self.books.push(Book::new(name.clone()));
        self.names.insert(name.clone(), number);
        InstrumentKey(number)
    }

    /// Takes in an alert at its position: ticks up to there never fire it. Where the position is still
    /// to come, the alert waits for it.
    ///
    /// # Errors
    /// [`Unsupported`] for a composite condition with a part that cannot be one.
    pub fn arm(&mut self, arming: Arming) -> Result<Slot, Unsupported> {
        if let Some(part) = arming.condition.parts().iter().find(|part| !part.state.can_be_part()) {
            return Err(Unsupported { condition: part.state.name() });
        }
        let instrument = arming.instrument.0;
        let slot = self.alerts.add(Record::new(Kind::Free, 0, arming.order, instrument));
        let book = &mut self.books[instrument as usize];
        let newest = book.last.and_then(|last| last.position());
        match arming.state.position {
            // A composite keeps its own count of what it has yet to see.
            Some(position) if Some(position.0) > newest && arming.condition.parts().is_empty() => {
                let number = self.alerts.waiting.insert(arming);
                self.alerts.record_mut(slot).become_waiting(number);
                book.wait(position, slot);
            }
            _ => self.enlist(slot, &arming),
        }
        Ok(Slot(slot))
    }

    /// Takes an alert out of force. Its slot may be given to another one from now on.
    pub fn disarm(&mut self, Slot(slot): Slot) {
        match self.alerts.record(slot).kind() {
            Kind::Free => return,
            Kind::Waiting => {
                let arming = self.alerts.waiting.remove(self.alerts.record(slot).number());
                if let Some(position) = arming.state.position {
                    self.books[arming.instrument.0 as usize].wait_no_more(position, slot);
                }
            }
            Kind::Ended => {
                self.alerts.ended.remove(self.alerts.record(slot).number());
            }
            Kind::Level(_) => self.unseat_level(slot),
            Kind::Detailed => {
                self.leave_all(slot);
                self.alerts.detach(slot);
            }
        }
        self.alerts.free(slot);
    }

    /// Changes how often and when an alert may fire; its state stays. One that has ended has ended.
    pub fn amend(&mut self, Slot(slot): Slot, policy: Policy) {
        match self.alerts.record(slot).kind() {
            Kind::Free | Kind::Ended => return,
            Kind::Waiting => {
                let number = self.alerts.record(slot).number();
                self.alerts.waiting[number].policy = policy;
                return;
            }
            Kind::Level(_) if is_plain(policy) => {
                self.alerts.record_mut(slot).set_policy(policy);
                return;
            }
            Kind::Level(pattern) => self.give_detail(slot, pattern),
            Kind::Detailed => {}
        }
        let Some(detail) = self.alerts.detail_mut(slot) else { return };
        if matches!(detail.watch, Watch::Ended { .. }) {
            return;
        }
        detail.set_policy(policy);
        let instruments: Vec<u32> = detail.instruments().collect();
        let times = instruments.iter().filter_map(|&at| self.books[at as usize].last.map(|last| last.time));
        let newest = times.max().unwrap_or(i64::MIN);
        self.seat(slot, newest);
        self.hear_again(Slot(slot));
    }

    /// Applies a tick. What fires is added to `fires`, in the order of the alerts.
    #[inline]
    pub fn apply(
        &mut self,
        InstrumentKey(instrument): InstrumentKey,
        observation: &Observation,
        fires: &mut Vec<Fire>,
    ) -> Applied {
        if self.books[instrument as usize].pass(&observation.tick) {
            return Applied::Fresh;
        }
        self.apply_any(instrument, observation, fires)
    }

    /// Applies a tick, whatever comes of it.
    #[inline(never)]
    fn apply_any(&mut self, instrument: u32, observation: &Observation, fires: &mut Vec<Fire>) -> Applied {
        let book = &mut self.books[instrument as usize];
        let applied = book.admits(&observation.tick);
        if applied == Applied::Fresh {
            let quote = Quote::of(observation.tick.price);
            if book.is_quiet(&observation.tick, quote.reach()) {
                book.advance(&observation.tick, quote);
            } else {
                self.apply_and_wake(instrument, observation, quote, fires);
            }
        }
        applied
    }

    fn apply_and_wake(
        &mut self,
        instrument: u32,
        observation: &Observation,
        quote: Quote,
        fires: &mut Vec<Fire>,
    ) {
        let position = observation.tick.position.0;
        self.end_waiting(instrument, position.checked_sub(1));
        let book = &mut self.books[instrument as usize];
        let now = Moment {
            instrument,
            tick: observation.tick,
            quote,
            previous: book.last.map(|last| last.quote()),
            refilled: observation.origin != Origin::Live,
        };
        let mut woken = std::mem::take(&mut self.woken);
        book.advance_and_wake(&observation.tick, quote, &mut self.alerts, &mut woken);
        if let Some(others) = self.sort_out(&mut woken) {
            self.wake_groups(&now, others.groups, &mut woken);
            self.wake_owners(&now, others.parts, &mut woken);
        }
        let mut turns = std::mem::take(&mut self.turns);
        turns.extend(woken.drain(..).map(|slot| (self.alerts.record(slot).order, slot)));
        self.woken = woken;
        turns.sort_unstable();
        turns.dedup();
        for (_, slot) in turns.drain(..) {
            self.judge(slot, &now, fires);
        }
        self.turns = turns;
        self.end_waiting(instrument, Some(position));
        self.books[instrument as usize].settle();
    }

    /// Takes those out of the woken slots that are no alerts themselves; nothing where all are.
    fn sort_out(&self, woken: &mut Vec<u32>) -> Option<Others> {
        let mut others = Others::default();
        woken.retain(|&slot| match self.alerts.detail(slot) {
            Some(Detail { watch: Watch::Group { trail, group }, .. }) => {
                others.groups.push((slot, *trail, *group));
                false
            }
            Some(detail) if detail.owner().is_some() => {
                others.parts.push(slot);
                false
            }
            _ => true,
        });
        (!others.groups.is_empty() || !others.parts.is_empty()).then_some(others)
    }

    /// Takes in the alerts that waited for a position up to this one.
    pub(crate) fn end_waiting(&mut self, instrument: u32, position: Option<u64>) {
        let Some(position) = position else { return };
        while let Some(slot) = self.books[instrument as usize].next_waiting(position) {
            let number = self.alerts.record(slot).number();
            let arming = self.alerts.waiting.remove(number);
            self.enlist(slot, &arming);
        }
    }

    /// Notes that nobody can tell what followed an instrument's newest tick: its price is no longer in
    /// force, until the next tick.
    pub fn interrupt(&mut self, InstrumentKey(instrument): InstrumentKey) {
        if let Some(last) = &mut self.books[instrument as usize].last {
            last.in_force = false;
        }
    }

    /// Where an instrument stands; nothing before its first tick.
    #[must_use]
    pub fn market(&self, InstrumentKey(instrument): InstrumentKey) -> Option<Market> {
        self.books[instrument as usize].market()
    }

    /// What an instrument remembers of its prices, for [`resume`](Self::resume).
    #[must_use]
    pub fn memory(&self, InstrumentKey(instrument): InstrumentKey) -> Vec<u8> {
        self.books[instrument as usize].memory.to_bytes()
    }

    /// Goes on from where an instrument stood when another engine said so, with what it remembered
    /// (nothing, where that is empty: windows then begin with this price). Called before alerts are
    /// armed on the instrument.
    ///
    /// # Errors
    /// [`BadMemory`] where the bytes are not what [`memory`](Self::memory) gave; nothing is changed.
    pub fn resume(
        &mut self,
        InstrumentKey(instrument): InstrumentKey,
        market: &Market,
        memory: &[u8],
    ) -> Result<(), BadMemory> {
        self.books[instrument as usize].resume(market, memory)
    }

    /// The state of an alert as of its instruments' newest ticks, enough to go on from there.
    #[must_use]
    pub fn state(&self, Slot(slot): Slot) -> AlertState {
        let record = self.alerts.record(slot);
        match record.kind() {
            Kind::Free => AlertState::default(),
            Kind::Waiting => self.alerts.waiting[record.number()].state.clone(),
            Kind::Ended => {
                let (position, time) = self.alerts.ended[record.number()];
                AlertState {
                    position: Some(Position(position)),
                    accepted_at: record.accepted_at(),
                    has_reference: true,
                    fires: 1,
                    fires_since_arming: 1,
                    last_fire: Some(time),
                    ..AlertState::default()
                }
            }
            Kind::Level(_) => AlertState {
                position: self.books[record.instrument()].position(),
                accepted_at: record.accepted_at(),
                has_reference: !record.is_blind(),
                ..AlertState::default()
            },
            Kind::Detailed => {
                let detail = &self.alerts.details[record.number()];
                let mut state = self.detailed_state(detail);
                state.accepted_at = state.accepted_at.or_else(|| record.accepted_at());
                state
            }
        }
    }

    fn detailed_state(&self, detail: &Detail) -> AlertState {
        let book = &self.books[detail.instrument as usize];
        let mut state = AlertState {
            position: book.position(),
            has_reference: detail.has_reference,
            not_ready: detail.not_ready,
            ..AlertState::default()
        };
        if let Some(rare) = &detail.rare {
            state.accepted_at = rare.accepted_at();
            state.held_since = rare.held_since();
            state.fires = rare.fires;
            state.fires_since_arming = rare.fires_since_arming;
            state.last_fire = rare.last_fire();
        }
        match &detail.watch {
            Watch::Change { reference, .. } => state.reference = *reference,
            Watch::Trailing { by, side, group } if detail.has_reference => {
                state.extreme = Some(extreme(book, *by, *side, *group));
            }
            Watch::Compound(compound) => self.standings(compound, &mut state),
            Watch::Silent { told, .. } => state.told = told.map(Position),
            Watch::Ended { position, time } => {
                state.position = Some(Position(*position));
                if detail.rare.is_none() {
                    (state.fires, state.fires_since_arming, state.last_fire) = (1, 1, Some(*time));
                }
            }
            Watch::Trailing { .. }
            | Watch::Band { .. }
            | Watch::Reset { .. }
            | Watch::Moving { .. }
            | Watch::Record { .. }
            | Watch::Group { .. } => {}
        }
        state
    }

    fn standings(&self, compound: &Compound, state: &mut AlertState) {
        let standings = compound.looks.iter().map(|look| Standing {
            position: look.gate.or(self.books[look.instrument as usize].position()),
            has_reference: !look.blind,
        });
        let mut standings = standings;
        if let Some(own) = standings.next() {
            state.position = own.position;
            state.has_reference = own.has_reference;
        }
        state.others = standings.collect();
    }

    /// Has [`take_changed`](Self::take_changed) name an alert as one whose state moved.
    pub fn touch(&mut self, Slot(slot): Slot) {
        self.alerts.mark_changed(slot);
    }

    /// Adds the alerts whose state moved since this was last asked, other than by a fire, to `into`.
    pub fn take_changed(&mut self, into: &mut Vec<Slot>) {
        let Self { alerts, books, .. } = self;
        for trail in books.iter_mut().flat_map(|book| book.trails.iter_mut()) {
            trail.take_moved(|slot| alerts.mark_changed(slot));
        }
        alerts.take_changed(|slot| into.push(Slot(slot)));
    }
}
