//! Candles of a venue's history, whatever its rows look like: which of them count, and how far they reach.
//!
//! A row without trades says only that the price stood; such a stretch has no candle here. A row of an interval that is
//! not over yet is left for the time when it is.

use bellwether_model::{Candle, Interval, Price, Timestamp};

use crate::{CandlePage, Malformed};

/// What was asked for, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) interval: Interval,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Candles that ended by then are over for the venue too.
    pub(crate) settled: Timestamp,
}

/// A row of a venue's history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) candle: Candle,
    /// Whether anything was traded.
    pub(crate) is_traded: bool,
}

impl Row {
    /// A row of a venue that tells the second in which it begins, with its open, high, low and close.
    pub(crate) fn at_second(
        second: &str,
        [open, high, low, close]: [Price; 4],
        is_traded: bool,
    ) -> Result<Self, Malformed> {
        let micros = second.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1_000_000));
        let micros = micros.ok_or_else(|| malformed("a time that is none"))?;
        let open_time = Timestamp::from_micros(micros);
        let candle = Candle { open_time, open, high, low, close, partial: false };
        Ok(Self { candle, is_traded })
    }
}

impl Asked {
    /// The end of what can be told: of what was asked for, or of the last interval that is over.
    pub(crate) fn end(&self) -> Timestamp {
        self.to.min(self.interval.open_of(self.settled))
    }

    /// Whether a row is of what was asked for.
    pub(crate) fn holds(&self, row: &Row) -> bool {
        (self.from..self.to).contains(&row.candle.open_time)
    }

    /// The page that rows make, the oldest first. It reaches as far as they do, and to `until` at least.
    pub(crate) fn page(
        &self,
        rows: impl IntoIterator<Item = Result<Row, Malformed>>,
        until: Timestamp,
    ) -> Result<CandlePage, Malformed> {
        let (mut until, mut earliest) = (until, self.from);
        let mut candles = Vec::new();
        for row in rows {
            let Row { candle, is_traded } = row?;
            let (open_time, end) = (candle.open_time, self.interval.end_of(candle.open_time));
            if open_time < earliest || open_time >= self.to {
                return Err(malformed("a row that was not asked for"));
            }
            if self.interval.open_of(open_time) != open_time {
                return Err(malformed("a row that begins within an interval"));
            }
            let ends = [candle.open, candle.close];
            if ends.iter().any(|&end| end < candle.low || end > candle.high) {
                return Err(malformed("a price outside of its candle"));
            }
            earliest = end;
            if end > self.settled {
                until = until.min(open_time);
                break;
            }
            until = until.max(end);
            if is_traded {
                candles.push(candle);
            }
        }
        Ok(CandlePage { candles, until: until.max(self.from) })
    }
}

fn malformed(reason: &str) -> Malformed {
    Malformed { reason: reason.to_owned() }
}
