//! `GET /api/listings/{id}/prices`: what a listing cost from when on.

use axum::Json;
use axum::extract::State;
use bellwether_model::Timestamp;
use bellwether_model::product::{Availability, ListingId, Money};
use bellwether_store::listing::ListingPrice;
use serde::Serialize;
use utoipa::ToSchema;

use super::site_of;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::query::Query;
use crate::http::schema;

/// What a listing cost.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ListingPrices {
    #[schema(example = "v1|110553|0")]
    id: String,
    #[schema(example = "EBAY_US")]
    marketplace: &'static str,
    /// One entry for each change, the oldest first; the first is what was in force at `from`.
    items: Vec<ListingPriceView>,
}

/// What it cost from an instant on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListingPrice)]
pub(in crate::http) struct ListingPriceView {
    /// When that was observed.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    #[schema(value_type = Option<schema::Money>)]
    price: Option<Money>,
    /// `available`, `out_of_stock` or `ended`.
    #[schema(value_type = String, example = "available")]
    availability: Availability,
}

impl From<ListingPrice> for ListingPriceView {
    fn from(price: ListingPrice) -> Self {
        let ListingPrice { observed_at, price, availability } = price;
        Self { time: observed_at, price, availability }
    }
}

/// What a listing cost from when on.
#[utoipa::path(get, path = "/api/listings/{id}/prices", tag = "products",
    params(
        ("id" = String, Path, example = "v1|110553|0"),
        ("marketplace" = Option<String>, Query, example = "EBAY_US"),
        ("from" = Option<String>, Query, format = DateTime, description = "All that is known, where absent"),
        ("to" = Option<String>, Query, format = DateTime, description = "Now, where absent"),
    ),
    responses(
        (status = 200, body = ListingPrices),
        (status = 404, description = "It was never seen here"),
    ))]
pub(in crate::http) async fn list_prices(
    State(api): State<ApiState>,
    _: Caller,
    InPath(id): InPath<ListingId>,
    mut query: Query,
) -> Result<Json<ListingPrices>, ApiError> {
    let site = site_of(&mut query);
    let (from, to) = (query.one::<Timestamp>("from"), query.one::<Timestamp>("to"));
    query.finish()?;
    let listing = api.store().listing(&id, site).await?.ok_or(ApiError::NotFound("listing"))?;
    let site = listing.offer.site;
    let from = from.unwrap_or(Timestamp::from_micros(0));
    // What is observed now is told, too.
    let to = to.unwrap_or_else(|| Timestamp::from_micros(api.now().micros() + 1));
    let items = api.store().listing_prices(&id, site, from, to).await?;
    Ok(Json(ListingPrices {
        id: id.to_string(),
        marketplace: site.name(),
        items: items.into_iter().map(ListingPriceView::from).collect(),
    }))
}
