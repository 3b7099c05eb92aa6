//! `DELETE /api/alerts/{id}`: nothing of it is sent any more, not even what waits. Doing it again is
//! fine.

use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::{AlertId, UserId};

use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// Delete an alert.
#[utoipa::path(delete, path = "/api/alerts/{id}", tag = "alerts", params(("id" = uuid::Uuid, Path)), responses(
    (status = 204, description = "It is deleted, now or before"),
    (status = 404, description = "No such alert, or somebody else's"),
))]
pub(in crate::http) async fn delete_alert(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
) -> Result<StatusCode, ApiError> {
    delete(&api, caller.user, id).await
}

/// Deletes an alert of a user.
pub(in crate::http) async fn delete(
    api: &ApiState,
    user: UserId,
    id: AlertId,
) -> Result<StatusCode, ApiError> {
    let deleted = api.store().delete_alert(user, id, api.now()).await?;
    deleted.ok_or(ApiError::NotFound("alert"))?;
    api.generations().bump(user);
    Ok(StatusCode::NO_CONTENT)
}
