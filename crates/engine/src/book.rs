//! Everything of one instrument: where it stands, and who waits for what on it.

use std::collections::BTreeSet;

use bellwether_model::{Instrument, Position, Tick, Timestamp};

use crate::alerts::Alerts;
use crate::carry::BadMemory;
use crate::detail::{Alarm, Seat};
use crate::key::{Quote, Reach, short_key_of};
use crate::ladder::Ladder;
use crate::last::Last;
use crate::memory::Memory;
use crate::record::Triggers;
use crate::renumber::BEFORE_THE_FIRST;
use crate::silence::Silences;
use crate::trail::Trail;
use crate::window::{Due, Window};
use crate::{Applied, Market};

/// Wakes at the next tick, whatever its time.
const AT_ONCE: i64 = i64::MIN;

/// One instrument.
///
/// What a tick that wakes nobody writes stands first: one cache line, and behind it those of which the memory
/// notes the tick in one. `until`, behind these, it only reads.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Book {
    /// The prices at which a tick may wake anyone, or move a window. They may lie nearer than need be until
    /// the next tick that comes there has them [settled](Self::settle), and never further.
    nearest: Triggers,
    pub(crate) last: Option<Last>,
    pub(crate) memory: Memory,
    /// The time from which on a tick may do so whatever its price; the same holds of it.
    until: i64,
    /// Triggers for a price that comes from below.
    up: Ladder,
    /// Triggers for a price that comes from above, their keys inverted.
    down: Ladder,
    pub(crate) windows: Vec<Window>,
    pub(crate) trails: Box<[Trail; 4]>,
    /// Who is to be looked at from some time on.
    from: BTreeSet<(i64, u32)>,
    /// Who is to be looked at before some time: expired alerts, should times run back.
    before: BTreeSet<(i64, u32)>,
    /// Whose condition holds, for those that ask for how long.
    runs: BTreeSet<(i64, u32)>,
    /// Who waits for a position.
    waiting: BTreeSet<(u64, u32)>,
    /// Who is told when no tick comes.
    pub(crate) silences: Silences,
    pub(crate) name: Instrument,
}

// The open stretch of the memory begins with the second cache line.
const _: () = assert!(size_of::<Triggers>() + size_of::<Option<Last>>() == 56);

impl Book {
    pub(crate) fn new(name: Instrument) -> Self {
        Self {
            nearest: Triggers::NONE,
            until: i64::MAX,
            last: None,
            up: Ladder::default(),
            down: Ladder::default(),
            memory: Memory::default(),
            windows: Vec::new(),
            trails: Box::new(Trail::all()),
            from: BTreeSet::new(),
            before: BTreeSet::new(),
            runs: BTreeSet::new(),
            waiting: BTreeSet::new(),
            silences: Silences::default(),
            name,
        }
    }

    /// Applies the usual tick: numbered as those before it, newer than all of them, and of a price and at a
    /// time that wake nobody and move no window. Does nothing with any other, and says so.
    ///
    /// It is what [`admits`](Self::admits) and [`advance`](Self::advance) come to then.
    #[inline]
    pub(crate) fn pass(&mut self, tick: &Tick) -> bool {
        let (Some(last), Some(key)) = (&mut self.last, short_key_of(tick.price)) else { return false };
        let time = tick.time.micros();
        let usual = last.admits(tick) == Applied::Fresh
            && self.nearest.sleep_through(Reach::of(key))
            && time < self.until
            && self.memory.push_usual(key, time);
        if usual {
            *last = Last::from(tick);
        }
        usual
    }

    /// Whether a tick is to be applied.
    pub(crate) fn admits(&self, tick: &Tick) -> Applied {
        self.last.map_or(Applied::Fresh, |last| last.admits(tick))
    }

    /// Whether a tick wakes nobody and moves no window, so that there is nothing to do but to remember it.
    pub(crate) fn is_quiet(&self, tick: &Tick, reach: Reach) -> bool {
        let time = tick.time.micros();
        self.nearest.sleep_through(reach) && time < self.until && self.memory.is_newest(time)
    }

