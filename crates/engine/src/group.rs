//! Trailing alerts and the groups that they stand in.

use bellwether_model::{Price, Shift, Side};

use crate::detail::{Detail, Seat, Watch};
use crate::engine::Engine;
use crate::judge::Moment;
use crate::record::{Kind, Record, Triggers};
use crate::trail::{Merged, Trail};

impl Engine {
    /// Puts a trailing alert among those with its extreme.
    pub(crate) fn join_group(&mut self, slot: u32, extreme: Price) {
        let Some((instrument, by, side, _)) = self.trailing(slot) else { return };
        let index = Trail::index(side, by);
        let found = self.books[instrument as usize].trails[usize::from(index)].find(extreme);
        let group = found.unwrap_or_else(|| {
            let place = self.alerts.add(Record::new(Kind::Free, 0, 0, instrument));
            let group = self.books[instrument as usize].trails[usize::from(index)].add(extreme, place);
            self.alerts.attach(place, Detail::new(instrument, Watch::Group { trail: index, group }));
            group
        });
        self.books[instrument as usize].trails[usize::from(index)].groups[group].members += 1;
        self.set_group(slot, group);
    }

    /// Takes a trailing alert that stands in no gauge from its group; the last one takes the group along.
    pub(crate) fn leave_group(&mut self, slot: u32) {
        let Some((instrument, by, side, group)) = self.trailing(slot) else { return };
        let trail = &mut self.books[instrument as usize].trails[usize::from(Trail::index(side, by))];
        trail.groups[group].members -= 1;
        if trail.groups[group].members == 0 {
            let place = trail.remove(group);
            self.end_group(place, instrument);
        }
    }

    /// Has a trailing alert begin anew at a price.
    pub(crate) fn regroup(&mut self, slot: u32, price: Price) {
        if let Some((_, _, side, _)) = self.trailing(slot) {
            self.take_seat(slot, side, Seat::Out);
            self.leave_group(slot);
            self.join_group(slot, price);
        }
    }

    /// Moves an alert within the gauge of its group.
    pub(crate) fn move_in_group(&mut self, by: Shift, slot: u32, old: Seat, seat: Seat) {
        let Some((instrument, _, side, group)) = self.trailing(slot) else { return };
        let index = Trail::index(side, by);
        let gauge = &mut self.books[instrument as usize].trails[usize::from(index)].groups[group].gauge;
        if old != Seat::Out {
            gauge.remove(by, slot, old == Seat::Holding);
        }
        if seat != Seat::Out {
            gauge.insert(by, slot, seat == Seat::Holding);
        }
        self.stand_group(instrument, index, group);
    }

    /// Moves the groups that a tick woke, and wakes those of their members that it concerns.
    pub(crate) fn wake_groups(&mut self, now: &Moment, groups: Vec<(u32, u8, u32)>, woken: &mut Vec<u32>) {
        for index in 0..4 {
            if groups.iter().any(|&(_, trail, _)| trail == index) {
                let merged = self.book(now).trails[usize::from(index)].advance(&now.quote);
                self.settle(index, merged, now, woken);
            }
        }
        let reach = now.quote.reach();
        for (place, index, group) in groups {
            if self.alerts.detail(place).is_none() {
                continue;
            }
            let first = woken.len();
            let trail = &mut self.book(now).trails[usize::from(index)];
            let side = trail.side();
            trail.groups[group].gauge.take_due(reach, woken);
            woken[first..].iter().for_each(|&slot| self.note_out(slot, side));
            self.stand_group(now.instrument, index, group);
        }
    }

    fn settle(&mut self, index: u8, merged: Merged, now: &Moment, woken: &mut Vec<u32>) {
        let Some(group) = merged.group else { return };
        let side = self.book(now).trails[usize::from(index)].side();
        for place in merged.gone {
            self.end_group(place, now.instrument);
        }
        for &slot in &merged.movers {
            self.set_group(slot, group);
        }
        for slot in merged.due {
            self.note_out(slot, side);
            self.set_group(slot, group);
            woken.push(slot);
        }
        self.stand_group(now.instrument, index, group);
    }

    fn book(&mut self, now: &Moment) -> &mut crate::book::Book {
        &mut self.books[now.instrument as usize]
    }

    /// Puts a group's triggers where it is to be woken.
    fn stand_group(&mut self, instrument: u32, index: u8, group: u32) {
        let book = &mut self.books[instrument as usize];
        let trail = &book.trails[usize::from(index)];
        let (place, triggers) = (trail.groups[group].slot, trail.triggers(group));
        book.stand_detailed(place, triggers, &mut self.alerts);
    }

    /// Gives up the slot of a group that is gone.
    fn end_group(&mut self, place: u32, instrument: u32) {
        self.books[instrument as usize].stand_detailed(place, Triggers::NONE, &mut self.alerts);
        self.alerts.detach(place);
        self.alerts.free(place);
    }

    fn trailing(&self, slot: u32) -> Option<(u32, Shift, Side, u32)> {
        let detail = self.alerts.detail(slot)?;
        match detail.watch {
            Watch::Trailing { by, side, group } => Some((detail.instrument, by, side, group)),
            _ => None,
        }
    }

    fn set_group(&mut self, slot: u32, new: u32) {
        if let Some(Detail { watch: Watch::Trailing { group, .. }, .. }) = self.alerts.detail_mut(slot) {
            *group = new;
        }
    }
}
