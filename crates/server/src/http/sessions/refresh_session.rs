//! `POST /api/session/refresh`: the next access token for the cookie.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use bellwether_model::Span;

use super::{LEEWAY_SECONDS, Session, answer, cookie};
use crate::http::ApiState;
use crate::http::auth::tokens::hash_of_refresh_token;
use crate::http::error::{ApiError, Unauthenticated};
use crate::http::here::refuse_other_sites;
use crate::http::tokens::renew;

/// Go on with the login that the cookie is of. A cookie of none is taken back.
#[utoipa::path(post, path = "/api/session/refresh", tag = "accounts", security(()),
    responses((status = 200, body = Session), (status = 401, description = "No login, or none any more")))]
pub(in crate::http) async fn refresh_session(
    State(api): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    refuse_other_sites(&headers)?;
    let shown = cookie::shown(&headers);
    let shown = shown.ok_or(ApiError::Unauthenticated(Unauthenticated::InvalidRefreshToken))?;
    let leeway = Span::from_seconds(LEEWAY_SECONDS).expect("half a minute is a span");
    match renew(&api, hash_of_refresh_token(shown), leeway).await {
        Ok(login) => Ok(answer(&api, &login)),
        Err(refusal @ ApiError::Unauthenticated(_)) => {
            Ok(([(SET_COOKIE, cookie::forgetting(api.limits().https))], refusal).into_response())
        }
        Err(error) => Err(error),
    }
}
