//! The twin's face: instruments and alerts by name, one tick at a time.

use std::collections::BTreeMap;

use bellwether_model::{AlertSpec, Instrument, Observation, Position, Repeat, Timestamp};

use crate::fire::TwinFire;
use crate::history::Verdict;
use crate::watch::{Histories, Start, Watch};

/// Where an alert is armed, in the sequence of each instrument that it looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArmAt {
    /// Just after the newest tick of each.
    Now,
    /// Just after the given position of each, or before its first tick where none is given. A position
    /// that is still to come is waited for.
    Positions(Vec<(Instrument, Option<Position>)>),
}

/// What may be changed of an alert without arming it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TwinPolicy {
    /// How often it may fire.
    pub repeat: Repeat,
    /// No tick at or after this instant fires it.
    pub expires_at: Option<Timestamp>,
    /// No tick before this instant fires it.
    pub snoozed_until: Option<Timestamp>,
}

/// The slow evaluator.
#[derive(Debug, Clone, Default)]
pub struct Twin {
    histories: Histories,
    watches: BTreeMap<u64, Watch>,
    /// "`fire` numbers run on for the alert's whole life": the last one of each.
    numbers: BTreeMap<u64, u64>,
}

impl Twin {
    /// A world in which nothing happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Arms an alert, anew where it was armed before. Refilled ticks not after `accepted_at` never fire
    /// it. Of one tick, alerts fire in the order of `order`.
    pub fn arm(
        &mut self,
        key: u64,
        spec: &AlertSpec,
        at: &ArmAt,
        accepted_at: Option<Timestamp>,
        order: u64,
    ) {
        let starts = spec.instruments().into_iter().map(|instrument| self.start(instrument, at)).collect();
        self.watches.insert(key, Watch::new(key, spec, starts, accepted_at, order));
    }

    /// Takes an alert out of force: paused or deleted. Its fires stay numbered.
    pub fn disarm(&mut self, key: u64) {
        self.watches.remove(&key);
    }

    /// "Editing the name, note, channels, expiry or repeat does not [arm it anew]." Nor does snoozing.
    pub fn amend(&mut self, key: u64, policy: TwinPolicy) {
        if let Some(watch) = self.watches.get_mut(&key) {
            watch.policy = policy;
        }
    }

    /// Notes that an instrument was not watched from its newest tick on, and that nobody can tell what
    /// was missed.
    pub fn interrupt(&mut self, instrument: &Instrument) {
        self.histories.entry(instrument.clone()).or_default().interrupt();
    }

    /// Applies one tick. The fires come in the order of their alerts.
    pub fn apply(&mut self, instrument: &Instrument, seen: &Observation) -> (Verdict, Vec<TwinFire>) {
        let history = self.histories.entry(instrument.clone()).or_default();
        let verdict = history.apply(seen.tick);
        if verdict != Verdict::Fresh {
            // "A stale tick changes nothing", and a refused one neither.
            return (verdict, Vec::new());
        }
        let mut in_order: Vec<&mut Watch> = self.watches.values_mut().collect();
        in_order.sort_by_key(|watch| watch.order);
        let mut fires = Vec::new();
        for watch in in_order {
            let number = self.numbers.entry(watch.key).or_insert(0);
            if let Some(fire) = watch.see(instrument, seen, &self.histories, *number + 1) {
                *number = fire.number;
                fires.push(fire);
            }
        }
        (verdict, fires)
    }

    /// Says that nothing came of an instrument since its newest tick up to `before`, that instant excluded, and
    /// that it was watched without a gap from `since` on. The fires come by their times, those of one time in
    /// the order of their alerts.
    pub fn silence(&mut self, instrument: &Instrument, before: Timestamp, since: Timestamp) -> Vec<TwinFire> {
        let Some(history) = self.histories.get(instrument) else { return Vec::new() };
        let mut fires = Vec::new();
        for watch in self.watches.values_mut() {
            let number = self.numbers.entry(watch.key).or_insert(0);
            if let Some(fire) = watch.hear_nothing(instrument, history, before, since, *number + 1) {
                *number = fire.number;
                fires.push((fire.time, watch.order, fire));
            }
        }
        fires.sort_by_key(|(time, order, _)| (*time, *order));
        fires.into_iter().map(|(.., fire)| fire).collect()
    }

    fn start(&self, instrument: &Instrument, at: &ArmAt) -> Start {
        let history = self.histories.get(instrument);
        let newest = history.and_then(|history| history.position());
        let position = match at {
            ArmAt::Now => newest,
            ArmAt::Positions(given) => {
                given.iter().find(|(of, _)| of == instrument).and_then(|&(_, position)| position)
            }
        };
        // Of earlier and later positions the tick itself is known to have been seen.
        let in_force = position != newest || history.is_some_and(|history| history.is_in_force());
        Start { instrument: instrument.clone(), position, in_force }
    }
}
