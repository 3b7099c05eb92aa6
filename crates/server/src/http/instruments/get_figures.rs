//! `GET /api/instruments/{id}/figures`: what its price did lately, in a few figures.

use axum::Json;
use axum::extract::State;
use bellwether_engine::{Summary, summary};
use bellwether_model::{Instrument, Interval, Price, Span, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::query::Query;
use crate::http::{ApiState, schema};

/// The shortest and the longest look-back, in seconds.
const SHORTEST_S: u64 = 600;
const LONGEST_S: u64 = 366 * 86_400;
/// Up to these look-backs minutes and hours are read, beyond them days: never more than some 1,500 candles.
const MINUTES_S: u64 = 86_400;
const HOURS_S: u64 = 60 * 86_400;
const CANDLES_MAX: u32 = 1_500;

/// What a price did lately.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Figures {
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    #[schema(value_type = String, example = "1d")]
    look_back: Span,
    /// The length of the candles that it was taken from: `1m` up to a day, `1h` up to 60 days, `1d` beyond.
    #[schema(example = "1m")]
    interval: &'static str,
    /// How many candles that were; with none, every other figure is null.
    count: usize,
    /// Of those, how many were not wholly watched.
    partial: usize,
    /// When the first of them begins: later than asked for, where less is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[schema(value_type = Option<schema::Decimal>)]
    first: Option<Price>,
    #[schema(value_type = Option<schema::Decimal>)]
    last: Option<Price>,
    /// The lowest and the highest price of all.
    #[schema(value_type = Option<schema::Decimal>)]
    minimum: Option<Price>,
    #[schema(value_type = Option<schema::Decimal>)]
    maximum: Option<Price>,
    /// The mean of the candles' last prices, rounded.
    #[schema(value_type = Option<schema::Decimal>)]
    mean: Option<Price>,
    /// The one in the middle of the candles' last prices.
    #[schema(value_type = Option<schema::Decimal>)]
    median: Option<Price>,
    /// By how many percent the last price lies from the first, rounded to two decimals.
    #[schema(example = "-2.5")]
    change_percent: Option<String>,
}

/// What a price did lately.
///
/// Taken from the candles that begin within the look-back, which are never more than some 1,500; the running one is
/// among them.
#[utoipa::path(get, path = "/api/instruments/{id}/figures", tag = "markets",
    params(
        ("id" = String, Path, example = "binance:BTCUSDT"),
        ("look_back" = Option<String>, Query, example = "1d", description = "From `10m` to `366d`; `1d` where absent"),
    ),
    responses(
        (status = 200, body = Figures),
        (status = 404, description = "Its venue has no such instrument, or is not watched here"),
    ))]
pub(in crate::http) async fn get_figures(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(asked): InPath<Instrument>,
    mut query: Query,
) -> Result<Json<Figures>, ApiError> {
    let look_back: Option<Span> = query.one("look_back");
    if look_back.is_some_and(|span| !(SHORTEST_S..=LONGEST_S).contains(&span.seconds())) {
        query.refuse("look_back", "must be from 10m to 366d");
    }
    query.finish()?;
    let look_back =
        look_back.map_or_else(|| Span::from_seconds(MINUTES_S), Ok).map_err(ApiError::internal)?;
    let instrument = find(&api, caller.user, &asked).await?.instrument;
    let interval = match look_back.seconds() {
        seconds if seconds <= MINUTES_S => Interval::Minute,
        seconds if seconds <= HOURS_S => Interval::Hour,
        _ => Interval::Day,
    };
    let now = api.now();
    let (from, to) = (now.saturating_sub(look_back), interval.end_of(interval.open_of(now)));
    let (mut candles, running) = api.store().history(&instrument, interval, from, to, CANDLES_MAX).await?;
    candles.extend(running);
    let figures = summary(&candles);
    let of = |price: fn(&Summary) -> Price| figures.as_ref().map(price);
    Ok(Json(Figures {
        look_back,
        interval: interval.name(),
        count: candles.len(),
        partial: figures.as_ref().map_or(0, |figures| figures.partial),
        from: figures.as_ref().map(|figures| figures.from),
        first: of(|figures| figures.first),
        last: of(|figures| figures.last),
        minimum: of(|figures| figures.minimum),
        maximum: of(|figures| figures.maximum),
        mean: figures.as_ref().and_then(|figures| figures.mean),
        median: of(|figures| figures.median),
        change_percent: figures.as_ref().and_then(|figures| figures.change).map(|change| change.to_string()),
        instrument,
    }))
}
