//! Where an alert stands so that every tick that matters to it wakes it.
//!
//! | kind | stands in | cost of a tick that it sleeps through |
//! |---|---|---|
//! | crossings, channels, `above`, `below` | the instrument's two [`Ladder`](crate::ladder)s, one trigger per border of its region | one comparison per ladder, for all alerts |
//! | `change` | the ladders, with the exact thresholds of its reference | none of its own |
//! | `moving` | a [`Gauge`](crate::gauge) of the instrument's window of that length | none beyond those of the ladders, between the window's extremes and what it measures to; a few per window elsewhere, for all alerts |
//! | `new_high`, `new_low` | a list at the window, woken when the fact flips | as above |
//! | `trailing` | a group with its extreme, whose pair of triggers stands in the ladders | none of its own |
//! | `all`, `any` | nowhere: its parts stand as above and wake it | none of its own |
//! | `silent` | [`Silences`](crate::silence) of the instrument, by its length | none of its own |
//! | `for`, cooldown, snooze | a set by time, while the condition holds | one comparison, for all alerts |
//!
//! A state condition that does not hold stands where it would come to hold. One that holds, or is not
//! ready, stands where it would cease to hold; if it is ready all the same, something in time keeps it
//! from firing, and an alarm wakes it when that is over. After the judgement of a tick nothing else can
//! be pending, so these are all the ticks that matter.
//!
//! The instrument's [`Book`](crate::book) keeps of all this the nearest prices and the first time that matter
//! to anyone. A tick short of them is not even shown to the structures above.

use bellwether_model::{Shift, Side};

use crate::band::{Band, Pattern};
use crate::book::Book;
use crate::detail::{Alarm, Detail, Seat, Watch};
use crate::engine::Engine;
use crate::key::{Level, Quote};
use crate::record::Triggers;
use crate::truth::{Truth, level_pattern, thresholds, truth};

impl Engine {
    /// Seats an alert that is one level.
    pub(crate) fn seat_level(&mut self, slot: u32, pattern: Pattern, instrument: u32) {
        let book = &mut self.books[instrument as usize];
        let Some(last) = &book.last else { return };
        let record = self.alerts.record_mut(slot);
        let (region, old) = (record.region(last.quote().key), record.triggers());
        record.stand(pattern.exits(region));
        let new = record.triggers();
        book.stand(slot, old, new, &self.alerts);
        if pattern.holds(region) {
            // Just armed, or looked at by a tick from before its time: the next one decides.
            book.wake_next(slot);
        } else {
            book.let_sleep(slot);
        }
    }

    /// Seats an alert with a detail, or a part. `time` is that of the newest tick.
    pub(crate) fn seat(&mut self, slot: u32, time: i64) {
        let Some(detail) = self.alerts.detail(slot) else { return };
        if matches!(detail.watch, Watch::Ended { .. } | Watch::Group { .. }) {
            return;
        }
        let truth = truth(detail, &self.books[detail.instrument as usize]);
        self.seat_as(slot, truth, time);
    }

    /// The same where it is known how the condition holds.
    pub(crate) fn seat_as(&mut self, slot: u32, truth: Truth, time: i64) {
        let Some(detail) = self.alerts.detail(slot) else { return };
        let book = &self.books[detail.instrument as usize];
        let is_compound = matches!(detail.watch, Watch::Compound(_));
        if detail.has_reference && !is_compound {
            let triggers = book.last.map_or(Triggers::NONE, |last| triggers(detail, truth, &last.quote()));
            if triggers != detail.triggers {
                let instrument = detail.instrument as usize;
                self.books[instrument].stand_detailed(slot, triggers, &mut self.alerts);
            }
            self.sit(slot, truth);
        }
        self.wind(slot, truth, time);
    }

