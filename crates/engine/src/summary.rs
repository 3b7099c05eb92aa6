//! What a price did in a stretch of time, in figures for people to read.
//!
//! Pure: candles go in, figures come out. Lowest and highest are those of the candles and so exact to the tick; mean
//! and median are of their last prices, each candle counting once, whatever was traded in it.

use bellwether_model::{Candle, Price, Timestamp};

use crate::figures;

/// Significant digits that a mean has at least.
const MEAN_DIGITS: u32 = 8;

/// What a price did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many candles it was taken from.
    pub count: usize,
    /// Of those, how many were not wholly watched.
    pub partial: usize,
    /// When the first of them began.
    pub from: Timestamp,
    /// The first price.
    pub first: Price,
    /// The last one.
    pub last: Price,
    /// The lowest one.
    pub minimum: Price,
    /// The highest one.
    pub maximum: Price,
    /// The mean of the candles' last prices, rounded half up to eight digits or more; nothing where no price has as
    /// many decimals as it takes.
    pub mean: Option<Price>,
    /// The last price in the middle, exactly between two where they are as many.
    pub median: Price,
    /// From the first price to the last; nothing where the figure is beyond any sense.
    pub change: Option<Change>,
}

/// By how much a price moved, in hundredths of a percent, rounded half up; below zero where it fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change(pub i64);

impl Change {
    /// From one price to another; nothing where the figure is beyond any sense.
    #[must_use]
    pub fn between(was: Price, now: Price) -> Option<Self> {
        let hundredths = i64::try_from(figures::hundredths(was, now)?).ok()?;
        Some(Self(if now < was { -hundredths } else { hundredths }))
    }

    /// How much it is, whatever the direction.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl std::fmt::Display for Change {
    /// `-2.5`, in percent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = figures::of_hundredths(u128::from(self.size()));
        if self.0 < 0 { write!(f, "-{text}") } else { f.write_str(&text) }
    }
}

/// The figures of candles in the order of time; nothing where there are none.
#[must_use]
pub fn summary(candles: &[Candle]) -> Option<Summary> {
    let (first, last) = (candles.first()?, candles.last()?);
    let mut closes: Vec<Price> = candles.iter().map(|candle| candle.close).collect();
    let digits = 10u128.pow(MEAN_DIGITS - 1);
    let mean = figures::mean_of(&closes, digits).or_else(|| figures::mean_of(&closes, 1));
    closes.sort_unstable();
    Some(Summary {
        count: candles.len(),
        partial: candles.iter().filter(|candle| candle.partial).count(),
        from: first.open_time,
        first: first.open,
        last: last.close,
        minimum: candles.iter().map(|candle| candle.low).min()?,
        maximum: candles.iter().map(|candle| candle.high).max()?,
        mean,
        median: figures::median(&closes)?,
        change: Change::between(first.open, last.close),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(minute: i64, [open, high, low, close]: [&str; 4]) -> Candle {
        let price = |text: &str| text.parse().unwrap();
        Candle {
            open_time: Timestamp::from_micros(minute * 60_000_000),
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
            partial: minute == 2,
        }
    }

    #[test]
    fn the_figures_of_candles_are_exact() {
        assert_eq!(summary(&[]), None);
        let candles = [
            candle(1, ["100", "110", "99", "101"]),
            candle(2, ["101", "101", "90.5", "95"]),
            candle(3, ["95", "98", "95", "97.5"]),
        ];
        let summary = summary(&candles).unwrap();
        let price = |text: &str| text.parse::<Price>().unwrap();
        assert_eq!((summary.count, summary.partial), (3, 1));
        assert_eq!(summary.from, candles[0].open_time);
        assert_eq!((summary.first, summary.last), (price("100"), price("97.5")));
        assert_eq!((summary.minimum, summary.maximum), (price("90.5"), price("110")));
        assert_eq!((summary.mean, summary.median), (Some(price("97.833333")), price("97.5")));
        assert_eq!(summary.change.unwrap().to_string(), "-2.5");
    }

    #[test]
    fn the_mean_of_small_prices_has_digits_too() {
        let candles = [
            candle(1, ["0.00001", "0.00001", "0.00001", "0.00001"]),
            candle(2, ["0.00002", "0.00002", "0.00002", "0.00002"]),
        ];
        let summary = summary(&candles).unwrap();
        assert_eq!(summary.mean.unwrap().to_string(), "0.000015");
        assert_eq!(summary.median.to_string(), "0.000015");
        assert_eq!(summary.change, Some(Change(10_000)));
    }

    #[test]
    fn a_change_has_a_sign_and_no_needless_zeros() {
        let check = |was: &str, now: &str, expected: &str| {
            let change = Change::between(was.parse().unwrap(), now.parse().unwrap()).unwrap();
            assert_eq!(change.to_string(), expected, "{was} to {now}");
        };
        check("100", "100", "0");
        check("100", "98", "-2");
        check("100", "101.255", "1.26");
        check("100", "99.999", "0");
        check("1", "251.5", "25050");
    }
}
