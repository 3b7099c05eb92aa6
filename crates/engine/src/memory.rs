//! What an instrument remembers of its prices: enough for every window up to seven days.
//!
//! The last few hundred ticks stand as they came. Older ones are thinned to two staircases: a tick stays
//! in the high one only while no later tick, at its time or after, had a price as high; likewise for the
//! low one. A window that reaches back to any moment finds its extreme among those that stay, so one
//! memory serves windows of every length, also those of alerts armed later. A few dozen to a few hundred
//! steps cover seven days.
//!
//! A venue's times may run back while its ids go on. A window then leaves out the ticks whose times lie
//! ahead of the current one, which a staircase cannot do for ticks that it has thinned away. So the rule
//! of `docs/semantics.md` is exact as long as a time does not run back behind those of the ticks already
//! thinned: hundreds of ticks ago.

mod seen;
mod stairs;

use std::cmp::Ordering;
use std::collections::VecDeque;

use bellwether_model::{Price, limits};

use self::seen::{Bounds, STRETCH, Seen, Sight, newest_first};
use self::stairs::Steps;
use crate::carry::{BadMemory, Reader, Writer};
use crate::key::{Quote, Rank, is_exact};

/// Ticks that stand as they came, at most.
const RECENT_MAX: usize = 512;
/// Full stretches at most; with the open one they hold that many ticks.
const FULL_MAX: usize = RECENT_MAX / STRETCH - 1;
/// Stretches that are thinned at a time. Those that are left hold 256 ticks.
const THINNED: usize = FULL_MAX - 15;
/// How far back any window reaches, in microseconds.
const REACH_US: i64 = limits::WINDOW_MAX_S.cast_signed() * 1_000_000;

/// A tick that may be the extreme of a window, and until when it is in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) rank: Rank,
    time: i64,
    /// The smallest time of the ticks applied later: from there on it opens no window any more.
    followed: i64,
}

/// The highest and the lowest price of a window; nothing where no price was in force in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extremes {
    pub(crate) high: Option<Mark>,
    pub(crate) low: Option<Mark>,
}

/// The prices of one instrument, thinned as far as no window can tell.
///
/// A tick writes into the open stretch, which stands here; what fills it moves on as a whole. So the many
/// places that so many instruments write to are few enough to stay near the processor.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Memory {
    /// Ticks in the open stretch; none only before the first tick of all.
    filled: u32,
    /// Whether a later time was seen than that of the newest tick, which is then `latest`.
    ran_back: bool,
    /// The newest ticks.
    open: [Seen; STRETCH],
    /// Those before, the newest stretch last.
    full: VecDeque<[Seen; STRETCH]>,
    /// Between what those stretches lie.
    bounds: VecDeque<Bounds>,
    latest: i64,
    /// The prices of those recent ticks whose keys do not say all of them.
    longer: Vec<Price>,
    highs: Vec<Mark>,
    lows: Vec<Mark>,
    /// The largest time among the ticks that were thinned.
    thinned: Option<i64>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            filled: 0,
            ran_back: false,
            open: [Seen::default(); STRETCH],
            full: VecDeque::new(),
            bounds: VecDeque::new(),
            latest: i64::MIN,
            longer: Vec::new(),
            highs: Vec::new(),
            lows: Vec::new(),
            thinned: None,
        }
    }
}

impl Mark {
    pub(crate) fn new(quote: Quote, time: i64) -> Self {
        Self { rank: quote.into(), time, followed: i64::MAX }
    }

    /// Notes that a tick followed.
    pub(crate) fn follow(&mut self, time: i64) {
        self.followed = self.followed.min(time);
    }

    /// The time of its tick.
    pub(crate) fn time(&self) -> i64 {
        self.time
    }

    /// Whether its price was in force at some moment after `opening`, or at it.
    pub(crate) fn lasts(&self, opening: i64) -> bool {
        opening < self.end()
    }

