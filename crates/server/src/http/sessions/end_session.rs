//! `DELETE /api/session`: logging out in the interface.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::cookie;
use crate::http::ApiState;
use crate::http::auth::tokens::hash_of_refresh_token;
use crate::http::error::ApiError;
use crate::http::here::refuse_other_sites;

/// Log out in a browser.
#[utoipa::path(delete, path = "/api/session", tag = "accounts", security(()),
    responses((status = 204, description = "The login is over, if there was one")))]
pub(in crate::http) async fn end_session(
    State(api): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    refuse_other_sites(&headers)?;
    if let Some(shown) = cookie::shown(&headers)
        && let Some(session) = api.store().revoke_session_of(hash_of_refresh_token(shown), api.now()).await?
    {
        api.sessions().forget(session);
    }
    let cookie = cookie::forgetting(api.limits().https);
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}
