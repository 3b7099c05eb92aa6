//! `DELETE /api/keys/{id}`: of no more use, at once in this process, within ten seconds in others.

use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::KeyId;

use crate::http::ApiState;
use crate::http::auth::LoggedIn;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// Delete a key. It takes a login.
#[utoipa::path(delete, path = "/api/keys/{id}", tag = "accounts", params(("id" = uuid::Uuid, Path)), responses(
    (status = 204, description = "It is of no more use"),
    (status = 404, description = "No such key, or somebody else's"),
))]
pub(in crate::http) async fn delete_key(
    State(api): State<ApiState>,
    caller: LoggedIn,
    InPath(id): InPath<KeyId>,
) -> Result<StatusCode, ApiError> {
    let deleted = api.store().delete_key(caller.user, id).await?;
    api.keys().forget(id);
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::NotFound("key")) }
}
