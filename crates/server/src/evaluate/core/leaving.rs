//! Alerts leave, and with the last one the instrument.
//!
//! A price is in force only while its instrument is watched. Whoever arms an alert anew that has just fired, or edits
//! it, goes by the price at that moment, so an instrument is watched for a while after its last alert has left. Of
//! pushed prices none is missed whether anybody looks at them or not.

use bellwether_engine::InstrumentKey;
use bellwether_model::{AlertId, Timestamp, Venue};

use super::{Core, Watch};

/// How long an instrument is watched on that no alert looks at any more, in microseconds: long enough for a reader to
/// see the message and to press a button in it.
const LINGER_US: i64 = 15 * 60 * 1_000_000;

impl Watch {
    /// Whether no price of it is ever missed, also while no alert looks at it and no process runs.
    pub(super) fn hears_all(&self) -> bool {
        self.instrument.venue() == Venue::Push
    }
}

impl Core {
    pub(super) fn leave(&mut self, id: AlertId) {
        self.leave_slot(id);
        let Some(entry) = self.roster.remove(id) else { return };
        for key in entry.instruments.as_slice() {
            let Some(watch) = self.watches.get_mut(key) else { continue };
            watch.watchers -= 1;
            self.wanted_changed |= watch.watchers == 0;
        }
    }

    pub(super) fn leave_slot(&mut self, id: AlertId) {
        if let Some(slot) = self.roster.vacate(id) {
            self.engine.disarm(slot);
        }
    }

    /// Whether an instrument is to be watched.
    pub(super) fn is_wanted(&self, key: InstrumentKey, watch: &Watch) -> bool {
        watch.watchers > 0 || self.lingering.contains_key(&key)
    }

    /// Has the wanted instruments asked for again where one has lingered for long enough.
    pub(in crate::evaluate) fn end_lingering(&mut self, now: Timestamp) {
        self.wanted_changed |= self.lingering.values().any(|until| *until <= now);
    }

    /// Forgets how instruments are watched that are wanted no more. Feeds are told at the same time: of one that
    /// is left and joined again before that, as an alert is that is armed anew, they would say nothing again.
    pub(super) fn let_go(&mut self, now: Timestamp) {
        for (key, watch) in self.watches.iter_mut().filter(|(_, watch)| watch.watchers == 0) {
            if watch.asked.is_none() {
                continue;
            }
            // Only a price that is in force is worth keeping so.
            if !watch.hears_all() && self.engine.market(*key).is_some_and(|market| market.in_force) {
                let until = self
                    .lingering
                    .entry(*key)
                    .or_insert(Timestamp::from_micros(now.micros().saturating_add(LINGER_US)));
                if now < *until {
                    continue;
                }
            }
            self.lingering.remove(key);
            watch.asked = None;
            // Nobody watches it from here on.
            (watch.blind_since, watch.is_sighted) = (None, false);
            self.positions.unwatch(&watch.instrument);
            if !watch.hears_all() {
                // Its price will not stay in force.
                watch.candles.lose_sight();
                watch.stretches.leave();
                self.engine.interrupt(*key);
                self.positions.interrupt(&watch.instrument);
            }
        }
    }
}
