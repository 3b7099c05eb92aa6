//! Trailing alerts of one instrument, one side and one unit, in groups that share their extreme.
//!
//! An alert that trails down from the highest price since its arming shares that price with every other
//! one whose highest is the same. A new high above the extremes of several groups makes them one. So the
//! groups lie on a stack, the extreme nearest to the price on top; each has one pair of triggers in the
//! ladders: where its first member would fire (or its last cease to hold), and where its extreme moves. A
//! merger moves the smaller group into the larger, so an alert is moved at most log2(n) times between
//! two fires.

use bellwether_model::{Price, Shift, Side};

use crate::gauge::{Gauge, Unit};
use crate::key::{Level, Quote};
use crate::pages::Slab;
use crate::record::Triggers;

/// Groups of trailing alerts.
#[derive(Debug)]
pub(crate) struct Trail {
    /// The way back that is watched: down from highs, up from lows.
    side: Side,
    unit: Unit,
    pub(crate) groups: Slab<Group>,
    /// The groups by their extremes, the nearest to the price last.
    stack: Vec<u32>,
}

/// Alerts with the same extreme.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) gauge: Gauge,
    /// The slot that has the group's triggers.
    pub(crate) slot: u32,
    /// Members, also those that stand in no set just now because they are being looked at.
    pub(crate) members: usize,
    /// Whether the extreme moved since this was last asked.
    pub(crate) moved: bool,
}

/// What a merger did.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    /// Members to be looked at: they held, and do not any more. They stand in no set.
    pub(crate) due: Vec<u32>,
    /// Members that came from another group and wait.
    pub(crate) movers: Vec<u32>,
    /// The slots of groups that are gone.
    pub(crate) gone: Vec<u32>,
    /// The group that is left.
    pub(crate) group: Option<u32>,
}

impl Trail {
    /// The four trails of an instrument.
    pub(crate) fn all() -> [Trail; 4] {
        [
            (Side::Up, Unit::Percent),
            (Side::Up, Unit::Amount),
            (Side::Down, Unit::Percent),
            (Side::Down, Unit::Amount),
        ]
        .map(|(side, unit)| Trail { side, unit, groups: Slab::default(), stack: Vec::new() })
    }

    /// The way back that is watched.
    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// Which of the four an alert belongs to.
    pub(crate) fn index(side: Side, by: Shift) -> u8 {
        match (side, by) {
            (Side::Up, Shift::Percent(_)) => 0,
            (Side::Up, Shift::Amount(_)) => 1,
            (Side::Down, Shift::Percent(_)) => 2,
            (Side::Down, Shift::Amount(_)) => 3,
        }
    }

    /// The group of an extreme, where there is one.
    pub(crate) fn find(&self, extreme: Price) -> Option<u32> {
        self.place(extreme).ok().map(|at| self.stack[at])
    }

    /// A new group, whose triggers will stand at a slot.
    pub(crate) fn add(&mut self, extreme: Price, slot: u32) -> u32 {
        let gauge = Gauge::new(self.side, self.unit, extreme);
        let group = self.groups.insert(Group { gauge, slot, members: 0, moved: false });
        let at = self.place(extreme).unwrap_or_else(|at| at);
        self.stack.insert(at, group);
        group
    }

    /// Takes a group away, and gives its slot.
    pub(crate) fn remove(&mut self, group: u32) -> u32 {
        if let Ok(at) = self.place(self.groups[group].gauge.base()) {
            self.stack.remove(at);
        }
        self.groups.remove(group).slot
    }

    /// Moves the extremes that a price has passed to it.
    pub(crate) fn advance(&mut self, quote: &Quote) -> Merged {
        let mut merged = Merged::default();
        let reached = |trail: &Self, group: &u32| {
            let extreme = trail.groups[*group].gauge.base();
            extreme == quote.price || trail.beyond(quote.price, extreme)
        };
        let first = self.stack.partition_point(|group| !reached(self, group));
        let passed = self.stack.split_off(first);
        for group in passed {
            self.groups[group].gauge.take_holding(&mut merged.due);
            merged.group = Some(match merged.group {
                None => group,
                Some(other) => self.merge(group, other, &mut merged),
            });
        }
        if let Some(group) = merged.group {
            let left = &mut self.groups[group];
            left.moved |= left.gauge.base() != quote.price;
            left.gauge.rebase(quote.price);
            self.stack.push(group);
        }
        merged
    }

    /// Groups whose extremes moved since this was last asked.
    pub(crate) fn take_moved(&mut self, mut moved: impl FnMut(u32)) {
        for &group in &self.stack {
            let group = &mut self.groups[group];
            if std::mem::take(&mut group.moved) {
                group.gauge.members().for_each(&mut moved);
            }
        }
    }

    /// Where a group's triggers stand.
    pub(crate) fn triggers(&self, group: u32) -> Triggers {
        let gauge = &self.groups[group].gauge;
        let Triggers { up, down } = gauge.triggers();
        let extreme = Level::of(gauge.base());
        match self.side {
            Side::Up => Triggers { up, down: down.min(extreme.sunk_below()) },
            Side::Down => Triggers { up: up.min(extreme.passed()), down },
        }
    }

    fn merge(&mut self, a: u32, b: u32, merged: &mut Merged) -> u32 {
        let (small, large) = if self.groups[a].members < self.groups[b].members { (a, b) } else { (b, a) };
        let small = self.groups.remove(small);
        merged.gone.push(small.slot);
        merged.movers.extend(small.gauge.waiting());
        let large_group = &mut self.groups[large];
        large_group.members += small.members;
        large_group.moved = true;
        large_group.gauge.absorb(small.gauge);
        large
    }

    /// Whether `a` is the further extreme of the two.
    fn beyond(&self, a: Price, b: Price) -> bool {
        match self.side {
            Side::Up => a < b,
            Side::Down => a > b,
        }
    }

    fn place(&self, extreme: Price) -> Result<usize, usize> {
        self.stack.binary_search_by(|&group| {
            let other = self.groups[group].gauge.base();
            match self.side {
                Side::Up => other.cmp(&extreme),
                Side::Down => extreme.cmp(&other),
            }
        })
    }
}
