//! `GET /api/instruments/{id}/candles`: what its price did, minute by minute, hour by hour or day by day.

use axum::Json;
use axum::extract::State;
use bellwether_model::{Candle, Instrument, Interval, Price, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::query::Query;
use crate::http::schema;

/// Candles in one answer.
const CANDLES_MAX: u32 = 1_000;

/// A stretch of an instrument's price history.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Candles {
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    /// `1m`, `1h` or `1d`.
    #[schema(example = "1h")]
    interval: &'static str,
    /// The newest last. A stretch without a trade has none.
    items: Vec<CandleView>,
    /// The address of the candles after these, relative to this server; null at the end.
    #[schema(
        example = "/api/instruments/binance%3ABTCUSDT/candles?interval=1h&from=2026-11-21T10%3A00%3A00Z"
    )]
    next: Option<String>,
}

/// First, highest, lowest and last price of a minute, an hour or a day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Candle)]
pub(in crate::http) struct CandleView {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    #[schema(value_type = schema::Decimal)]
    open: Price,
    #[schema(value_type = schema::Decimal)]
    high: Price,
    #[schema(value_type = schema::Decimal)]
    low: Price,
    #[schema(value_type = schema::Decimal)]
    close: Price,
    /// Whether it was not wholly watched; the venue's own candle takes its place once that is there.
    partial: bool,
    /// Whether it still runs, or nothing was traded since.
    running: bool,
}

impl CandleView {
    pub(super) fn of(candle: Candle, running: bool) -> Self {
        let Candle { open_time, open, high, low, close, partial } = candle;
        Self { time: open_time, open, high, low, close, partial, running }
    }
}

/// What the price of an instrument did.
#[utoipa::path(get, path = "/api/instruments/{id}/candles", tag = "markets",
    params(
        ("id" = String, Path, example = "binance:BTCUSDT"),
        ("interval" = inline(Option<schema::choices::CandleLength>), Query, example = "1h", description = "`1m`, `1h` (where absent) or `1d`"),
        ("from" = Option<String>, Query, format = DateTime,
            description = "The first instant; 1,000 candles before the last one where absent"),
        ("to" = Option<String>, Query, format = DateTime,
            description = "The instant before which the last one begins; now where absent"),
    ),
    responses(
        (status = 200, body = Candles),
        (status = 404, description = "Its venue has no such instrument, or is not watched here"),
    ))]
pub(in crate::http) async fn list_candles(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(asked): InPath<Instrument>,
    mut query: Query,
) -> Result<Json<Candles>, ApiError> {
    let interval: Interval = query.one("interval").unwrap_or(Interval::Hour);
    let (from, to) = (query.one::<Timestamp>("from"), query.one::<Timestamp>("to"));
    let asked_for = query.finish()?;
    let instrument = find(&api, caller.user, &asked).await?.instrument;

    // The running candle begins at or before now.
    let to = to.unwrap_or_else(|| interval.end_of(interval.open_of(api.now())));
    let most_us = interval.micros().saturating_mul(i64::from(CANDLES_MAX));
    let from = from.unwrap_or_else(|| Timestamp::from_micros(to.micros().saturating_sub(most_us)));
    let (finished, running) = api.store().history(&instrument, interval, from, to, CANDLES_MAX + 1).await?;
    let mut items: Vec<CandleView> =
        finished.into_iter().map(|candle| CandleView::of(candle, false)).collect();
    items.extend(running.map(|candle| CandleView::of(candle, true)));
    let most = usize::try_from(CANDLES_MAX).unwrap_or(usize::MAX);
    let next = items.get(most).map(|first| asked_for.with("from", &first.time.to_string()));
    items.truncate(most);
    Ok(Json(Candles { instrument, interval: interval.name(), items, next }))
}