    /// When its price was no longer in force, as far as that is known.
    pub(crate) fn end(&self) -> i64 {
        self.time.max(self.followed)
    }

    fn within(&self, opening: i64, now: i64) -> bool {
        self.time <= now && self.lasts(opening)
    }
}

impl Extremes {
    pub(crate) fn take_in(&mut self, mark: Mark) {
        let lasts_longer = |old: &Mark| mark.time.max(mark.followed) > old.time.max(old.followed);
        let outdone = |old: Option<Mark>, order: Ordering| {
            old.is_none_or(|old| match mark.rank.cmp(&old.rank) {
                Ordering::Equal => lasts_longer(&old),
                unequal => unequal == order,
            })
        };
        if outdone(self.high, Ordering::Greater) {
            self.high = Some(mark);
        }
        if outdone(self.low, Ordering::Less) {
            self.low = Some(mark);
        }
    }

    /// Whether a tick lies strictly between the two, so that it need not be taken in.
    #[inline]
    fn enclose(&self, sight: &Sight) -> bool {
        self.high.is_some_and(|high| sight.versus(&high.rank).is_lt())
            && self.low.is_some_and(|low| sight.versus(&low.rank).is_gt())
    }

    /// The same for all ticks within bounds.
    fn enclose_all(&self, bounds: &Bounds) -> bool {
        self.high.is_some_and(|high| bounds.highest < high.rank.key())
            && self.low.is_some_and(|low| bounds.lowest > low.rank.key())
    }
}

impl Memory {
    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// The ticks of the open stretch.
    #[inline]
    fn open(&self) -> &[Seen] {
        &self.open[..self.filled as usize]
    }

    /// The largest time seen.
    #[inline]
    pub(crate) fn newest(&self) -> i64 {
        if self.ran_back { self.latest } else { self.open().last().map_or(i64::MIN, |seen| seen.time) }
    }

    /// Whether a tick at this time would be the newest, as nearly all are.
    #[inline]
    pub(crate) fn is_newest(&self, time: i64) -> bool {
        time >= self.newest()
    }

    /// Takes in the next tick, of an exact key, in the usual case: its time is the newest, and the open
    /// stretch is begun and not full. Otherwise it does nothing, and says so.
    #[inline]
    pub(crate) fn push_usual(&mut self, key: u64, time: i64) -> bool {
        let at = self.filled as usize;
        let follows = self.open.get(at.wrapping_sub(1)).is_some_and(|last| last.time <= time);
        match self.open.get_mut(at) {
            Some(place) if follows && !self.ran_back => {
                *place = Seen { key, time };
                self.filled += 1;
                true
            }
            _ => false,
        }
    }

    /// Takes in the next tick.
    pub(crate) fn push(&mut self, quote: Quote, time: i64) {
        let newest = self.newest();
        if time < newest {
            self.run_back(time);
        }
        if self.full.len() == FULL_MAX && self.filled as usize == STRETCH {
            self.thin();
        }
        (self.ran_back, self.latest) = (time < newest, newest);
        self.note(quote, time);
    }

    fn note(&mut self, quote: Quote, time: i64) {
        if self.filled as usize == STRETCH {
            // Copied from place to place, not by way of the stack.
            self.full.extend(std::slice::from_ref(&self.open));
            self.bounds.push_back(Bounds::of(&self.open));
            self.filled = 0;
        }
        self.open[self.filled as usize] = Seen { key: quote.key, time };
        self.filled += 1;
        if !is_exact(quote.key) {
            self.longer.push(quote.price);
        }
    }

