//! `GET /api/feeds`: the feeds that one pushes to, by name. There are never many.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::FeedView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;

/// One's feeds.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Feeds {
    items: Vec<FeedView>,
}

/// The feeds that one pushes to.
#[utoipa::path(get, path = "/api/feeds", tag = "markets", responses((status = 200, body = Feeds)))]
pub(in crate::http) async fn list_feeds(
    State(api): State<ApiState>,
    caller: Caller,
) -> Result<Json<Feeds>, ApiError> {
    let feeds = api.store().feeds_of(caller.user).await?;
    Ok(Json(Feeds { items: feeds.into_iter().map(FeedView::from).collect() }))
}
