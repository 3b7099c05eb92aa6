//! `PATCH /api/feeds/{id}`: whether others may watch a feed.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::FeedView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes the body, which is read field by field")]
pub(in crate::http) struct FeedChange {
    /// Whether others may watch its instruments. Alerts that they have on it stay when they may not any more.
    published: bool,
}

/// Publish a feed, or keep it to oneself again.
#[utoipa::path(patch, path = "/api/feeds/{id}", tag = "markets",
    params(("id" = String, Path, description = "Its name", example = "my-feed")),
    request_body = FeedChange,
    responses(
        (status = 200, body = FeedView),
        (status = 404, description = "You push to no feed of that name"),
    ))]
pub(in crate::http) async fn change_feed(
    State(api): State<ApiState>,
    caller: Caller,
    Path(name): Path<String>,
    body: JsonBody,
) -> Result<Json<FeedView>, ApiError> {
    let published = body.read(|fields, faults| {
        if !fields.has("published") {
            faults.add("published", "required", "is required");
        }
        fields.flag(faults, "published")
    })?;
    let changed = api.store().publish_feed(caller.user, &name, published).await?;
    changed.map(|feed| Json(feed.into())).ok_or(ApiError::NotFound("feed"))
}
