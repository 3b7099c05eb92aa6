//! `DELETE /api/me`: the account, its alerts, and everything personal are gone; nothing more is sent.

use axum::extract::State;
use axum::http::StatusCode;

use super::gone;
use crate::http::ApiState;
use crate::http::auth::LoggedIn;
use crate::http::error::{ApiError, Conflict};

/// Delete one's own account.
#[utoipa::path(delete, path = "/api/me", tag = "accounts", responses(
    (status = 204, description = "The account and everything personal is gone"),
    (status = 409, description = "In single-user mode: the account is its owner's"),
))]
pub(in crate::http) async fn delete_me(
    State(api): State<ApiState>,
    caller: LoggedIn,
) -> Result<StatusCode, ApiError> {
    if api.owner() == Some(caller.user) {
        return Err(ApiError::Conflict(Conflict::Owner));
    }
    let deleted = api.store().delete_user(caller.user, api.now()).await?;
    api.sessions().forget_all();
    api.keys().forget_user(caller.user);
    api.generations().bump(caller.user);
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(gone()) }
}
