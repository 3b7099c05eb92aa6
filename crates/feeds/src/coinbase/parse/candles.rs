//! Candles of the venue's history: rows of six numbers, the newest first. A stretch without a trade has no row, and rows
//! from before what was asked for may come too.

use bellwether_model::Price;
use serde_json::value::RawValue;

use crate::candles::{Asked, Row};
use crate::{CandlePage, Malformed, number};

/// Reads an answer of `GET /products/{id}/candles`.
pub(in super::super) fn candles(body: &[u8], asked: &Asked) -> Result<CandlePage, Malformed> {
    let rows: Vec<Vec<&RawValue>> = serde_json::from_slice(body).map_err(malformed)?;
    let rows = rows.iter().rev().map(|row| read(row)).collect::<Result<Vec<_>, _>>()?;
    let rows = rows.into_iter().filter(|row| asked.holds(row));
    asked.page(rows.map(Ok), asked.end())
}

/// `[time, low, high, open, close, volume]`
fn read(row: &[&RawValue]) -> Result<Row, Malformed> {
    let [time, low, high, open, close, ..] = row else { return Err(malformed("a row is short")) };
    let prices = [price(open)?, price(high)?, price(low)?, price(close)?];
    Row::at_second(time.get(), prices, true)
}

fn price(raw: &RawValue) -> Result<Price, Malformed> {
    number::price(raw.get()).map_err(malformed)
}

fn malformed(error: impl ToString) -> Malformed {
    Malformed { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use bellwether_model::{Candle, Interval, Timestamp};

    use super::*;

    /// 2026-11-21T10:33:00Z
    const START_S: i64 = 1_795_257_180;

    /// What an answer says of minutes `from..to`, so many seconds after the start: `minutes until`.
    fn said(body: &str, from: i64, to: i64, settled_s: i64) -> String {
        let at = |seconds: i64| Timestamp::from_micros((START_S + seconds) * 1_000_000);
        let (from, to, settled) = (at(60 * from), at(60 * to), at(settled_s));
        let asked = Asked { interval: Interval::Minute, from, to, settled };
        match candles(body.as_bytes(), &asked) {
            Ok(page) => {
                let minute = |instant: Timestamp| instant.micros_since(at(0)) / 60_000_000;
                let minutes: Vec<_> = page.candles.iter().map(|candle| minute(candle.open_time)).collect();
                format!("{minutes:?} {}", minute(page.until))
            }
            Err(_) => "malformed".to_owned(),
        }
    }

    fn row(minute: i64) -> String {
        format!("[{},95240,95300.1,95251.44,95299.99,12.5122]", START_S + 60 * minute)
    }

    fn page(minutes: &[i64]) -> String {
        format!("[{}]", minutes.iter().map(|&minute| row(minute)).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn rows_are_turned_round_and_read_exactly() {
        let at = Timestamp::from_micros(START_S * 1_000_000);
        let to = Timestamp::from_micros((START_S + 540) * 1_000_000);
        let asked = Asked { interval: Interval::Minute, from: at, to, settled: to };
        let read = |body: &str| candles(body.as_bytes(), &asked).unwrap().candles;
        let price = |text: &str| text.parse::<Price>().unwrap();
        let expected = Candle {
            open_time: at,
            open: price("95251.44"),
            high: price("95300.1"),
            low: price("95240"),
            close: price("95299.99"),
            partial: false,
        };
        assert_eq!(read(&page(&[0])), [expected]);
        assert_eq!(read(&page(&[0]).replace("95240,", "9.524e4,")), [expected]);
        assert_eq!(read(&page(&[2, 1, 0])).len(), 3);
    }

    #[test]
    fn a_page_says_how_far_it_reaches() {
        assert_eq!(said(&page(&[1, 0]), 0, 9, 600), "[0, 1] 9");
        assert_eq!(said("[]", 0, 9, 600), "[] 9");
        assert_eq!(said("[]", 0, 9, 301), "[] 5");
        assert_eq!(said(&page(&[5, 4, 3]), 3, 9, 359), "[3, 4] 5");
        assert_eq!(said(&page(&[9, 4, 2, 1]), 3, 9, 600), "[4] 9", "what was not asked for is passed over");
    }

    #[test]
    fn what_is_no_page_is_malformed() {
        for (from, to) in [
            (START_S.to_string(), (START_S + 1).to_string()),
            (START_S.to_string(), "9223372036854775807".to_owned()),
            ("95240".to_owned(), "\"95240\"".to_owned()),
            ("95240".to_owned(), "0".to_owned()),
            ("95251.44".to_owned(), "95300.11".to_owned()),
            (",95299.99,12.5122".to_owned(), String::new()),
        ] {
            let spoilt = page(&[0]).replace(&from, &to);
            assert_eq!(said(&spoilt, 0, 9, 600), "malformed", "{spoilt}");
        }
        assert_eq!(said(&page(&[1, 2]), 0, 9, 600), "malformed", "in the wrong order");
        assert_eq!(said(&page(&[1, 1]), 0, 9, 600), "malformed");
        for body in ["", "{}", "[1]", "[[]]", r#"{"message":"NotFound"}"#] {
            assert_eq!(said(body, 0, 9, 600), "malformed", "{body}");
        }
        let whole = page(&[1, 0]);
        for end in 0..whole.len() {
            assert_eq!(said(&whole[..end], 0, 9, 600), "malformed", "cut at {end}");
        }
    }
}