    /// Takes an alert out of everything that wakes it.
    pub(crate) fn unseat(&mut self, slot: u32) {
        let Some(detail) = self.alerts.detail(slot) else { return };
        let instrument = detail.instrument as usize;
        self.books[instrument].stand_detailed(slot, Triggers::NONE, &mut self.alerts);
        self.take_seat(slot, Side::Up, Seat::Out);
        self.take_seat(slot, Side::Down, Seat::Out);
        self.set_alarm(slot, Alarm::None);
        self.set_run(slot, false);
    }

    /// Sets the alarm of an alert that holds, is ready, and is kept from firing; clears it otherwise.
    fn wind(&mut self, slot: u32, truth: Truth, time: i64) {
        let Some(detail) = self.alerts.detail(slot) else { return };
        let untold = match &detail.watch {
            Watch::Compound(compound) => compound.looks.iter().any(|look| look.blind || look.gate.is_some()),
            _ => !detail.has_reference,
        };
        let pending = truth.holds() && !detail.not_ready && detail.owner().is_none();
        let alarm = match pending {
            _ if untold => Alarm::NEXT,
            false => Alarm::None,
            true => pending_alarm(detail, time),
        };
        let has_hold = detail.has_hold;
        self.set_alarm(slot, alarm);
        if has_hold {
            self.set_run(slot, true);
        }
    }

    fn set_alarm(&mut self, slot: u32, alarm: Alarm) {
        let Some(detail) = self.alerts.detail_mut(slot) else { return };
        let old = detail.replace_alarm(alarm);
        if old != alarm {
            for instrument in detail.instruments() {
                let book = &mut self.books[instrument as usize];
                book.clear_alarm(slot, old);
                book.set_alarm(slot, alarm);
            }
        }
    }

    /// Tells the alert's instruments since when it has held, or (`on` false) that it is gone.
    fn set_run(&mut self, slot: u32, on: bool) {
        let Some(detail) = self.alerts.detail_mut(slot) else { return };
        let Some(rare) = &mut detail.rare else { return };
        let run = rare.held_since().filter(|_| on);
        let old = rare.replace_run(run);
        if old != run {
            for instrument in detail.instruments() {
                let book = &mut self.books[instrument as usize];
                old.inspect(|since| book.end_run(slot, *since));
                run.inspect(|since| book.begin_run(slot, *since));
            }
        }
    }

    /// Gives an alert its places among those that share a base or a fact.
    fn sit(&mut self, slot: u32, truth: Truth) {
        let Some(detail) = self.alerts.detail(slot) else { return };
        let seat = |holds: bool| if holds { Seat::Holding } else { Seat::Waiting };
        let (rise, fall) = match &detail.watch {
            Watch::Moving { direction, .. } if !truth.holds() => (
                if direction.up() { Seat::Waiting } else { Seat::Out },
                if direction.down() { Seat::Waiting } else { Seat::Out },
            ),
            Watch::Moving { .. } => (
                if truth.rise { Seat::Holding } else { Seat::Out },
                if truth.fall { Seat::Holding } else { Seat::Out },
            ),
            Watch::Record { side: Side::Up, .. } | Watch::Trailing { side: Side::Up, .. } => {
                (seat(truth.holds()), Seat::Out)
            }
            Watch::Record { side: Side::Down, .. } | Watch::Trailing { side: Side::Down, .. } => {
                (Seat::Out, seat(truth.holds()))
            }
            Watch::Band { .. }
            | Watch::Reset { .. }
            | Watch::Change { .. }
            | Watch::Silent { .. }
            | Watch::Compound(_)
            | Watch::Group { .. }
            | Watch::Ended { .. } => return,
        };
        let (rise_moves, fall_moves) = (rise != detail.rise, fall != detail.fall);
        if rise_moves {
            self.take_seat(slot, Side::Up, rise);
        }
        if fall_moves {
            self.take_seat(slot, Side::Down, fall);
        }
    }

