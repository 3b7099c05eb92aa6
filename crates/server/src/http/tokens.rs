//! Logging in, staying logged in, logging out.
//!
//! An access token is good for minutes and names its login; a refresh token is good once, for the next
//! pair. One that is shown a second time was stolen, or its thief was first: the login ends either way.

pub(super) mod create_token;
mod login;
pub(super) mod refresh_token;
pub(super) mod revoke_token;

use bellwether_model::input::{Faults, Fields};
use bellwether_store::session::TokenHash;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) use self::login::{Credentials, Login, log_in, renew};
use super::ApiState;
use super::auth::tokens::hash_of_refresh_token;

/// A pair of tokens.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenPair {
    /// Shown as `Authorization: Bearer` with every request.
    access: String,
    /// Good once, for the next pair.
    refresh: String,
    /// Seconds that the access token is good for.
    #[schema(example = 900)]
    expires_in: u64,
}

impl TokenPair {
    fn new(api: &ApiState, login: Login) -> Self {
        let lasts = api.accounts().access_token_lasts;
        Self {
            access: api.tokens().access(login.access, api.now(), lasts),
            refresh: login.refresh,
            expires_in: lasts.seconds(),
        }
    }
}

/// A refresh token.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read_refresh` reads")]
pub(super) struct Refresh {
    refresh: String,
}

fn read_refresh(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<TokenHash> {
    if !fields.has("refresh") {
        faults.add("refresh", "required", "is required");
    }
    fields.text(faults, "refresh").map(hash_of_refresh_token)
}
