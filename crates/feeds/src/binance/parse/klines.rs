//! Candles of the venue's history: rows of twelve, of which seven are read. The row of the interval that runs comes
//! last.

use std::borrow::Cow;

use bellwether_model::{Candle, Price};
use serde_json::value::RawValue;

use super::instant;
use crate::candles::{Asked, Row};
use crate::{CandlePage, Malformed};

/// Reads an answer of `GET /api/v3/klines`. So many rows are a full page, behind which there may be more.
pub(in super::super) fn candles(body: &[u8], asked: &Asked, full: usize) -> Result<CandlePage, Malformed> {
    let rows: Vec<Vec<&RawValue>> = serde_json::from_slice(body).map_err(malformed)?;
    let until = if rows.len() >= full { asked.from } else { asked.end() };
    asked.page(rows.iter().map(|row| read(row)), until)
}

fn read(row: &[&RawValue]) -> Result<Row, Malformed> {
    let [open_time, open, high, low, close, _volume, _close_time, _quote_volume, trades, ..] = row else {
        return Err(malformed("a row is short"));
    };
    let candle = Candle {
        open_time: instant(number(open_time)?).ok_or_else(|| malformed("time out of range"))?,
        open: price(open)?,
        high: price(high)?,
        low: price(low)?,
        close: price(close)?,
        partial: false,
    };
    Ok(Row { candle, is_traded: number(trades)? > 0 })
}

fn number(raw: &RawValue) -> Result<u64, Malformed> {
    serde_json::from_str(raw.get()).map_err(malformed)
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
    const START_MS: i64 = 1_795_257_180_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(START_MS + seconds * 1_000)
    }

    /// A row of the documented shape for the minute so many after the start.
    fn row(minute: i64, trades: u64) -> String {
        let open_ms = START_MS + minute * 60_000;
        format!(
            r#"[{open_ms},"95251.44000000","95300.10000000","95240.00000000","95299.99000000","12.51220000",{},"1191960.84135800",{trades},"7.10000000","676000.00000000","0"]"#,
            open_ms + 59_999
        )
    }

    /// What a page of `rows` says of minutes `from..to`, three rows being a full page, so many seconds
    /// after the start: `minutes until`.
    fn said(rows: &[String], from: i64, to: i64, settled: i64) -> String {
        match page(&format!("[{}]", rows.join(",")), from, to, settled) {
            Ok(page) => {
                let minute = |instant: Timestamp| instant.micros_since(at(0)) / 60_000_000;
                let minutes: Vec<_> = page.candles.iter().map(|candle| minute(candle.open_time)).collect();
                format!("{minutes:?} {}", minute(page.until))
            }
            Err(_) => "malformed".to_owned(),
        }
    }

    fn page(body: &str, from: i64, to: i64, settled: i64) -> Result<CandlePage, Malformed> {
        let asked =
            Asked { interval: Interval::Minute, from: at(60 * from), to: at(60 * to), settled: at(settled) };
        candles(body.as_bytes(), &asked, 3)
    }

    #[test]
    fn a_row_is_read_exactly_whatever_the_unit_of_its_times() {
        let price = |text: &str| text.parse::<Price>().unwrap();
        let expected = Candle {
            open_time: at(0),
            open: price("95251.44"),
            high: price("95300.1"),
            low: price("95240"),
            close: price("95299.99"),
            partial: false,
        };
        let body = format!("[{}]", row(0, 17));
        assert_eq!(page(&body, 0, 9, 600).unwrap().candles, [expected]);
        let micros = body.replace("1795257180000,", "1795257180000000,");
        assert_ne!(micros, body);
        assert_eq!(page(&micros, 0, 9, 600).unwrap().candles, [expected]);
        let longer = body.replace(r#""0"]"#, r#""0",{"new":1}]"#);
        assert_eq!(page(&longer, 0, 9, 600).unwrap().candles, [expected], "what comes behind is passed over");
    }

    #[test]
    fn a_page_says_how_far_it_reaches() {
        let check = |rows: &[i64], (from, to), settled, expected: &str| {
            let rows: Vec<String> = rows.iter().map(|&minute| row(minute, 2)).collect();
            assert_eq!(said(&rows, from, to, settled), expected, "{rows:?}");
        };
        check(&[0, 1], (0, 9), 600, "[0, 1] 9");
        check(&[0, 1, 2], (0, 9), 600, "[0, 1, 2] 3");
        check(&[4, 5, 6], (0, 9), 600, "[4, 5, 6] 7");
        check(&[], (0, 9), 600, "[] 9");
        check(&[], (0, 9), 301, "[] 5");
        check(&[3, 4, 5], (3, 9), 359, "[3, 4] 5");
        check(&[3, 4], (3, 9), 299, "[3] 4");
        check(&[3], (3, 9), 190, "[] 3");
    }

    #[test]
    fn a_minute_without_trades_has_no_candle() {
        assert_eq!(said(&[row(0, 1), row(1, 0), row(2, 0)], 0, 9, 600), "[0] 3");
    }

    #[test]
    fn what_is_no_page_is_malformed() {
        let good = row(1, 2);
        for (from, to) in [
            ("1795257240000", "1795257240001"),
            ("1795257240000", "-1"),
            ("1795257240000", "1795257120000"),
            ("1795257240000", "1795258140000"),
            (r#""95251.44000000""#, "95251.44"),
            (r#""95251.44000000""#, r#""0.00000000""#),
            (r#""95251.44000000""#, r#""95300.11""#),
            (r#""95299.99000000""#, r#""1e5""#),
            (",2,", ",null,"),
            (r#","7.10000000","676000.00000000","0"]"#, "]"),
        ] {
            let spoilt = good.replace(from, to);
            assert_ne!(spoilt, good);
            let expected = if to == "]" { "[1] 9" } else { "malformed" };
            assert_eq!(said(std::slice::from_ref(&spoilt), 0, 9, 600), expected, "{spoilt}");
        }
        assert_eq!(said(&[row(2, 1), row(1, 1)], 0, 9, 600), "malformed");
        assert_eq!(said(&[row(1, 1), row(1, 1)], 0, 9, 600), "malformed");
        for body in ["", "{}", "[1]", "[[]]", "[[1,2]]", r#"{"code":-1121,"msg":"Invalid symbol."}"#] {
            assert!(page(body, 0, 9, 600).is_err(), "{body}");
        }
        let whole = format!("[{good}]");
        for end in 0..whole.len() {
            assert!(page(&whole[..end], 0, 9, 600).is_err(), "cut at {end}");
        }
        let long = "9".repeat(1 << 20);
        assert!(page(&whole.replace("95251.44000000", &long), 0, 9, 600).is_err());
    }
}
