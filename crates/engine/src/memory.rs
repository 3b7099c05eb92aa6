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

use std::cmp::Ordering;

use bellwether_model::{Price, limits};

use crate::carry::{BadMemory, Reader, Writer};
use crate::key::{Quote, Rank, is_exact};

/// Ticks that stand as they came, at least (once there were as many).
const RECENT_MIN: usize = 256;
/// Ticks whose bounds are looked at together when they are thinned.
const STRETCH: usize = 16;
/// Ticks that stand as they came, at most.
const RECENT_MAX: usize = 2 * RECENT_MIN;
/// How far back any window reaches, in microseconds.
const REACH_US: i64 = limits::WINDOW_MAX_S.cast_signed() * 1_000_000;

/// A recent tick. All that most ticks leave behind are these sixteen bytes, written in one place.
#[derive(Debug, Clone, Copy)]
struct Seen {
    key: u64,
    time: i64,
}

/// A recent tick as windows see it.
#[derive(Debug, Clone, Copy)]
struct Sight {
    seen: Seen,
    /// Its price, where its key does not say all of it.
    longer: Option<Price>,
}

/// A tick that may be the extreme of a window, and until when it is in one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) rank: Rank,
    time: i64,
    /// The smallest time of the ticks applied later: from there on it opens no window any more.
    followed: i64,
}

/// The highest and the lowest price of a window; nothing where no price was in force in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extremes {
    pub(crate) high: Option<Mark>,
    pub(crate) low: Option<Mark>,
}

/// The prices of one instrument, thinned as far as no window can tell.
///
/// What every tick looks at and writes stands first.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Memory {
    /// The largest time seen.
    newest: i64,
    recent: Vec<Seen>,
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
            recent: Vec::new(),
            longer: Vec::new(),
            highs: Vec::new(),
            lows: Vec::new(),
            newest: i64::MIN,
            thinned: None,
        }
    }
}

impl Sight {
    fn mark(&self, followed: i64) -> Mark {
        let rank = match self.longer {
            Some(price) => Quote { price, key: self.seen.key }.into(),
            None => Rank::of_key(self.seen.key),
        };
        Mark { rank, time: self.seen.time, followed }
    }

    #[inline]
    fn versus(&self, rank: &Rank) -> Ordering {
        rank.versus(self.seen.key, self.longer).reverse()
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
        opening < self.time.max(self.followed)
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
}

impl Memory {
    pub(crate) fn is_empty(&self) -> bool {
        self.recent.is_empty()
    }

    /// Whether a tick at this time would be the newest, as nearly all are.
    #[inline]
    pub(crate) fn is_newest(&self, time: i64) -> bool {
        time >= self.newest
    }

    /// Takes in the next tick.
    #[inline]
    pub(crate) fn push(&mut self, quote: Quote, time: i64) {
        if !self.is_newest(time) {
            self.run_back(time);
        }
        if self.recent.len() == RECENT_MAX {
            self.thin();
        }
        self.newest = self.newest.max(time);
        self.note(quote, time);
    }

    #[inline]
    fn note(&mut self, quote: Quote, time: i64) {
        self.recent.push(Seen { key: quote.key, time });
        if !is_exact(quote.key) {
            self.longer.push(quote.price);
        }
    }

    /// The recent ticks, the newest first.
    #[inline]
    fn newest_first(&self) -> impl Iterator<Item = Sight> {
        newest_first(&self.recent, self.longer.iter().rev())
    }