    pub(crate) fn take_seat(&mut self, slot: u32, side: Side, seat: Seat) {
        let Some(detail) = self.alerts.detail_mut(slot) else { return };
        let place = match side {
            Side::Up => &mut detail.rise,
            Side::Down => &mut detail.fall,
        };
        let old = std::mem::replace(place, seat);
        if old == seat {
            return;
        }
        let book = &mut self.books[detail.instrument as usize];
        match &mut detail.watch {
            &mut Watch::Moving { by, window, .. } => move_in_gauge(book, window, side, by, slot, old, seat),
            Watch::Record { window, place, .. } => {
                let flips = book.window(*window).flips(side);
                let left = *place;
                let moved = if old == Seat::Out { None } else { flips.leave(old == Seat::Holding, left) };
                if seat != Seat::Out {
                    *place = flips.join(seat == Seat::Holding, slot);
                }
                if let Some(moved) = moved {
                    self.note_place(moved, left);
                }
            }
            &mut Watch::Trailing { by, .. } => self.move_in_group(by, slot, old, seat),
            Watch::Band { .. }
            | Watch::Reset { .. }
            | Watch::Change { .. }
            | Watch::Silent { .. }
            | Watch::Compound(_)
            | Watch::Group { .. }
            | Watch::Ended { .. } => {}
        }
    }

    /// Notes where an alert stands in a list of which another one left.
    fn note_place(&mut self, slot: u32, new: u32) {
        if let Some(Detail { watch: Watch::Record { place, .. }, .. }) = self.alerts.detail_mut(slot) {
            *place = new;
        }
    }
}

/// When an alert that holds and is ready may fire.
fn pending_alarm(detail: &Detail, time: i64) -> Alarm {
    let expiry = detail.expires_at().map(|at| at.micros()).filter(|&at| at <= time);
    let due = detail.due().micros();
    // The run of a condition that held when it was armed begins with the next tick.
    let unbegun = detail.has_hold && detail.rare.as_ref().is_some_and(|rare| rare.held_since().is_none());
    match expiry {
        _ if unbegun => Alarm::NEXT,
        Some(expiry) => Alarm::Before(expiry),
        None if due > time => Alarm::From(due),
        None => Alarm::NEXT,
    }
}

fn move_in_gauge(book: &mut Book, window: i64, side: Side, by: Shift, slot: u32, old: Seat, seat: Seat) {
    let Some(gauge) = book.window(window).gauge(side, by) else { return };
    if old != Seat::Out {
        gauge.remove(by, slot, old == Seat::Holding);
    }
    if seat != Seat::Out {
        gauge.insert(by, slot, seat == Seat::Holding);
    }
}

/// The triggers in the ladders of an alert that has a reference.
fn triggers(detail: &Detail, truth: Truth, quote: &Quote) -> Triggers {
    match &detail.watch {
        Watch::Band { pattern, low, high } => {
            let band = Band::new(*low, *high);
            band.triggers(pattern.exits(band.region(quote)))
        }
        Watch::Reset { side: Side::Up, reset, .. } if detail.not_ready => {
            Triggers { up: u64::MAX, down: Level::of(*reset).sunk_below() }
        }
        Watch::Reset { side: Side::Down, reset, .. } if detail.not_ready => {
            Triggers { up: Level::of(*reset).passed(), down: u64::MAX }
        }
        Watch::Reset { side, price, .. } => {
            let band = Band::new(*price, *price);
            band.triggers(level_pattern(*side).exits(band.region(quote)))
        }
        Watch::Change { by, direction, reference: Some(reference), .. } => {
            thresholds(*reference, *by, *direction).triggers(truth)
        }
        Watch::Change { reference: None, .. }
        | Watch::Moving { .. }
        | Watch::Record { .. }
        | Watch::Trailing { .. }
        | Watch::Silent { .. }
        | Watch::Compound(_)
        | Watch::Group { .. }
        | Watch::Ended { .. } => Triggers::NONE,
    }
}
