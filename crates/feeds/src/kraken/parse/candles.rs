//! Candles of the venue's history: rows of eight, the oldest first, the one that runs last. Whatever is asked for, only
//! the newest 720 come: what lies before the first row is not to be had.

use std::borrow::Cow;
use std::collections::HashMap;

use bellwether_model::Price;
use serde_json::value::RawValue;

use crate::candles::{Asked, Row};
use crate::{CandlePage, Malformed};

/// Reads the result of `OHLC`: rows under the pair's key, which is one of several names.
pub(in super::super) fn candles(result: &str, asked: &Asked) -> Result<CandlePage, Malformed> {
    let result: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(result).map_err(malformed)?;
    let rows = result.iter().find(|(key, _)| *key != "last");
    let (_, rows) = rows.ok_or_else(|| malformed("no pair"))?;
    let rows: Vec<Vec<&RawValue>> = serde_json::from_str(rows.get()).map_err(malformed)?;
    let rows = rows.iter().map(|row| read(row)).collect::<Result<Vec<_>, _>>()?;
    let rows = rows.into_iter().filter(|row| asked.holds(row));
    asked.page(rows.map(Ok), asked.end())
}

/// `[time, open, high, low, close, average, volume, count]`
fn read(row: &[&RawValue]) -> Result<Row, Malformed> {
    let [time, open, high, low, close, _average, _volume, count, ..] = row else {
        return Err(malformed("a row is short"));
    };
    let prices = [price(open)?, price(high)?, price(low)?, price(close)?];
    let count: u64 = count.get().parse().map_err(malformed)?;
    Row::at_second(time.get(), prices, count > 0)
}

fn price(raw: &RawValue) -> Result<Price, Malformed> {
    let text: Cow<'_, str> = serde_json::from_str(raw.get()).map_err(malformed)?;
    text.parse().map_err(malformed)
}

fn malformed(error: impl ToString) -> Malformed {
    Malformed { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use bellwether_model::{Interval, Timestamp};

    use super::*;

    /// 2026-11-21T10:33:00Z
    const START_S: i64 = 1_795_257_180;

    /// What a result says of minutes `from..to`, so many seconds after the start: `minutes until`.
    fn said(result: &str, from: i64, to: i64, settled_s: i64) -> String {
        let at = |seconds: i64| Timestamp::from_micros((START_S + seconds) * 1_000_000);
        let (from, to, settled) = (at(60 * from), at(60 * to), at(settled_s));
        let asked = Asked { interval: Interval::Minute, from, to, settled };
        match candles(result, &asked) {
            Ok(page) => {
                let minute = |instant: Timestamp| instant.micros_since(at(0)) / 60_000_000;
                let told = page.candles.iter().map(|one| format!("{}@{}", one.close, minute(one.open_time)));
                format!("{} {}", told.collect::<Vec<_>>().join(" "), minute(page.until)).trim().to_owned()
            }
            Err(_) => "malformed".to_owned(),
        }
    }

    fn row(minute: i64, count: u64) -> String {
        let time = START_S + 60 * minute;
        format!(r#"[{time},"95251.4","95300.1","95240.0","95299.9","95260.0","12.51220000",{count}]"#)
    }

    fn result(minutes: &[(i64, u64)]) -> String {
        let rows: Vec<_> = minutes.iter().map(|&(minute, count)| row(minute, count)).collect();
        format!(r#"{{"XXBTZUSD":[{}],"last":{START_S}}}"#, rows.join(","))
    }

    #[test]
    fn rows_are_read_and_a_page_says_how_far_it_reaches() {
        assert_eq!(said(&result(&[(0, 3), (1, 1)]), 0, 9, 600), "95299.9@0 95299.9@1 9");
        assert_eq!(said(&result(&[(0, 0), (1, 1)]), 0, 9, 600), "95299.9@1 9", "nothing was traded");
        assert_eq!(
            said(&result(&[(4, 1), (5, 1), (6, 1)]), 0, 9, 419),
            "95299.9@4 95299.9@5 6",
            "the last one runs"
        );
        assert_eq!(said(&result(&[(1, 1), (5, 1), (9, 1)]), 2, 9, 900), "95299.9@5 9");
        assert_eq!(said(&result(&[]), 0, 9, 301), "5");
    }

    #[test]
    fn what_is_no_result_is_malformed() {
        let good = result(&[(0, 1)]);
        for (from, to) in [
            (format!("[[{START_S},"), format!("[[{},", START_S + 1)),
            (format!("[[{START_S},"), "[[9223372036854775807,".to_owned()),
            (r#""95240.0""#.to_owned(), "95240.0".to_owned()),
            (r#""95240.0""#.to_owned(), r#""0""#.to_owned()),
            (r#""95251.4""#.to_owned(), r#""95300.2""#.to_owned()),
            (r#",1]"#.to_owned(), ",null]".to_owned()),
            (r#","12.51220000",1]"#.to_owned(), "]".to_owned()),
        ] {
            let spoilt = good.replace(&from, &to);
            assert_ne!(spoilt, good);
            assert_eq!(said(&spoilt, 0, 9, 600), "malformed", "{spoilt}");
        }
        assert_eq!(said(&result(&[(2, 1), (1, 1)]), 0, 9, 600), "malformed");
        for result in ["", "[]", r#"{"last":1}"#, r#"{"XXBTZUSD":1}"#, r#"{"XXBTZUSD":[[]]}"#] {
            assert_eq!(said(result, 0, 9, 600), "malformed", "{result}");
        }
        for end in 0..good.len() {
            assert_eq!(said(&good[..end], 0, 9, 600), "malformed", "cut at {end}");
        }
    }
}