    /// The extremes of the window of `span` microseconds before a tick at `now`, which either follows
    /// those in memory or is the newest of them (`skipped` is 1).
    pub(crate) fn extremes(&self, now: i64, span: i64, skipped: usize) -> Extremes {
        let opening = now.saturating_sub(span);
        let (mut found, mut followed) = (Extremes::default(), now);
        for sight in self.newest_first().skip(skipped) {
            let time = sight.seen.time;
            if time <= now && opening < time.max(followed) && !found.enclose(&sight) {
                found.take_in(sight.mark(followed));
            }
            followed = followed.min(time);
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
        writer.instant(self.newest, 0);
        writer.count(usize::from(self.thinned.is_some()));
        if let Some(thinned) = self.thinned {
            writer.instant(thinned, self.newest);
        }
        writer.count(self.recent.len());
        let mut from = self.newest;
        let mut sights: Vec<Sight> = self.newest_first().collect();
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
        let mut memory = Self { newest, thinned, ..Self::default() };
        let mut from = newest;
        for _ in 0..reader.count()? {
            let quote = Quote::of(reader.price()?);
            from = reader.instant(from)?;
            memory.note(quote, from);
        }
        for steps in [&mut memory.highs, &mut memory.lows] {
            for _ in 0..reader.count()? {
                let rank = Quote::of(reader.price()?).into();
                from = reader.instant(from)?;
                let followed = reader.instant(from)?;
                steps.push(Mark { rank, time: from, followed });
            }
        }
        reader.finish()?;
        if memory.recent.is_empty() || memory.recent.len() > RECENT_MAX {
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
        let (old, kept) = self.recent.split_at(RECENT_MIN);
        let longer = old.iter().filter(|seen| !is_exact(seen.key)).count();
        let mut followed = kept.iter().map(|seen| seen.time).min().unwrap_or(i64::MAX);
        let mut thinned = self.thinned;
        let (mut high, mut low) = (Steps::new(Ordering::Greater), Steps::new(Ordering::Less));
        let mut prices = self.longer[..longer].iter().rev();
        for stretch in old.rchunks(STRETCH) {
            let bounds = Bounds::of(stretch);
            thinned = thinned.max(Some(bounds.latest));
            // Most stretches lie between what came after them, and leave no step.
            if longer == 0
                && high.outdoes(bounds.latest, bounds.highest)
                && low.outdoes(bounds.latest, bounds.lowest)
            {
                followed = followed.min(bounds.earliest);
                continue;
            }
            for sight in newest_first(stretch, &mut prices) {
                let time = sight.seen.time;
                high.step_back(&sight, followed);
                low.step_back(&sight, followed);
                followed = followed.min(time);
            }
        }
        self.thinned = thinned;
        self.recent.drain(..RECENT_MIN);
        self.longer.drain(..longer);
        let forgotten = self.newest.saturating_sub(REACH_US);
        high.follow_on(&mut self.highs, forgotten);
        low.follow_on(&mut self.lows, forgotten);
    }
}

/// Ticks, the newest first, with the prices of those whose keys do not say all of them.
#[inline]
fn newest_first<'a>(
    seen: &[Seen],
    mut longer: impl Iterator<Item = &'a Price>,
) -> impl Iterator<Item = Sight> {
    seen.iter().rev().map(move |&seen| {
        let longer = if is_exact(seen.key) { None } else { longer.next().copied() };
        Sight { seen, longer }
    })
}

/// Between what the keys and times of a stretch of ticks lie.
struct Bounds {
    highest: u64,
    lowest: u64,
    latest: i64,
    earliest: i64,
}

impl Bounds {
    /// Without a branch between one tick and the next.
    #[inline]
    fn of(stretch: &[Seen]) -> Self {
        let none = Self { highest: 0, lowest: u64::MAX, latest: i64::MIN, earliest: i64::MAX };
        stretch.iter().fold(none, |bounds, seen| Self {
            highest: bounds.highest.max(seen.key),
            lowest: bounds.lowest.min(seen.key),
            latest: bounds.latest.max(seen.time),
            earliest: bounds.earliest.min(seen.time),
        })
    }
}

/// The steps that a stretch of ticks leaves in a staircase, the last first.
struct Steps {
    marks: Vec<Mark>,
    /// What a price further than another is, compared with it.
    further: Ordering,
}

impl Steps {
    fn new(further: Ordering) -> Self {
        Self { marks: Vec::new(), further }
    }

    /// Whether the ticks taken in leave no step to those before them whose times and keys go up to these.
    #[inline]
    fn outdoes(&self, time: i64, key: u64) -> bool {
        // Equal keys are left to those who look at the prices behind them.
        self.marks.last().is_some_and(|top| top.time >= time && top.rank.key().cmp(&key) == self.further)
    }

    /// Takes in the tick before those taken in so far, unless a later one leaves it no window in which it
    /// is the furthest.
    #[inline]
    fn step_back(&mut self, sight: &Sight, followed: i64) {
        let outdone = self.marks.last().is_some_and(|top| {
            let order = top.rank.versus(sight.seen.key, sight.longer);
            top.time >= sight.seen.time && (order == self.further || order.is_eq())
        });
        if !outdone {
            self.marks.push(sight.mark(followed));
        }
    }

    /// Adds these steps to the staircase of the ticks before.
    fn follow_on(self, steps: &mut Vec<Mark>, forgotten: i64) {
        if let Some(top) = self.marks.last() {
            let outdone = |step: &Mark| {
                let order = top.rank.cmp(&step.rank);
                top.time >= step.time && (order == self.further || order.is_eq())
            };
            while steps.last().is_some_and(outdone) {
                steps.pop();
            }
        }
        steps.extend(self.marks.iter().rev());
        if steps.first().is_some_and(|first| !first.lasts(forgotten)) {
            steps.retain(|step| step.lasts(forgotten));
        }
    }
}
