//! `GET /api/instruments/{id}/coverage`: when an instrument was truly watched, and when nobody knows.

use axum::Json;
use axum::extract::State;
use bellwether_model::{Instrument, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::coverage::{Coverage, StretchView};
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::query::Query;
use crate::http::schema;

/// What is looked at where the request does not say: a day.
const DAY_US: i64 = 86_400_000_000;

/// When an instrument was watched.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Coverage)]
pub(in crate::http) struct CoverageView {
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// Every trade, or every poll, of these stretches was evaluated, at once or fetched afterwards.
    covered: Vec<StretchView>,
    /// What lies between: nobody knows what the price did there.
    blind: Vec<StretchView>,
}

/// When an instrument was watched, and when not.
#[utoipa::path(get, path = "/api/instruments/{id}/coverage", tag = "markets",
    params(
        ("id" = String, Path, example = "binance:BTCUSDT"),
        ("from" = Option<String>, Query, format = DateTime, description = "A day before the end where absent"),
        ("to" = Option<String>, Query, format = DateTime, description = "Now where absent"),
    ),
    responses(
        (status = 200, body = CoverageView),
        (status = 404, description = "Its venue has no such instrument, or is not watched here"),
    ))]
pub(in crate::http) async fn get_coverage(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(asked): InPath<Instrument>,
    mut query: Query,
) -> Result<Json<CoverageView>, ApiError> {
    let (from, to) = (query.one::<Timestamp>("from"), query.one::<Timestamp>("to"));
    query.finish()?;
    let instrument = find(&api, caller.user, &asked).await?.instrument;
    let now = api.now();
    let to = to.unwrap_or(now).min(now);
    let from = from.unwrap_or_else(|| Timestamp::from_micros(to.micros().saturating_sub(DAY_US))).min(to);
    let coverage = Coverage::read(&api, &instrument, from, to).await?;
    let (covered, blind) = (coverage.covered(), coverage.blind());
    Ok(Json(CoverageView { instrument, from, to, covered, blind }))
}
