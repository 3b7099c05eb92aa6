//! The alerts that the evaluator holds: which slot of the engine is whose.
//!
//! A million of them are in memory at once, so an entry holds numbers and counts, not texts.

use std::collections::{HashMap, HashSet};

use bellwether_engine::{InstrumentKey, Slot};
use bellwether_model::AlertId;

/// What the evaluator knows of an alert besides what the engine holds.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) revision: u64,
    pub(super) arming: u32,
    /// Deliveries that a fire of it owes.
    pub(super) channels: u8,
    /// Fires of it that are not yet committed.
    pub(super) uncommitted: u32,
    /// Its place in the engine; `None` while it is out of force: ended, or waiting to be read again.
    pub(super) slot: Option<Slot>,
    /// What it watches, its own instrument first.
    pub(super) instruments: Watched,
}

/// The instruments of an alert; nearly all have one.
#[derive(Debug, Clone)]
pub(super) enum Watched {
    One([InstrumentKey; 1]),
    Many(Box<[InstrumentKey]>),
}

impl Watched {
    pub(super) fn as_slice(&self) -> &[InstrumentKey] {
        match self {
            Watched::One(one) => one,
            Watched::Many(many) => many,
        }
    }
}

/// The alerts that the evaluator holds, by id and by slot.
#[derive(Default)]
pub(super) struct Roster {
    entries: HashMap<AlertId, Entry>,
    by_slot: HashMap<Slot, AlertId>,
    /// Those that changed while fires of them were on their way: once those are settled, their rows are read again,
    /// and they are armed from there. Few at any time.
    stale: HashSet<AlertId>,
}

impl Roster {
    pub(super) fn get(&self, id: AlertId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: AlertId) -> Option<&mut Entry> {
        self.entries.get_mut(&id)
    }

    pub(super) fn in_slot(&mut self, slot: Slot) -> Option<(AlertId, &mut Entry)> {
        let id = *self.by_slot.get(&slot)?;
        self.entries.get_mut(&id).map(|entry| (id, entry))
    }

    pub(super) fn insert(&mut self, id: AlertId, entry: Entry) {
        if let Some(slot) = entry.slot {
            self.by_slot.insert(slot, id);
        }
        self.entries.insert(id, entry);
    }

    /// Notes that what is held of an alert is not how it stands.
    pub(super) fn mark_stale(&mut self, id: AlertId) {
        if self.entries.contains_key(&id) {
            self.stale.insert(id);
        }
    }

    pub(super) fn is_stale(&self, id: AlertId) -> bool {
        self.stale.contains(&id)
    }

    /// Whether any alert is not held as it stands.
    pub(super) fn has_stale(&self) -> bool {
        !self.stale.is_empty()
    }

    /// Those that are not held as they stand, in the order of their ids.
    pub(super) fn stale(&self) -> Vec<AlertId> {
        let mut stale: Vec<_> = self.stale.iter().copied().collect();
        stale.sort_unstable();
        stale
    }

    pub(super) fn remove(&mut self, id: AlertId) -> Option<Entry> {
        self.stale.remove(&id);
        let entry = self.entries.remove(&id)?;
        if let Some(slot) = entry.slot {
            self.by_slot.remove(&slot);
        }
        Some(entry)
    }

    /// Takes an alert out of its slot.
    pub(super) fn vacate(&mut self, id: AlertId) -> Option<Slot> {
        let slot = self.entries.get_mut(&id)?.slot.take()?;
        self.by_slot.remove(&slot);
        Some(slot)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
