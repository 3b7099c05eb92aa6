//! The person who asks, by the access token that they show.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use bellwether_model::{SessionId, UserId};

use super::tokens::TokenError;
use crate::http::ApiState;
use crate::http::error::{ApiError, Unauthenticated};

/// The person who asks, and the login that they ask under.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Caller {
    pub(in crate::http) user: UserId,
    pub(in crate::http) session: SessionId,
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, ApiError> {
        let refuse = |why| Err(ApiError::Unauthenticated(why));
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) = header.and_then(bearer) else {
            return refuse(Unauthenticated::NoToken);
        };
        let now = api.now();
        let access = match api.tokens().read_access(token, now) {
            Ok(access) => access,
            Err(TokenError::Invalid) => return refuse(Unauthenticated::InvalidToken),
            Err(TokenError::Expired) => return refuse(Unauthenticated::ExpiredToken),
        };
        if !api.sessions().is_active(api.store(), access.session, now).await? {
            return refuse(Unauthenticated::InvalidToken);
        }
        Ok(Self { user: access.user, session: access.session })
    }
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}
