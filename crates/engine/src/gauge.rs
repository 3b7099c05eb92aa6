//! Alerts that measure the price from one shared base.
//!
//! `moving` measures from the lowest or highest price of a window, `trailing` from the highest or lowest
//! since arming. Alerts that share the base need not each have a threshold that moves with it: they stand
//! ordered by how far the price must go. Those that wait look at the smallest distance, those whose
//! condition holds at the largest, so two comparisons decide for all of them, and a moved base costs the
//! computation of two thresholds.

use std::collections::BTreeSet;

use bellwether_model::{Price, Shift, Side};

use crate::exact::Exact;
use crate::key::{Level, Reach, ceil, exact_of, floor, key_of};
use crate::record::Triggers;

/// What distances are counted in. A gauge holds one unit, or its order would mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Percent,
    Amount,
}

/// Alerts ordered by the distance from a base at which their condition holds.
#[derive(Debug)]
pub(crate) struct Gauge {
    side: Side,
    unit: Unit,
    base: Price,
    /// Those whose condition does not hold: the least distance first. Amounts are cut to a key below, so
    /// that none wakes late.
    waiting: BTreeSet<(u64, u32)>,
    /// Those whose condition holds: the largest distance last. Amounts are raised to a key above.
    holding: BTreeSet<(u64, u32)>,
    /// Where the first of the waiting would hold, and the last of the holding cease to.
    triggers: Triggers,
}

impl Unit {
    pub(crate) fn of(by: Shift) -> Self {
        match by {
            Shift::Percent(_) => Unit::Percent,
            Shift::Amount(_) => Unit::Amount,
        }
    }
}

impl Gauge {
    pub(crate) fn new(side: Side, unit: Unit, base: Price) -> Self {
        Self {
            side,
            unit,
            base,
            waiting: BTreeSet::new(),
            holding: BTreeSet::new(),
            triggers: Triggers::NONE,
        }
    }

    pub(crate) fn base(&self) -> Price {
        self.base
    }

    /// Moves the base.
    pub(crate) fn rebase(&mut self, base: Price) {
        if base != self.base {
            self.base = base;
            self.refresh();
        }
    }

    pub(crate) fn triggers(&self) -> Triggers {
        self.triggers
    }

    pub(crate) fn insert(&mut self, by: Shift, slot: u32, holds: bool) {
        let key = key(by, holds);
        let set = if holds { &mut self.holding } else { &mut self.waiting };
        set.insert((key, slot));
        self.refresh();
    }

    pub(crate) fn remove(&mut self, by: Shift, slot: u32, holds: bool) {
        let key = key(by, holds);
        let set = if holds { &mut self.holding } else { &mut self.waiting };
        let found = set.remove(&(key, slot));
        debug_assert!(found, "an alert knows where it stands");
        self.refresh();
    }

    /// Whether the price may have made a condition hold or cease to.
    #[inline]
    pub(crate) fn is_due(&self, reach: Reach) -> bool {
        self.triggers.up <= reach.up || self.triggers.down <= reach.down
    }

    /// Takes the alerts out whose condition may have come to hold or ceased to.
    pub(crate) fn take_due(&mut self, reach: Reach, due: &mut Vec<u32>) {
        while self.enter_trigger().is_some_and(|trigger| trigger <= self.enter_reach(reach)) {
            due.extend(self.waiting.pop_first().map(|(_, slot)| slot));
        }
        while self.leave_trigger().is_some_and(|trigger| trigger <= self.leave_reach(reach)) {
            due.extend(self.holding.pop_last().map(|(_, slot)| slot));
        }
        self.refresh();
    }

    /// Takes those out whose condition held: the base has come to the price.
    pub(crate) fn take_holding(&mut self, due: &mut Vec<u32>) {
        due.extend(self.holding.iter().map(|&(_, slot)| slot));
        self.holding.clear();
        self.refresh();
    }

    /// Takes over those that wait in another gauge of the kind.
    pub(crate) fn absorb(&mut self, other: Gauge) {
        self.waiting.extend(other.waiting);
        self.refresh();
    }

    /// Those that wait.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = u32> {
        self.waiting.iter().map(|&(_, slot)| slot)
    }

    /// All that stand here.
    pub(crate) fn members(&self) -> impl Iterator<Item = u32> {
        self.waiting.iter().chain(&self.holding).map(|&(_, slot)| slot)
    }

    fn refresh(&mut self) {
        let enter = self.enter_trigger().unwrap_or(u64::MAX);
        let leave = self.leave_trigger().unwrap_or(u64::MAX);
        self.triggers = match self.side {
            Side::Up => Triggers { up: enter, down: leave },
            Side::Down => Triggers { up: leave, down: enter },
        };
    }

    fn enter_trigger(&self) -> Option<u64> {
        let level = self.level(self.waiting.first()?.0)?;
        Some(match self.side {
            Side::Up => level.reached(),
            Side::Down => level.sunk_to(),
        })
    }

    fn leave_trigger(&self) -> Option<u64> {
        // Where no price is that low any more, the condition has ceased to hold already.
        let Some(level) = self.level(self.holding.last()?.0) else { return Some(0) };
        Some(match self.side {
            Side::Up => level.sunk_below(),
            Side::Down => level.passed(),
        })
    }

    fn enter_reach(&self, reach: Reach) -> u64 {
        match self.side {
            Side::Up => reach.up,
            Side::Down => reach.down,
        }
    }

    fn leave_reach(&self, reach: Reach) -> u64 {
        match self.side {
            Side::Up => reach.down,
            Side::Down => reach.up,
        }
    }

    fn level(&self, key: u64) -> Option<Level> {
        let threshold = match (self.unit, self.side) {
            (Unit::Percent, side) => Exact::from(self.base).shifted_parts(key, side),
            (Unit::Amount, Side::Up) => Some(Exact::from(self.base).plus(exact_of(key))),
            (Unit::Amount, Side::Down) => Exact::from(self.base).minus(exact_of(key)),
        };
        threshold.map(Level::at)
    }
}

fn key(by: Shift, holds: bool) -> u64 {
    match by {
        Shift::Percent(percent) => u64::from(percent.ten_thousandths()),
        Shift::Amount(amount) => {
            let key = key_of(amount);
            if holds { ceil(key) } else { floor(key) }
        }
    }
}
