//! What a price did in a stretch of time: first, highest, lowest, last.
//!
//! Candles are what history is kept as, and what stands in for single ticks where those cannot be had.
//! Nothing here knows whether a stretch is over: a candle that still runs looks like any other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Price, Tick, Timestamp};

/// Why a text is not the length of a candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not one of 1m, 1h and 1d")]
pub struct IntervalError;

/// The length of a candle. Candles begin at full minutes, hours and days of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// One minute.
    Minute,
    /// One hour.
    Hour,
    /// One day of UTC.
    Day,
}

impl Interval {
    /// Every length, the shortest first.
    pub const ALL: [Interval; 3] = [Interval::Minute, Interval::Hour, Interval::Day];

    /// Its name: `1m`, `1h` or `1d`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Interval::Minute => "1m",
            Interval::Hour => "1h",
            Interval::Day => "1d",
        }
    }

    /// Its length in microseconds, the unit of [`Timestamp`].
    #[must_use]
    pub const fn micros(self) -> i64 {
        match self {
            Interval::Minute => 60_000_000,
            Interval::Hour => 3_600_000_000,
            Interval::Day => 86_400_000_000,
        }
    }

    /// When the candle began that an instant belongs to: the last full minute, hour or day, the instant
    /// itself included.
    #[must_use]
    pub const fn open_of(self, instant: Timestamp) -> Timestamp {
        Timestamp::from_micros(instant.micros() - instant.micros().rem_euclid(self.micros()))
    }

    /// When the candle ends that begins at `open_time`: the first instant that is no longer part of it.
    #[must_use]
    pub const fn end_of(self, open_time: Timestamp) -> Timestamp {
        Timestamp::from_micros(open_time.micros().saturating_add(self.micros()))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(name: &str) -> Result<Self, IntervalError> {
        Interval::ALL.into_iter().find(|interval| interval.name() == name).ok_or(IntervalError)
    }
}

/// First, highest, lowest and last price of one interval. A stretch without a tick has no candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// When it begins: a full minute, hour or day.
    pub open_time: Timestamp,
    /// The first price.
    pub open: Price,
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// The last price.
    pub close: Price,
    /// Whether it was not wholly watched: ticks may be missing from it.
    pub partial: bool,
}

impl Candle {
    /// The candle of one tick, watched from its beginning on.
    #[must_use]
    pub fn of(interval: Interval, tick: &Tick) -> Self {
        Self {
            open_time: interval.open_of(tick.time),
            open: tick.price,
            high: tick.price,
            low: tick.price,
            close: tick.price,
            partial: false,
        }
    }

    /// Takes in the next price, whatever its time.
    pub fn take_in(&mut self, price: Price) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
    }

    /// Takes in a shorter candle that lies within it and is not over before what was taken in last. To
    /// take in the same one again, grown, is to take it in once.
    pub fn take_in_candle(&mut self, part: &Candle) {
        self.high = self.high.max(part.high);
        self.low = self.low.min(part.low);
        self.close = part.close;
        self.partial |= part.partial;
    }

    /// The four ticks that stand for it where single ones are not to be had: open, low, high, close where
    /// it did not fall, else open, high, low, close; at its open, one third, two thirds, and its last
    /// microsecond.
    #[must_use]
    pub fn ticks(&self, interval: Interval) -> [(Timestamp, Price); 4] {
        let did_not_fall = self.close >= self.open;
        let (second, third) = if did_not_fall { (self.low, self.high) } else { (self.high, self.low) };
        let at = |micros| Timestamp::from_micros(self.open_time.micros().saturating_add(micros));
        let third_us = interval.micros() / 3;
        [
            (self.open_time, self.open),
            (at(third_us), second),
            (at(2 * third_us), third),
            (at(interval.micros() - 1), self.close),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn candle(prices: &[&str]) -> Candle {
        let first = Tick::numbered(price(prices[0]), at("2026-11-21T10:33:07.5Z"), 1);
        let mut candle = Candle::of(Interval::Minute, &first);
        prices[1..].iter().for_each(|text| candle.take_in(price(text)));
        candle
    }

    #[test]
    fn an_instant_belongs_to_the_full_minute_hour_or_day_before_it() {
        let check = |interval: Interval, instant: &str, open: &str| {
            assert_eq!(interval.open_of(at(instant)), at(open), "{interval} of {instant}");
            assert_eq!(interval.open_of(at(open)), at(open), "{interval} of its own beginning");
        };
        check(Interval::Minute, "2026-11-21T10:33:59.999999Z", "2026-11-21T10:33:00Z");
        check(Interval::Hour, "2026-11-21T10:33:59.999999Z", "2026-11-21T10:00:00Z");
        check(Interval::Day, "2026-11-21T10:33:59.999999Z", "2026-11-21T00:00:00Z");
        check(Interval::Day, "1969-12-31T23:59:59.999999Z", "1969-12-31T00:00:00Z");
        assert_eq!(Interval::Day.end_of(at("2024-02-29T00:00:00Z")), at("2024-03-01T00:00:00Z"));
    }

    #[test]
    fn an_interval_is_read_as_it_is_named() {
        for interval in Interval::ALL {
            assert_eq!(interval.name().parse(), Ok(interval));
        }
        for text in ["", "1M", "60s", "1w", "m"] {
            assert_eq!(text.parse::<Interval>(), Err(IntervalError), "{text}");
        }
    }

    #[test]
    fn a_candle_knows_first_highest_lowest_and_last() {
        let candle = candle(&["10", "9.5", "12.25", "11"]);
        assert_eq!((candle.open, candle.high, candle.low), (price("10"), price("12.25"), price("9.5")));
        assert_eq!((candle.close, candle.partial), (price("11"), false));
        assert_eq!(candle.open_time, at("2026-11-21T10:33:00Z"));
    }

    #[test]
    fn an_hour_takes_in_its_minutes_however_often_each_is_told() {
        let (first, second) = (candle(&["10", "12"]), candle(&["9", "8", "11"]));
        let mut hour = candle(&["10"]);
        for minute in [first, first, second, second] {
            hour.take_in_candle(&minute);
        }
        assert_eq!(hour, candle(&["10", "12", "9", "8", "11"]));
        hour.take_in_candle(&Candle { partial: true, ..second });
        assert!(hour.partial, "what is not whole in its part is not whole");
    }

    #[test]
    fn a_candle_stands_for_four_ticks() {
        let said = |candle: Candle| {
            candle.ticks(Interval::Minute).map(|(time, price)| format!("{price}@{time}")).join(" ")
        };
        assert_eq!(
            said(candle(&["10", "9", "12", "11"])),
            "10@2026-11-21T10:33:00Z 9@2026-11-21T10:33:20Z 12@2026-11-21T10:33:40Z \
             11@2026-11-21T10:33:59.999999Z"
        );
        let prices = |candle: Candle| candle.ticks(Interval::Minute).map(|(_, price)| price.to_string());
        assert_eq!(prices(candle(&["10", "12", "9", "10"])), ["10", "9", "12", "10"], "it did not fall");
        assert_eq!(prices(candle(&["11", "9", "12", "10"])), ["11", "12", "9", "10"], "it fell");
    }
}
