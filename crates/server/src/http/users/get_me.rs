//! `GET /api/me`.

use axum::Json;
use axum::extract::State;

use super::{Me, gone};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;

/// One's own account.
#[utoipa::path(get, path = "/api/me", tag = "accounts", responses((status = 200, body = Me)))]
pub(in crate::http) async fn get_me(
    State(api): State<ApiState>,
    caller: Caller,
) -> Result<Json<Me>, ApiError> {
    let user = api.store().user(caller.user).await?.ok_or_else(gone)?;
    Ok(Json(Me::of(user, &api)))
}