    /// Has the next tick looked at whatever its price: something has changed for which it matters.
    fn stir(&mut self) {
        self.nearest = Triggers::ALL;
    }

    /// Sees which prices and times matter from now on, once everybody whom a tick woke stands again.
    pub(crate) fn settle(&mut self) {
        self.nearest = Triggers { up: self.up.nearest(), down: self.down.nearest() };
        self.until = self.from.first().map_or(i64::MAX, |&(at, _)| at);
        for window in &self.windows {
            let calm = window.calm();
            self.nearest = self.nearest.nearer(calm.triggers);
            self.until = self.until.min(calm.until);
        }
        // Those of times that ran back are not woken by newer ones; nearly always that is all of them.
        let newest = self.memory.newest();
        let is_past = |set: &BTreeSet<(i64, u32)>| set.last().is_none_or(|&(at, _)| at <= newest);
        if !self.waiting.is_empty() || !is_past(&self.before) || !is_past(&self.runs) {
            self.stir();
        }
    }

    /// Applies a tick without looking who waits for it.
    pub(crate) fn advance(&mut self, tick: &Tick, quote: Quote) {
        self.memory.push(quote, tick.time.micros());
        self.last = Some(Last::from(tick));
    }

    /// Applies a tick. Who waits for it is taken out of the sets and goes to `woken`.
    pub(crate) fn advance_and_wake(
        &mut self,
        tick: &Tick,
        quote: Quote,
        alerts: &mut Alerts,
        woken: &mut Vec<u32>,
    ) {
        self.climb(quote.reach(), alerts, woken);
        self.measure_windows(&quote, tick.time.micros(), alerts, woken);
        self.look_at_times(tick.time.micros(), woken);
        self.advance(tick, quote);
    }

    /// Takes the triggers out that a price reaches.
    fn climb(&mut self, reach: Reach, alerts: &mut Alerts, woken: &mut Vec<u32>) {
        let first = woken.len();
        self.up.take_due(reach.up, |slot| alerts.up(slot), |slot| woken.push(slot));
        woken[first..].iter().for_each(|&slot| alerts.leave_up(slot));
        let first = woken.len();
        self.down.take_due(reach.down, |slot| alerts.down(slot), |slot| woken.push(slot));
        woken[first..].iter().for_each(|&slot| alerts.leave_down(slot));
    }

    fn measure_windows(&mut self, quote: &Quote, time: i64, alerts: &mut Alerts, woken: &mut Vec<u32>) {
        let mut due = Due::default();
        for window in &mut self.windows {
            window.advance(&self.memory, quote, time, &mut due);
        }
        for &slot in &due.rise {
            if let Some(detail) = alerts.detail_mut(slot) {
                detail.rise = Seat::Out;
            }
        }
        for &slot in &due.fall {
            if let Some(detail) = alerts.detail_mut(slot) {
                detail.fall = Seat::Out;
            }
        }
        woken.append(&mut due.rise);
        woken.append(&mut due.fall);
    }

    /// Wakes who waits for a time. They stay in the sets until they are looked at.
    fn look_at_times(&self, time: i64, woken: &mut Vec<u32>) {
        let slots = |&(_, slot): &(i64, u32)| slot;
        woken.extend(self.from.range(..=(time, u32::MAX)).map(slots));
        woken.extend(self.before.range((time, u32::MAX)..).filter(|&&(at, _)| at > time).map(slots));
        // A time that ran back behind the begin of a run is the begin of the run.
        woken.extend(self.runs.range((time, u32::MAX)..).filter(|&&(at, _)| at > time).map(slots));
    }

    /// Moves the triggers of a slot, which says itself already where they stand from now on.
    pub(crate) fn stand(&mut self, slot: u32, old: Triggers, new: Triggers, alerts: &Alerts) {
        self.up.shift(slot, old.up, new.up, |slot| alerts.up(slot));
        self.down.shift(slot, old.down, new.down, |slot| alerts.down(slot));
        self.nearest = self.nearest.nearer(new);
    }

