//! `POST /api/session`: logging in from the interface.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::{Session, answer};
use crate::http::ApiState;
use crate::http::auth::Client;
use crate::http::error::ApiError;
use crate::http::here::refuse_other_sites;
use crate::http::input::JsonBody;
use crate::http::tokens::{Credentials, log_in};

/// Log in from a browser: the refresh token becomes a cookie.
#[utoipa::path(post, path = "/api/session", tag = "accounts", request_body = Credentials, security(()),
    responses((status = 200, body = Session)))]
pub(in crate::http) async fn create_session(
    State(api): State<ApiState>,
    Client(client): Client,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Response, ApiError> {
    // The cookie is not sent with such requests, but a browser too old to know that must not be what this rests on.
    refuse_other_sites(&headers)?;
    let login = log_in(&api, client, &body).await?;
    Ok(answer(&api, &login))
}