    /// The extremes of the window of `span` microseconds before a tick at `now`, which either follows
    /// those in memory or is the newest of them (`skipped` is 1).
    pub(crate) fn extremes(&self, now: i64, span: i64, skipped: usize) -> Extremes {
        let opening = now.saturating_sub(span);
        let (mut found, mut followed) = (Extremes::default(), now);
        let mut longer = self.longer.iter().rev();
        let mut take_in = |found: &mut Extremes, followed: &mut i64, seen: &[Seen], skipped: usize| {
            for sight in newest_first(seen, &mut longer).skip(skipped) {
                let time = sight.seen.time;
                if time <= now && opening < time.max(*followed) && !found.enclose(&sight) {
                    found.take_in(sight.mark(*followed));
                }
                *followed = (*followed).min(time);
            }
        };
        take_in(&mut found, &mut followed, self.open(), skipped);
        for (seen, bounds) in self.full.iter().zip(&self.bounds).rev() {
            // Most stretches lie between the extremes found so far, or before the window opened.
            let matter = opening < bounds.latest.max(followed) && !found.enclose_all(bounds);
            if matter || !self.longer.is_empty() {
                take_in(&mut found, &mut followed, seen, 0);
            } else {
                followed = followed.min(bounds.earliest);
            }
        }
        if followed > opening || self.thinned.is_some_and(|time| time > opening) {
            let reaches = |mark: &&Mark| mark.within(opening, now);
            self.highs.iter().chain(&self.lows).filter(reaches).for_each(|mark| found.take_in(*mark));
        }
        found
    }

