//! Ticks as they came, in stretches.

use std::cmp::Ordering;

use bellwether_model::Price;

use super::Mark;
use crate::key::{Quote, Rank, is_exact};

/// Ticks of a stretch.
pub(super) const STRETCH: usize = 16;

/// A tick. All that most ticks leave behind are these sixteen bytes, written in one place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) key: u64,
    pub(super) time: i64,
}

/// A tick as windows see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    pub(super) seen: Seen,
    /// Its price, where its key does not say all of it.
    pub(super) longer: Option<Price>,
}

impl Sight {
    pub(super) fn mark(&self, followed: i64) -> Mark {
        let rank = match self.longer {
            Some(price) => Quote { price, key: self.seen.key }.into(),
            None => Rank::of_key(self.seen.key),
        };
        Mark { rank, time: self.seen.time, followed }
    }

    #[inline]
    pub(super) fn versus(&self, rank: &Rank) -> Ordering {
        rank.versus(self.seen.key, self.longer).reverse()
    }
}

/// Ticks, the newest first, with the prices of those whose keys do not say all of them, which `longer` gives.
#[inline]
pub(super) fn newest_first<'a>(
    seen: &[Seen],
    mut longer: impl Iterator<Item = &'a Price>,
) -> impl Iterator<Item = Sight> {
    seen.iter().rev().map(move |&seen| {
        let longer = if is_exact(seen.key) { None } else { longer.next().copied() };
        Sight { seen, longer }
    })
}

/// Between what the keys and times of some ticks lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) highest: u64,
    pub(super) lowest: u64,
    pub(super) latest: i64,
    pub(super) earliest: i64,
}

impl Bounds {
    /// Without a branch between one tick and the next.
    #[inline]
    pub(super) fn of(seen: &[Seen]) -> Self {
        let none = Self { highest: 0, lowest: u64::MAX, latest: i64::MIN, earliest: i64::MAX };
        seen.iter().fold(none, |bounds, seen| Self {
            highest: bounds.highest.max(seen.key),
            lowest: bounds.lowest.min(seen.key),
            latest: bounds.latest.max(seen.time),
            earliest: bounds.earliest.min(seen.time),
        })
    }
}
