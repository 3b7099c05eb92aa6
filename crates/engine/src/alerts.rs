//! Every alert of the engine by its slot, whatever its instrument.

use bellwether_model::Timestamp;

use crate::Arming;
use crate::detail::Detail;
use crate::pages::{Pages, Slab};
use crate::record::{Kind, Record};

const NO_SLOT: u64 = u64::MAX;

/// Records, and what stands beside some of them.
#[derive(Debug)]
pub(crate) struct Alerts {
    records: Pages<Record>,
    first_free: u64,
    pub(crate) details: Slab<Detail>,
    pub(crate) waiting: Slab<Arming>,
    /// The position and the time at which alerts on one level fired.
    pub(crate) ended: Slab<(u64, Timestamp)>,
    /// Slots whose state moved; the mark on each says whether that still counts.
    changed: Vec<u32>,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            records: Pages::default(),
            first_free: NO_SLOT,
            details: Slab::default(),
            waiting: Slab::default(),
            ended: Slab::default(),
            changed: Vec::new(),
        }
    }
}

impl Alerts {
    /// Gives a record a slot.
    #[inline]
    pub(crate) fn add(&mut self, record: Record) -> u32 {
        let Ok(slot) = u32::try_from(self.first_free) else { return self.records.push(record) };
        self.first_free = self.records[slot].key;
        self.records[slot] = record;
        slot
    }

    /// Gives a slot back. What stood beside its record is gone already.
    pub(crate) fn free(&mut self, slot: u32) {
        self.records[slot] = Record::new(Kind::Free, self.first_free, 0, 0);
        self.first_free = u64::from(slot);
    }

    #[inline]
    pub(crate) fn record(&self, slot: u32) -> &Record {
        &self.records[slot]
    }

    #[inline]
    pub(crate) fn record_mut(&mut self, slot: u32) -> &mut Record {
        &mut self.records[slot]
    }

    /// Every slot, the free ones too.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> + use<> {
        0..self.records.len()
    }

    /// Puts a detail beside the record of a slot.
    pub(crate) fn attach(&mut self, slot: u32, detail: Detail) {
        let number = self.details.insert(detail);
        self.records[slot].become_detailed(number);
    }

    /// Notes where and when an alert on one level fired. Nothing wakes it any more.
    pub(crate) fn end_level(&mut self, slot: u32, position: u64, time: Timestamp) {
        let number = self.ended.insert((position, time));
        self.records[slot].become_ended(number);
    }

    /// Takes the detail away that stands beside the record of a slot.
    pub(crate) fn detach(&mut self, slot: u32) {
        let record = &self.records[slot];
        if record.is_detailed() {
            self.details.remove(record.number());
        }
    }

    /// The detail of a slot, where it has one.
    #[inline]
    pub(crate) fn detail(&self, slot: u32) -> Option<&Detail> {
        let record = &self.records[slot];
        record.is_detailed().then(|| &self.details[record.number()])
    }

    /// The detail of a slot, where it has one.
    #[inline]
    pub(crate) fn detail_mut(&mut self, slot: u32) -> Option<&mut Detail> {
        let record = &self.records[slot];
        record.is_detailed().then(|| &mut self.details[record.number()])
    }

    /// Where a slot's trigger stands in the upper ladder.
    ///
    /// This and the three below are asked of many slots in turn, each somewhere else in memory: the shorter
    /// they are, the more of them the processor waits for at once.
    #[inline]
    pub(crate) fn up(&self, slot: u32) -> u64 {
        let record = &self.records[slot];
        if record.is_detailed() { self.details[record.number()].triggers.up } else { record.up() }
    }

    /// Where a slot's trigger stands in the lower ladder.
    #[inline]
    pub(crate) fn down(&self, slot: u32) -> u64 {
        let record = &self.records[slot];
        if record.is_detailed() { self.details[record.number()].triggers.down } else { record.down() }
    }

    /// Notes that a slot's trigger in the upper ladder was taken away.
    #[inline]
    pub(crate) fn leave_up(&mut self, slot: u32) {
        let record = &mut self.records[slot];
        if record.is_detailed() {
            self.details[record.number()].triggers.up = u64::MAX;
        } else {
            record.leave_up();
        }
    }

    /// Notes that a slot's trigger in the lower ladder was taken away.
    #[inline]
    pub(crate) fn leave_down(&mut self, slot: u32) {
        let record = &mut self.records[slot];
        if record.is_detailed() {
            self.details[record.number()].triggers.down = u64::MAX;
        } else {
            record.leave_down();
        }
    }

    /// Notes that the state of an alert moved.
    pub(crate) fn mark_changed(&mut self, slot: u32) {
        if !self.records[slot].mark_changed(true) {
            self.changed.push(slot);
        }
    }

    /// Notes that the state of an alert is known: it is about to be persisted with a fire.
    pub(crate) fn clear_changed(&mut self, slot: u32) {
        self.records[slot].mark_changed(false);
    }

    /// Slots whose state moved since this was last asked.
    pub(crate) fn take_changed(&mut self, mut each: impl FnMut(u32)) {
        for slot in std::mem::take(&mut self.changed) {
            if self.records[slot].mark_changed(false) {
                each(slot);
            }
        }
    }
}
