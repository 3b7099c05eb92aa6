//! `DELETE /api/channels/{id}`: nothing goes there any more, not even what waits. Doing it again is fine.

use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::ChannelId;

use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// Delete a channel.
///
/// Alerts that name it keep naming it, and nothing of theirs goes over it: their `explain` says so
/// (`channel_deleted`).
#[utoipa::path(delete, path = "/api/channels/{id}", tag = "delivery", params(("id" = uuid::Uuid, Path)), responses(
    (status = 204, description = "It is deleted, now or before"),
    (status = 404, description = "No such channel, or somebody else's"),
))]
pub(in crate::http) async fn delete_channel(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ChannelId>,
) -> Result<StatusCode, ApiError> {
    let deleted = api.store().delete_channel(caller.user, id, api.now()).await?;
    deleted.ok_or(ApiError::NotFound("channel"))?;
    Ok(StatusCode::NO_CONTENT)
}
