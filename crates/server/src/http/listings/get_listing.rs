//! `GET /api/listings/{id}`: one listing.

use axum::Json;
use axum::extract::State;
use bellwether_model::product::ListingId;

use super::{ListingView, site_of};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::query::Query;

/// One listing.
#[utoipa::path(get, path = "/api/listings/{id}", tag = "products",
    params(
        ("id" = String, Path, example = "v1|110553|0"),
        ("marketplace" = Option<String>, Query, example = "EBAY_US",
            description = "Where; the site that told of it last, where absent"),
    ),
    responses(
        (status = 200, body = ListingView),
        (status = 404, description = "It was never seen here"),
    ))]
pub(in crate::http) async fn get_listing(
    State(api): State<ApiState>,
    _: Caller,
    InPath(id): InPath<ListingId>,
    mut query: Query,
) -> Result<Json<ListingView>, ApiError> {
    let site = site_of(&mut query);
    query.finish()?;
    let listing = api.store().listing(&id, site).await?.ok_or(ApiError::NotFound("listing"))?;
    Ok(Json(listing.into()))
}
