//! How often a price was reached in the past, for whoever thinks of an alert at it.
//!
//! Pure: candles go in, counts come out. A candle is taken for the four ticks that stand for it, and from
//! one candle to the next the price passed through whatever lies between. So crossings within a candle may
//! have been more than are counted here, and were never fewer than one where the price lies in its range.

use bellwether_model::{Candle, Interval, Price, Timestamp};

/// What became of a price in the last so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Days of UTC that were looked at: today, and those before it.
    pub days: u32,
    /// Of those, how many have candles.
    pub covered: u32,
    /// Of those, on how many the price was reached.
    pub on: u32,
    /// How often it was reached or passed from one side.
    pub crossings: u32,
    /// The beginning of the last candle in which it was.
    pub last: Option<Timestamp>,
}

/// What became of a price in each of these numbers of days up to `now`. The candles come in the order of
/// time and do not overlap; their lengths may differ.
#[must_use]
pub fn reached<const N: usize>(
    price: Price,
    candles: impl IntoIterator<Item = (Interval, Candle)>,
    days: [u32; N],
    now: Timestamp,
) -> [Reached; N] {
    let today = day_of(now);
    let mut counts = days.map(|days| Count {
        found: Reached { days, covered: 0, on: 0, crossings: 0, last: None },
        from: today.saturating_sub(i64::from(days)).saturating_add(1),
        covered_day: None,
        reached_day: None,
    });
    let mut previous = None;
    for (interval, candle) in candles {
        let (crossings, is_reached) = walk(price, interval, &candle, &mut previous);
        for count in &mut counts {
            count.take_in(candle.open_time, crossings, is_reached);
        }
    }
    counts.map(|count| count.found)
}

/// Goes through a candle from the price before it; how often it crossed, and whether the price was reached.
fn walk(price: Price, interval: Interval, candle: &Candle, previous: &mut Option<Price>) -> (u32, bool) {
    let mut crossings = 0;
    for (_, next) in candle.ticks(interval) {
        crossings += u32::from(previous.is_some_and(|previous| crosses(previous, next, price)));
        *previous = Some(next);
    }
    (crossings, crossings > 0 || (candle.low..=candle.high).contains(&price))
}

/// The rule of the condition `crossing`.
fn crosses(from: Price, to: Price, price: Price) -> bool {
    (from < price && to >= price) || (from > price && to <= price)
}

struct Count {
    found: Reached,
    /// The first day that counts.
    from: i64,
    covered_day: Option<i64>,
    reached_day: Option<i64>,
}

impl Count {
    fn take_in(&mut self, time: Timestamp, crossings: u32, is_reached: bool) {
        let day = day_of(time);
        if day < self.from {
            return;
        }
        self.found.covered += u32::from(self.covered_day.replace(day) != Some(day));
        self.found.crossings = self.found.crossings.saturating_add(crossings);
        if is_reached {
            self.found.on += u32::from(self.reached_day.replace(day) != Some(day));
            self.found.last = Some(time);
        }
    }
}

/// Days since the epoch.
fn day_of(time: Timestamp) -> i64 {
    time.micros().div_euclid(Interval::Day.micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 1;
    const DAY: i64 = 24;

    /// The instant so many hours after the beginning of 2026-11-21.
    fn at(hours: i64) -> Timestamp {
        Timestamp::from_micros(1_795_219_200_000_000 + hours * Interval::Hour.micros())
    }

    /// A candle from `open low high close`.
    fn candle(hours: i64, prices: &str) -> (Interval, Candle) {
        let prices: Vec<Price> = prices.split(' ').map(|price| price.parse().unwrap()).collect();
        let [open, low, high, close] = prices[..] else { panic!("four prices") };
        (Interval::Hour, Candle { open_time: at(hours), open, high, low, close, partial: false })
    }

    /// Of 1, 2 and 30 days up to the middle of 2026-11-21: `on/covered crossings` of each, and the hour of
    /// the last.
    fn check(price: &str, candles: &[(Interval, Candle)], expected: &str) {
        let found = reached(price.parse().unwrap(), candles.iter().copied(), [1, 2, 30], at(12 * HOUR));
        let each = found.map(|found| format!("{}/{} {}", found.on, found.covered, found.crossings));
        let last = found[2].last.map(|last| last.micros_since(at(0)) / Interval::Hour.micros());
        assert_eq!(format!("{} last {last:?}", each.join(", ")), expected, "{price}");
    }

    #[test]
    fn nothing_known_is_nothing_covered() {
        check("100", &[], "0/0 0, 0/0 0, 0/0 0 last None");
    }

    #[test]
    fn a_day_counts_once_and_each_passage_of_the_path() {
        let candles = [
            candle(-3 * DAY, "90 90 101 95"),
            candle(-3 * DAY + 1, "95 94 102 96"),
            candle(-DAY, "96 95 97 96"),
            candle(3 * HOUR, "96 95 100 99"),
            candle(4 * HOUR, "99 98 99 98"),
        ];
        // 90 to 101 to 95 twice over: four; up to exactly 100 and back: one more.
        check("100", &candles, "1/1 1, 1/2 1, 2/3 5 last Some(3)");
        check("103", &candles, "0/1 0, 0/2 0, 0/3 0 last None");
        check("90", &candles, "0/1 0, 0/2 0, 1/3 0 last Some(-72)");
    }

    #[test]
    fn a_gap_between_candles_is_passed_through() {
        let candles = [candle(-DAY, "90 89 91 90"), candle(2 * HOUR, "110 109 111 110")];
        check("100", &candles, "1/1 1, 1/2 1, 1/2 1 last Some(2)");
    }

    #[test]
    fn the_days_that_count_begin_at_midnight() {
        let candles = [candle(-DAY - 1, "99 99 101 101"), candle(-DAY, "101 101 101 101")];
        check("100", &candles, "0/0 0, 0/1 0, 1/2 1 last Some(-25)");
    }

    #[test]
    fn days_and_hours_go_together() {
        let (_, day) = candle(-2 * DAY, "90 80 120 110");
        let candles = [(Interval::Day, day), candle(-DAY, "99 99 99 99")];
        // 90 to 80 to 120, then from 110 to 99.
        check("100", &candles, "0/0 0, 1/1 1, 2/2 2 last Some(-24)");
    }
}
