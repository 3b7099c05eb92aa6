//! `GET /api/searches/{id}/days`: the prices of a search by day, and what can be said of them.

use axum::Json;
use axum::extract::State;
use bellwether_model::{Price, SearchId, Timestamp, figures};
use bellwether_store::search::DayPrices;
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::query::Query;
use crate::http::schema;

/// Days that are told where nobody says how many, and at most.
const DAYS: u64 = 90;
const DAYS_MAX: u64 = 1_000;

/// The prices of a search by day.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SearchDays {
    #[schema(example = "USD")]
    currency: String,
    /// The oldest first; a day without an offer has none.
    items: Vec<DayView>,
    /// The lowest price of these days, and its day: the best time so far.
    best: Option<BestView>,
    /// By how much the cheapest offer of the last day is above or below that of the first.
    #[schema(example = "−12.5 %")]
    change: Option<String>,
}

/// A day, UTC.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchDay)]
pub(in crate::http) struct DayView {
    #[schema(value_type = String, format = DateTime)]
    day: Timestamp,
    /// The lowest that the cheapest offer cost on that day.
    #[schema(value_type = schema::Decimal)]
    low: Price,
    /// The highest that the cheapest offer cost.
    #[schema(value_type = schema::Decimal)]
    high: Price,
    /// The median of the offers' lowest prices.
    #[schema(value_type = schema::Decimal)]
    median: Price,
    /// Offers that could be bought on that day.
    count: u64,
}

/// The day with the lowest price.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BestDay)]
pub(in crate::http) struct BestView {
    #[schema(value_type = String, format = DateTime)]
    day: Timestamp,
    #[schema(value_type = schema::Decimal)]
    price: Price,
}

impl From<&DayPrices> for DayView {
    fn from(prices: &DayPrices) -> Self {
        let DayPrices { day, low, high, median, count } = *prices;
        Self { day, low, high, median, count }
    }
}

/// The prices of a search by day.
#[utoipa::path(get, path = "/api/searches/{id}/days", tag = "products",
    params(
        ("id" = uuid::Uuid, Path),
        ("days" = Option<u32>, Query, minimum = 1, maximum = 1_000, description = "How many at most; 90 where absent"),
    ),
    responses(
        (status = 200, body = SearchDays),
        (status = 404, description = "No such search, or one that none of your alerts watches"),
    ))]
pub(in crate::http) async fn list_days(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<SearchId>,
    mut query: Query,
) -> Result<Json<SearchDays>, ApiError> {
    let days = query.one::<u64>("days").unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        query.refuse("days", "must be from 1 to 1000");
    }
    query.finish()?;
    let record = find(&api, caller.user, id).await?;
    let found = api.store().daily_lows(id, u32::try_from(days).unwrap_or(u32::MAX)).await?;
    let best = found.iter().min_by_key(|day| (day.low, day.day));
    let change =
        found.first().zip(found.last()).and_then(|(first, last)| figures::change(first.low, last.low));
    Ok(Json(SearchDays {
        currency: record.search.currency().to_string(),
        best: best.map(|day| BestView { day: day.day, price: day.low }),
        change,
        items: found.iter().map(DayView::from).collect(),
    }))
}
