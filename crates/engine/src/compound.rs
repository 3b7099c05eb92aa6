//! Composite conditions: `all` and `any`.
//!
//! Each part is watched like an alert of its own, on its own instrument, and wakes the composite only
//! when it comes to hold or ceases to. The composite keeps one bit per part, so judging it is comparing
//! a byte.

use bellwether_model::{PartTruth, Position};

use crate::book::Book;

/// A composite condition.
#[derive(Debug)]
pub(crate) struct Compound {
    /// Whether one part is enough.
    pub(crate) any: bool,
    pub(crate) parts: Vec<PartPlace>,
    /// One bit per part that holds.
    pub(crate) truths: u8,
    /// What it looks at, its own instrument first.
    pub(crate) looks: Vec<Look>,
}

/// A part of a composite.
#[derive(Debug)]
pub(crate) struct PartPlace {
    /// The slot that watches it.
    pub(crate) slot: u32,
    pub(crate) instrument: u32,
    /// The name of what it looks for.
    pub(crate) name: &'static str,
}

/// An instrument that a composite looks at.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) instrument: u32,
    /// Ticks up to here count for the parts and never fire the composite.
    pub(crate) gate: Option<Position>,
    /// Whether no price was in force here when it was armed, and no tick has come since.
    pub(crate) blind: bool,
}

impl Compound {
    pub(crate) fn holds(&self) -> bool {
        if self.any { self.truths != 0 } else { self.truths.count_ones() as usize == self.parts.len() }
    }

    /// Every part with whether it holds, in their order.
    pub(crate) fn part_truths(&self, books: &[Book]) -> Vec<PartTruth> {
        let part = |(at, place): (usize, &PartPlace)| PartTruth {
            instrument: books[place.instrument as usize].name.clone(),
            kind: place.name.to_owned(),
            holds: self.truths >> at & 1 == 1,
        };
        self.parts.iter().enumerate().map(part).collect()
    }

    /// Notes whether the part at a slot holds; says whether that is news.
    pub(crate) fn set(&mut self, part: u32, holds: bool) -> bool {
        let Some(at) = self.parts.iter().position(|place| place.slot == part) else { return false };
        let before = self.truths;
        self.truths = before & !(1 << at) | u8::from(holds) << at;
        self.truths != before
    }

    pub(crate) fn look(&mut self, instrument: u32) -> Option<&mut Look> {
        self.looks.iter_mut().find(|look| look.instrument == instrument)
    }
}
