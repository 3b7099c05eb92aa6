//! `GET /products/{id}/candles`: rows of six numbers, the newest first.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::error::ApiError;
use super::ledger;
use crate::coinbase::payload;
use crate::market::interval::{Interval, SECOND_US};
use crate::market::ledger::Window;
use crate::venue::stage::Stage;

/// The longest page.
const MOST: i64 = 300;
/// The lengths that there are, in seconds, by the name that they have elsewhere.
const LENGTHS: [(i64, &str); 6] =
    [(60, "1m"), (300, "5m"), (900, "15m"), (3_600, "1h"), (21_600, "6h"), (86_400, "1d")];

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    granularity: Option<i64>,
    start: Option<String>,
    end: Option<String>,
}

/// Without both a start and an end: what ends now. Stretches without a trade have no row.
pub(super) async fn get_candles(
    State(stage): State<Arc<Stage>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, ApiError> {
    let ledger = ledger(&stage, &id)?;
    let seconds = asked.granularity.unwrap_or(60);
    let known = LENGTHS.iter().find(|(length, _)| *length == seconds);
    let (_, name) = known.ok_or_else(|| ApiError::bad_request("Unsupported granularity"))?;
    let interval: Interval = name.parse().map_err(|_| ApiError::bad_request("Unsupported granularity"))?;
    let (length_us, now_us) = (seconds * SECOND_US, stage.now_us());
    let (from_us, to_us) = match (asked.start.as_deref(), asked.end.as_deref()) {
        (Some(start), Some(end)) => (instant(start, "Invalid start")?, instant(end, "Invalid end")?),
        _ => (now_us - (MOST - 1) * length_us, now_us),
    };
    if to_us < from_us {
        return Err(ApiError::bad_request("start must be before end"));
    }
    if (to_us - from_us) / length_us >= MOST {
        let wrong =
            "granularity too small for the requested time range. Count of aggregations requested exceeds 300";
        return Err(ApiError::bad_request(wrong));
    }
    let window = Window { from_us: Some(from_us), to_us: Some(to_us) };
    let klines = ledger.klines(interval, 0, window, now_us, usize::try_from(MOST).unwrap_or(300));
    let price = |price| payload::price(&ledger.symbol, price);
    let rows = klines.iter().rev().filter(|kline| kline.candle.trades > 0).map(|kline| {
        let (time, candle) = (kline.open_us / SECOND_US, &kline.candle);
        let [low, high, open, close] = [candle.low, candle.high, candle.open, candle.close].map(price);
        format!("[{time},{low},{high},{open},{close},{}]", candle.volume.whole())
    });
    let body = format!("[{}]", rows.collect::<Vec<_>>().join(","));
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// RFC 3339, or seconds since the epoch.
fn instant(text: &str, wrong: &'static str) -> Result<i64, ApiError> {
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(SECOND_US).ok_or_else(|| ApiError::bad_request(wrong));
    }
    let time: Timestamp = text.parse().map_err(|_| ApiError::bad_request(wrong))?;
    Ok(time.as_microsecond())
}
