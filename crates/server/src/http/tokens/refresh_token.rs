//! `POST /api/token/refresh`: the next pair for a refresh token.

use axum::Json;
use axum::extract::State;
use bellwether_store::session::Rotation;

use super::{Refresh, TokenPair, read_refresh};
use crate::http::ApiState;
use crate::http::auth::tokens::{Access, new_refresh_token};
use crate::http::error::{ApiError, Unauthenticated};
use crate::http::input::JsonBody;

/// Exchange a refresh token for the next pair.
#[utoipa::path(post, path = "/api/token/refresh", tag = "accounts", request_body = Refresh, security(()),
    responses((status = 200, body = TokenPair)))]
pub(in crate::http) async fn refresh_token(
    State(api): State<ApiState>,
    body: JsonBody,
) -> Result<Json<TokenPair>, ApiError> {
    let shown = body.read(read_refresh)?;
    let now = api.now();
    let (refresh, next) = new_refresh_token();
    let expires_at = now.saturating_add(api.accounts().refresh_token_lasts);
    match api.store().rotate_token(shown, next, expires_at, now).await? {
        Rotation::Rotated { user, session } => {
            Ok(Json(TokenPair::new(&api, Access { user, session }, refresh)))
        }
        Rotation::Reused { user } => {
            tracing::warn!(%user, "a refresh token was shown twice: its login was ended");
            Err(ApiError::Unauthenticated(Unauthenticated::InvalidRefreshToken))
        }
        Rotation::Invalid => Err(ApiError::Unauthenticated(Unauthenticated::InvalidRefreshToken)),
    }
}
