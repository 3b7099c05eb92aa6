//! `POST /api/password`: another password, by the link of a mail. It ends every login of the account.

use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::input::{Faults, Fields};
use utoipa::ToSchema;

use super::hash_of;
use crate::accounts;
use crate::config::Secret;
use crate::http::ApiState;
use crate::http::auth::Client;
use crate::http::error::ApiError;
use crate::http::input::JsonBody;

/// Another password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct ReplacedPassword {
    /// What stands in the link behind the `#`.
    token: String,
    /// The new password: at least 8 characters.
    #[schema(example = "correct horse")]
    password: String,
}

/// Replace a forgotten password.
#[utoipa::path(post, path = "/api/password", tag = "accounts", request_body = ReplacedPassword, security(()),
    responses(
        (status = 204, description = "Done; every login of the account has ended"),
        (status = 400, description = "The link was used, or its hour is over, or the password is not good"),
        (status = 429, description = "Too many wrong links from this network"),
    ))]
pub(in crate::http) async fn replace_password(
    State(api): State<ApiState>,
    Client(client): Client,
    body: JsonBody,
) -> Result<StatusCode, ApiError> {
    let (token, password) = body.read(read)?;
    let hash = hash_of(token.reveal());
    // A wrong link counts as a wrong password does.
    let throttle = &api.throttles().logins_of_client;
    throttle.check(&client, api.now()).map_err(|retry_after| ApiError::TooMany { retry_after })?;
    // A password is hashed for nobody who does not have a link: it takes a while.
    if api.store().password_link(hash, api.now()).await?.is_none() {
        throttle.spend(&client, api.now());
        return Err(of_no_use());
    }
    let password_hash = api.passwords().hash(password).await?;
    api.store().replace_password(hash, password_hash, api.now()).await?.ok_or_else(of_no_use)?;
    api.sessions().forget_all();
    Ok(StatusCode::NO_CONTENT)
}

fn of_no_use() -> ApiError {
    ApiError::field("token", "invalid_link", "is of no more use: ask for a new link")
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<(Secret, Secret)> {
    for field in ["token", "password"] {
        if !fields.has(field) {
            faults.add(field, "required", "is required");
        }
    }
    let token = fields.text(faults, "token").map(Secret::new);
    token.zip(accounts::read_new_password(fields, faults, "password"))
}
