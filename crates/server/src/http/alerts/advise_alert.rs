//! `GET /api/alerts/advice`: how often a price was reached, before an alert at it is made.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use bellwether_engine::{Reached, reached};
use bellwether_model::{Candle, Instrument, Interval, Price, Timestamp, words};
use bellwether_store::{Store, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::instruments::find;
use crate::http::query::Query;
use crate::http::schema;

/// The stretches that are told apart, in days, the longest last.
const DAYS: [u32; 3] = [30, 90, 365];
/// Candles that are read at most: a year of hours, and one more day.
const CANDLES_MAX: u32 = 366 * 24;

/// How often a price was reached.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Advice {
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    #[schema(value_type = schema::Decimal)]
    price: Price,
    /// All of it in words.
    #[schema(
        example = "33,000 was reached on 3 of the last 30 days, on 7 of 90 and on 20 of 365, the last \
                        time at 2026-11-20T10:00:00Z."
    )]
    sentence: String,
    /// The last 30, 90 and 365 days of UTC, today included.
    periods: Vec<PeriodView>,
}

/// What became of a price in the last so many days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdvicePeriod)]
pub(in crate::http) struct PeriodView {
    days: u32,
    /// Of those, how many have a price history.
    days_covered: u32,
    /// Of those, on how many the price was reached or passed.
    days_reached: u32,
    /// How often it was reached or passed from one side, as far as hours show it.
    crossings: u32,
    /// The beginning of the last hour (or day, where hours are not known) in which it was; null where it
    /// was not.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_reached: Option<Timestamp>,
}

impl PeriodView {
    fn of(found: Reached) -> Self {
        Self {
            days: found.days,
            days_covered: found.covered,
            days_reached: found.on,
            crossings: found.crossings,
            last_reached: found.last,
        }
    }
}

/// How often a price was reached.
#[utoipa::path(get, path = "/api/alerts/advice", tag = "alerts",
    params(
        ("instrument" = schema::Instrument, Query, example = "binance:BTCUSDT"),
        ("price" = schema::Decimal, Query, example = "33000"),
    ),
    responses(
        (status = 200, body = Advice),
        (status = 404, description = "Its venue has no such instrument, or is not watched here"),
    ))]
pub(in crate::http) async fn advise_alert(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<Advice>, ApiError> {
    let (instrument, price) = (query.required::<Instrument>("instrument"), query.required_price("price"));
    query.finish()?;
    let not_found = || ApiError::NotFound("instrument");
    let (asked, price) = instrument.zip(price).ok_or_else(not_found)?;
    let instrument = find(&api, caller.user, &asked).await?.instrument;
    let now = api.now();
    let past = past(api.store(), &instrument, now).await?;
    let found = reached(price, past, DAYS, now);
    let sentence = sentence(price, &found);
    Ok(Json(Advice { instrument, price, sentence, periods: found.into_iter().map(PeriodView::of).collect() }))
}

/// A year of hours, and of those days that have none.
async fn past(
    store: &Store,
    instrument: &Instrument,
    now: Timestamp,
) -> Result<Vec<(Interval, Candle)>, StoreError> {
    let year_us = Interval::Day.micros() * i64::from(DAYS[DAYS.len() - 1]);
    let from = Interval::Day.open_of(Timestamp::from_micros(now.micros().saturating_sub(year_us)));
    let to = Interval::Day.end_of(Interval::Day.open_of(now));
    let (mut hours, running) = store.history(instrument, Interval::Hour, from, to, CANDLES_MAX).await?;
    hours.extend(running);
    let known: BTreeSet<Timestamp> =
        hours.iter().map(|candle| Interval::Day.open_of(candle.open_time)).collect();
    let days = store.candles(instrument, Interval::Day, from, to, CANDLES_MAX).await?;
    let days = days.into_iter().filter(|candle| !known.contains(&candle.open_time));
    let mut past: Vec<(Interval, Candle)> =
        hours.into_iter().map(|candle| (Interval::Hour, candle)).collect();
    past.extend(days.map(|candle| (Interval::Day, candle)));
    past.sort_unstable_by_key(|(_, candle)| candle.open_time);
    Ok(past)
}

fn sentence(price: Price, found: &[Reached; 3]) -> String {
    let [month, quarter, year] = found;
    let price = words::number(price);
    let known = match year.covered {
        0 => return "Nothing is known of its past yet.".to_owned(),
        covered if covered >= year.days => String::new(),
        1 => format!(" Of the {} days 1 is known.", year.days),
        covered => format!(" Of the {} days {covered} are known.", year.days),
    };
    let told = match year.last {
        None => format!("{price} was not reached in the last {} days.", year.days),
        Some(last) => format!(
            "{price} was reached on {} of the last {} days, on {} of {} and on {} of {}, the last time at {last}.",
            month.on, month.days, quarter.on, quarter.days, year.on, year.days
        ),
    };
    told + &known
}
