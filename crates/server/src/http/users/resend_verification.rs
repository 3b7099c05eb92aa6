//! `POST /api/me/verification`: the mail with the link once more.

use axum::extract::State;
use axum::http::StatusCode;

use super::{gone, queue_verification};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;

/// Send the verification mail once more.
#[utoipa::path(post, path = "/api/me/verification", tag = "accounts", responses(
    (status = 202, description = "The mail is on its way; nothing is sent where the address is verified"),
))]
pub(in crate::http) async fn resend_verification(
    State(api): State<ApiState>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    let now = api.now();
    let throttle = &api.throttles().logins_of_account;
    let key = format!("verify {}", caller.user);
    throttle.take(&key, now).map_err(|retry_after| ApiError::TooMany { retry_after })?;
    let user = api.store().user(caller.user).await?.ok_or_else(gone)?;
    if !user.verified {
        queue_verification(&api, &user, now).await?;
    }
    Ok(StatusCode::ACCEPTED)
}