    /// Everything remembered, as bytes; nothing where there is nothing.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut writer = Writer::new();
        let newest = self.newest();
        writer.instant(newest, 0);
        writer.count(usize::from(self.thinned.is_some()));
        if let Some(thinned) = self.thinned {
            writer.instant(thinned, newest);
        }
        let seen: Vec<Seen> = self.full.iter().flatten().chain(self.open()).copied().collect();
        writer.count(seen.len());
        let mut from = newest;
        let mut sights: Vec<Sight> = newest_first(&seen, self.longer.iter().rev()).collect();
        sights.reverse();
        for sight in sights {
            let mark = sight.mark(i64::MAX);
            writer.price(mark.rank.price);
            writer.instant(mark.time, from);
            from = mark.time;
        }
        for steps in [&self.highs, &self.lows] {
            writer.count(steps.len());
            for mark in steps {
                writer.price(mark.rank.price);
                writer.instant(mark.time, from);
                writer.instant(mark.followed, mark.time);
                from = mark.time;
            }
        }
        writer.finish()
    }

    /// What [`to_bytes`](Self::to_bytes) wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, BadMemory> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let mut reader = Reader::new(bytes)?;
        let newest = reader.instant(0)?;
        let thinned = match reader.count()? {
            0 => None,
            1 => Some(reader.instant(newest)?),
            _ => return Err(BadMemory),
        };
        let mut memory = Self { latest: newest, thinned, ..Self::default() };
        let mut from = newest;
        for _ in 0..reader.count()? {
            let quote = Quote::of(reader.price()?);
            from = reader.instant(from)?;
            memory.note(quote, from);
        }
        memory.ran_back = from < newest;
        for steps in [&mut memory.highs, &mut memory.lows] {
            for _ in 0..reader.count()? {
                let rank = Quote::of(reader.price()?).into();
                from = reader.instant(from)?;
                let followed = reader.instant(from)?;
                steps.push(Mark { rank, time: from, followed });
            }
        }
        reader.finish()?;
        if memory.is_empty() || memory.full.len() > FULL_MAX {
            return Err(BadMemory);
        }
        Ok(memory)
    }

    /// A time ran back: what was in force before is so only until then.
    #[cold]
    fn run_back(&mut self, time: i64) {
        for steps in [&mut self.highs, &mut self.lows] {
            steps.iter_mut().rev().take_while(|mark| mark.followed > time).for_each(|mark| mark.follow(time));
        }
    }

    /// Moves the older half of the recent ticks into the staircases.
    #[cold]
    fn thin(&mut self) {
        let old = self.full.range(..THINNED).zip(self.bounds.range(..THINNED));
        let longer = if self.longer.is_empty() {
            0
        } else {
            self.full.range(..THINNED).flatten().filter(|seen| !is_exact(seen.key)).count()
        };
        let kept = self.bounds.range(THINNED..).map(|bounds| bounds.earliest);
        let mut followed = kept.fold(Bounds::of(self.open()).earliest, i64::min);
        let mut thinned = self.thinned;
        let (mut high, mut low) = (Steps::new(Ordering::Greater), Steps::new(Ordering::Less));
        let mut prices = self.longer[..longer].iter().rev();
        for (seen, bounds) in old.rev() {
            thinned = thinned.max(Some(bounds.latest));
            // Most stretches lie between what came after them, and leave no step.
            if longer == 0 && high.outdo(bounds) && low.outdo(bounds) {
                followed = followed.min(bounds.earliest);
                continue;
            }
            for sight in newest_first(seen, &mut prices) {
                let time = sight.seen.time;
                high.step_back(&sight, followed);
                low.step_back(&sight, followed);
                followed = followed.min(time);
            }
        }
        self.thinned = thinned;
        self.full.drain(..THINNED);
        self.bounds.drain(..THINNED);
        self.longer.drain(..longer);
        let forgotten = self.newest().saturating_sub(REACH_US);
        high.follow_on(&mut self.highs, forgotten);
        low.follow_on(&mut self.lows, forgotten);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ticks whose times now and then run back, by less than a hundred of them, and of whose prices some are
    /// longer than their keys, where `tail` is what they end in.
    fn ticks(tail: &'static str) -> impl Strategy<Value = Vec<(Price, i64)>> {
        let price = (1u32..400, 0u32..8).prop_map(move |(whole, rest)| {
            let tail = if rest == 0 { tail } else { "" };
            format!("{whole}{tail}").parse().unwrap()
        });
        let behind = prop_oneof![9 => Just(0i64), 1 => 0i64..100];
        prop::collection::vec((price, behind), 1..1_500).prop_map(|ticks| {
            let timed = |(at, (price, behind)): (i64, (Price, i64))| (price, at / 2 * 3 - behind);
            (0..).zip(ticks).map(timed).collect()
        })
    }

    /// The lowest and the highest price of a window as it is defined, by a look at every tick.
    fn bounds(ticks: &[(Price, i64)], now: i64, span: i64) -> Option<(Price, Price)> {
        let mut followed = now;
        let in_window = |&(price, time): &(Price, i64)| {
            let within = time <= now && now - span < time.max(followed);
            followed = followed.min(time);
            within.then_some(price)
        };
        let prices: Vec<Price> = ticks.iter().rev().filter_map(in_window).collect();
        Some((*prices.iter().min()?, *prices.iter().max()?))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn every_window_finds_its_extremes(
            ticks in prop_oneof![ticks(""), ticks(".000000000000000000001")],
            restart in 1usize..300,
        ) {
            let mut memory = Memory::default();
            for (at, &(price, time)) in ticks.iter().enumerate() {
                let quote = Quote::of(price);
                if !(is_exact(quote.key) && memory.push_usual(quote.key, time)) {
                    memory.push(quote, time);
                }
                if at % restart == 0 {
                    memory = Memory::from_bytes(&memory.to_bytes()).unwrap();
                }
            }
            let newest = ticks[ticks.len() - 1].1;
            for span in [1, 10, 100, 700, 3_000, 100_000] {
                for (now, skipped) in [(newest, 1), (newest + 5, 0), (newest - 20, 0)] {
                    let found = memory.extremes(now, span, skipped);
                    let found = found.low.zip(found.high).map(|(low, high)| (low.rank.price, high.rank.price));
                    let expected = bounds(&ticks[..ticks.len() - skipped], now, span);
                    prop_assert_eq!(found, expected, "{} microseconds before {}", span, now);
                }
            }
        }
    }
}