    /// Moves the triggers of a slot that has a detail.
    pub(crate) fn stand_detailed(&mut self, slot: u32, new: Triggers, alerts: &mut Alerts) {
        if let Some(detail) = alerts.detail_mut(slot) {
            let old = std::mem::replace(&mut detail.triggers, new);
            self.stand(slot, old, new, alerts);
        }
    }

    /// Wakes a slot at the next tick.
    pub(crate) fn wake_next(&mut self, slot: u32) {
        self.from.insert((AT_ONCE, slot));
        self.until = AT_ONCE;
    }

    /// No longer wakes a slot at the next tick.
    pub(crate) fn let_sleep(&mut self, slot: u32) {
        if !self.from.is_empty() {
            self.from.remove(&(AT_ONCE, slot));
        }
    }

    pub(crate) fn set_alarm(&mut self, slot: u32, alarm: Alarm) {
        match alarm {
            Alarm::None => {}
            Alarm::From(time) => {
                self.from.insert((time, slot));
                self.until = self.until.min(time);
            }
            Alarm::Before(time) => {
                self.before.insert((time, slot));
                self.stir();
            }
        }
    }

    pub(crate) fn clear_alarm(&mut self, slot: u32, alarm: Alarm) {
        match alarm {
            Alarm::None => false,
            Alarm::From(time) => self.from.remove(&(time, slot)),
            Alarm::Before(time) => self.before.remove(&(time, slot)),
        };
    }

    pub(crate) fn begin_run(&mut self, slot: u32, since: Timestamp) {
        self.runs.insert((since.micros(), slot));
        self.stir();
    }

    pub(crate) fn end_run(&mut self, slot: u32, since: Timestamp) {
        self.runs.remove(&(since.micros(), slot));
    }

    pub(crate) fn wait(&mut self, position: Position, slot: u32) {
        self.waiting.insert((position.0, slot));
        self.stir();
    }

    pub(crate) fn wait_no_more(&mut self, position: Position, slot: u32) {
        self.waiting.remove(&(position.0, slot));
    }

    /// Takes the next of those out who wait for a position up to this one.
    pub(crate) fn next_waiting(&mut self, position: u64) -> Option<u32> {
        let &(at, slot) = self.waiting.first()?;
        if at > position {
            return None;
        }
        self.wait_no_more(Position(at), slot);
        Some(slot)
    }

    /// The window of a length, to be changed; made where it is the first time that anyone asks.
    pub(crate) fn window(&mut self, span: i64) -> &mut Window {
        self.stir();
        let at = match self.windows.binary_search_by_key(&span, |window| window.span) {
            Ok(at) => at,
            Err(at) => {
                let newest = self.last.map(|last| (last.quote(), last.time));
                self.windows.insert(at, Window::new(span, newest, &self.memory));
                at
            }
        };
        &mut self.windows[at]
    }

    /// The window of a length, where anyone looks at it.
    pub(crate) fn find_window(&self, span: i64) -> Option<&Window> {
        let at = self.windows.binary_search_by_key(&span, |window| window.span).ok()?;
        self.windows.get(at)
    }

    /// Gives a window up; it goes with the last who looks at it.
    pub(crate) fn release_window(&mut self, span: i64) {
        if let Ok(at) = self.windows.binary_search_by_key(&span, |window| window.span) {
            self.windows[at].users -= 1;
            if self.windows[at].users == 0 {
                self.windows.remove(at);
            }
        }
    }

    pub(crate) fn market(&self) -> Option<Market> {
        self.last.map(|last| last.market())
    }

    /// The position of the newest tick.
    pub(crate) fn position(&self) -> Option<Position> {
        self.last.map(|last| last.position().map_or(BEFORE_THE_FIRST, Position))
    }

    pub(crate) fn resume(&mut self, market: &Market, memory: &[u8]) -> Result<(), BadMemory> {
        self.memory = Memory::from_bytes(memory)?;
        if self.memory.is_empty() {
            self.memory.push(Quote::of(market.price), market.time.micros());
        }
        self.last = Some(Last::from(market));
        self.stir();
        Ok(())
    }
}
