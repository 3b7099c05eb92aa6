//! `GET /api/searches`: the searches that one's alerts watch.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::SearchView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::query::Query;

/// One's searches.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Searches {
    /// The newest first.
    items: Vec<SearchView>,
}

/// The searches that one's alerts watch.
#[utoipa::path(get, path = "/api/searches", tag = "products", responses((status = 200, body = Searches)))]
pub(in crate::http) async fn list_searches(
    State(api): State<ApiState>,
    caller: Caller,
    query: Query,
) -> Result<Json<Searches>, ApiError> {
    query.finish()?;
    let records = api.store().list_searches(caller.user).await?;
    let items = records.into_iter().map(|record| SearchView::of(&api, record)).collect();
    Ok(Json(Searches { items }))
}
