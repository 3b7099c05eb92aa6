//! `POST /api/token/revoke`: logging out. The refresh token and the access tokens of its login are of no
//! more use: at once in this process, within ten seconds in others.

use axum::extract::State;
use axum::http::StatusCode;

use super::{Refresh, read_refresh};
use crate::http::ApiState;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;

/// Log out.
#[utoipa::path(post, path = "/api/token/revoke", tag = "accounts", request_body = Refresh, security(()),
    responses((status = 204, description = "The login is over, if there was one")))]
pub(in crate::http) async fn revoke_token(
    State(api): State<ApiState>,
    body: JsonBody,
) -> Result<StatusCode, ApiError> {
    let token = body.read(read_refresh)?;
    if let Some(session) = api.store().revoke_session_of(token, api.now()).await? {
        api.sessions().forget(session);
    }
    Ok(StatusCode::NO_CONTENT)
}
