//! A stretch whose single trades cannot be had, and the candles that stand in for them.
//!
//! A candle counts as four ticks ([`Candle::ticks`]). At both edges of the stretch it also covers trades that are
//! known; of such a candle only that counts which the known trades do not explain: an extreme beyond theirs was
//! reached in between, and a close or an open that is not the price of the trade beside the stretch, or comes with
//! such an extreme, was traded there. So nothing counts twice. Where trades of that minute were not heard from its
//! beginning or to its end, its extremes say nothing of the stretch, and that is declared.

use bellwether_model::{Candle, Interval, Price, Tick, Timestamp};

use crate::{CandlePage, Interruption};

const MINUTE: Interval = Interval::Minute;

/// Where a stretch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    /// The last trade before it; none where it begins with an instant.
    pub(super) id: Option<u64>,
    /// When that was, or the instant.
    pub(super) at: Timestamp,
    /// Its price, where it is known.
    pub(super) price: Option<Price>,
    /// What was heard of the minute until then, where anything was: partial where that is not its beginning.
    pub(super) heard: Option<Candle>,
}

/// Where it ends: the first trade after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Far {
    /// Its number.
    pub(super) id: u64,
    /// When it was.
    pub(super) at: Timestamp,
    /// Its price.
    pub(super) price: Price,
}

/// What is known of the minute in which the stretch ends, from its first trade on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Aftermath {
    pub(super) low: Price,
    pub(super) high: Price,
    pub(super) last: Price,
    /// Whether every trade until the minute's end is in it.
    pub(super) end: End,
}

/// How far what is known of a minute reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// To its end: a trade that came later follows without a hole.
    Reached,
    /// To its end as far as is known: no trade has followed.
    Quiet,
    /// Something may be missing.
    Missed,
}

impl Aftermath {
    /// Whether nothing is missing, by the candle of the minute: where no trade has followed, it has to end with the
    /// last one that was heard.
    fn is_whole(&self, candle: &Candle) -> bool {
        match self.end {
            End::Reached => true,
            End::Quiet => candle.close == self.last,
            End::Missed => false,
        }
    }
}

/// A stretch for which candles are being fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hole {
    /// Why its trades cannot be had.
    pub(super) why: Interruption,
    pub(super) far: Far,
    near: Edge,
    candles: Vec<Candle>,
    /// Nothing is missing of the candles before this instant.
    reached: Timestamp,
}

/// What stands in for a stretch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StandIn {
    /// Ticks in order, numbered between the trades around the stretch.
    pub(super) ticks: Vec<Tick>,
    /// Whether something may be missing between the trade before the stretch and the first of them.
    pub(super) misses_first: bool,
    /// Whether something may be missing between the last of them and the trade after the stretch.
    pub(super) misses_last: bool,
}

impl Hole {
    /// A stretch of at most so many minutes. None where it is longer, or is none.
    pub(super) fn new(why: Interruption, near: Edge, far: Far, minutes_max: u32) -> Option<Self> {
        let reached = MINUTE.open_of(near.at);
        let is_stretch = near.id.is_none_or(|id| id < far.id) && near.at <= far.at;
        let length_us = MINUTE.end_of(MINUTE.open_of(far.at)).micros_since(reached);
        let is_short = length_us <= i64::from(minutes_max) * MINUTE.micros();
        (is_stretch && is_short).then_some(Self { why, far, near, candles: Vec::new(), reached })
    }

    /// The minutes of which candles are still wanted: from the first, to the end of the last.
    pub(super) fn wanted(&self) -> (Timestamp, Timestamp) {
        (self.reached, MINUTE.end_of(MINUTE.open_of(self.far.at)))
    }

    /// Takes in candles that were wanted.
    pub(super) fn take(&mut self, page: CandlePage) {
        self.reached = self.reached.max(page.until);
        self.candles.extend(page.candles);
    }

    /// Whether every candle has come.
    pub(super) fn is_covered(&self) -> bool {
        let (from, to) = self.wanted();
        from >= to
    }

    /// What the candles that have come say of the stretch. None where they say nothing, or contradict the trades.
    pub(super) fn stand_in(&self, after: Aftermath) -> Option<StandIn> {
        let (first, last) = (MINUTE.open_of(self.near.at), MINUTE.open_of(self.far.at));
        let of = |minute| self.candles.iter().find(|candle| candle.open_time == minute);
        let is_heard = self.near.heard.is_some_and(|heard| heard.open_time == first && !heard.partial);
        let prices = self.candles.iter().map(|candle| self.of_candle(candle, is_heard, after));
        let ticks = self.number(&prices.collect::<Vec<_>>())?;
        // Of what begins with an instant it was said already that nothing before counts. A venue that keeps its
        // candles for a while only has none of the first minutes.
        let misses_first = self.near.id.is_some() && !(is_heard && of(first).is_some());
        let misses_last = !self.is_covered() || of(last).is_none_or(|candle| !after.is_whole(candle));
        (!self.candles.is_empty()).then_some(StandIn { ticks, misses_first, misses_last })
    }

    /// What of a candle was traded in the stretch, in its order.
    fn of_candle(&self, candle: &Candle, is_heard: bool, after: Aftermath) -> Vec<(Timestamp, Price)> {
        let is_first = candle.open_time == MINUTE.open_of(self.near.at);
        let is_last = candle.open_time == MINUTE.open_of(self.far.at);
        let is_beyond = |(_, price): &(Timestamp, Price)| {
            let heard = self.near.heard.filter(|_| is_heard);
            let before = !is_first || heard.is_some_and(|heard| !(heard.low..=heard.high).contains(price));
            before && (!is_last || after.is_whole(candle) && !(after.low..=after.high).contains(price))
        };
        let [open, second, third, close] = candle.ticks(MINUTE);
        let extremes: Vec<_> = [second, third].into_iter().filter(is_beyond).collect();
        let is_more = !extremes.is_empty();
        let open = (!is_first && (!is_last || is_more || open.1 != self.far.price)).then_some(open);
        let close = (!is_last && (!is_first || is_more || Some(close.1) != self.near.price)).then_some(close);
        open.into_iter().chain(extremes).chain(close).collect()
    }

    /// Gives the prices of each candle numbers between those of the trades around the stretch, spread as their times
    /// are. Where there are too few numbers, a price that repeats the one before it in its minute is left out; what is
    /// left was a trade each, so where the numbers are still too few, the candles are not of these trades.
    fn number(&self, candles: &[Vec<(Timestamp, Price)>]) -> Option<Vec<Tick>> {
        let count = candles.iter().map(|prices| prices.len() as u64).sum::<u64>();
        let before = self.near.id.unwrap_or_else(|| self.far.id.saturating_sub(count + 1));
        let free = self.far.id.saturating_sub(before).saturating_sub(1);
        let mut candles = candles.to_vec();
        if count > free {
            candles.iter_mut().for_each(|prices| prices.dedup_by_key(|(_, price)| *price));
        }
        let prices = candles.concat();
        let spare = free.checked_sub(prices.len() as u64)?;
        let length_us = self.far.at.micros_since(self.near.at).max(1);
        let tick = |(index, (time, price)): (u64, (Timestamp, Price))| {
            let time = time.clamp(self.near.at, self.far.at);
            let share =
                i128::from(time.micros_since(self.near.at)) * i128::from(spare) / i128::from(length_us);
            let id = before + 1 + index + u64::try_from(share).unwrap_or(spare);
            Tick::numbered(price, time, id)
        };
        Some((0..).zip(prices).map(tick).collect())
    }
}

#[cfg(test)]
mod tests;
