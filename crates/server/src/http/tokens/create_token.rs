//! `POST /api/token`: logging in.

use axum::Json;
use axum::extract::State;

use super::{Credentials, TokenPair, log_in};
use crate::http::ApiState;
use crate::http::auth::Client;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;

/// Log in.
#[utoipa::path(post, path = "/api/token", tag = "accounts", request_body = Credentials, security(()),
    responses((status = 200, body = TokenPair)))]
pub(in crate::http) async fn create_token(
    State(api): State<ApiState>,
    Client(client): Client,
    body: JsonBody,
) -> Result<Json<TokenPair>, ApiError> {
    let login = log_in(&api, client, &body).await?;
    Ok(Json(TokenPair::new(&api, login)))
}
