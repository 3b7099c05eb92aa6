//! Logins of the web interface: the refresh token travels in a cookie that no script can read.
//!
//! The page holds its access token in memory and nothing else, so what a script could steal is good for
//! minutes. The cookie is sent to these calls alone and never along with another site's request. Since all
//! tabs share it, two may show it at once, and a page that is reloaded loses its answer: it stays good for
//! [`LEEWAY_SECONDS`] after its first use.

mod cookie;
pub(super) mod create_session;
pub(super) mod end_session;
pub(super) mod refresh_session;

use axum::Json;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::tokens::Login;

/// How long a refresh token that was used may be shown once more.
const LEEWAY_SECONDS: u64 = 30;

/// A login of the interface.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// Shown as `Authorization: Bearer` with every request.
    access: String,
    /// Seconds that the access token is good for.
    #[schema(example = 900)]
    expires_in: u64,
}

/// Answers with a login: the access token in the body, the refresh token in the cookie.
fn answer(api: &ApiState, login: &Login) -> Response {
    let lasts = api.accounts().access_token_lasts;
    let session =
        Session { access: api.tokens().access(login.access, api.now(), lasts), expires_in: lasts.seconds() };
    let cookie = cookie::keeping(&login.refresh, api.accounts().refresh_token_lasts, api.limits().https);
    ([(SET_COOKIE, cookie)], Json(session)).into_response()
}
