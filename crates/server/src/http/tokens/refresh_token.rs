//! `POST /api/token/refresh`: the next pair for a refresh token.

use axum::Json;
use axum::extract::State;
use bellwether_model::Span;

use super::{Refresh, TokenPair, read_refresh, renew};
use crate::http::ApiState;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;

/// Exchange a refresh token for the next pair.
#[utoipa::path(post, path = "/api/token/refresh", tag = "accounts", request_body = Refresh, security(()),
    responses((status = 200, body = TokenPair)))]
pub(in crate::http) async fn refresh_token(
    State(api): State<ApiState>,
    body: JsonBody,
) -> Result<Json<TokenPair>, ApiError> {
    let login = renew(&api, body.read(read_refresh)?, Span::ZERO).await?;
    Ok(Json(TokenPair::new(&api, login)))
}
