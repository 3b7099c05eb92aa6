//! `POST /api/users`: an account for whoever asks, unless signing up is closed.
//!
//! An address that has an account is told so: whoever signs up with it sees a conflict instead of
//! waiting for a mail that explains. Logging in tells nothing of the kind, and both are throttled.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bellwether_model::UserId;
use bellwether_model::input::{Faults, Fields};
use bellwether_store::alert::Idempotency;
use bellwether_store::user::{NewUser, Role, Taken, User};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::queue_verification;
use crate::accounts::{self, Email};
use crate::config::Secret;
use crate::http::ApiState;
use crate::http::auth::Client;
use crate::http::error::{ApiError, Conflict};
use crate::http::idempotency;
use crate::http::input::JsonBody;

/// This call, among those whose requests may be sent again.
const CALL: &str = "POST /api/users";

/// Who signs up.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct SignUp {
    #[schema(example = "a@example.org")]
    email: String,
    /// At least 8 characters.
    #[schema(example = "correct horse")]
    password: String,
    /// A name to log in with besides the address.
    username: Option<String>,
    /// The IANA name of a time zone; UTC where absent.
    time_zone: Option<String>,
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SignedUp {
    id: Uuid,
    email: String,
    /// Whether the address was shown to be theirs: a mail with a link is on its way.
    verified: bool,
}

struct Wish {
    email: Email,
    password: Secret,
    username: Option<String>,
    time_zone: Option<String>,
}

/// Make an account.
#[utoipa::path(post, path = "/api/users", tag = "accounts", request_body = SignUp, security(()),
    params(("Idempotency-Key" = Option<String>, Header, description = idempotency::DESCRIPTION)),
    responses(
        (status = 201, body = SignedUp,
            description = "Made, or made before under the same key; a mail asks to verify the address"),
        (status = 409, description = "The address or user name has an account"),
        (status = 422, description = "The idempotency key was used for another body with this address"),
    ))]
pub(in crate::http) async fn create_user(
    State(api): State<ApiState>,
    Client(client): Client,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<(StatusCode, HeaderMap, Json<SignedUp>), ApiError> {
    if !api.accounts().sign_up || api.owner().is_some() {
        return Err(ApiError::SignUpClosed);
    }
    let wish = body.read(read)?;
    let asked = idempotency::key_of_secret(&headers, CALL, &body, &api)?;
    let now = api.now();
    // Before it is looked up: whether a body is that of an earlier request says whether its password is.
    let throttled = api.throttles().sign_ups.take(&client, now);
    throttled.map_err(|retry_after| ApiError::TooMany { retry_after })?;
    if let Some(before) = before(&api, &wish.email, asked.as_ref()).await? {
        return Ok(before);
    }
    let new = NewUser {
        id: UserId(Uuid::now_v7()),
        email: wish.email.to_string(),
        username: wish.username,
        password_hash: api.passwords().hash(wish.password).await?,
        verified: false,
        time_zone: wish.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        role: Role::User,
    };
    let made = match asked.clone() {
        Some(asked) => api.store().create_user_once(new, asked, now).await?,
        None => api.store().create_user(new, now).await?,
    };
    let user = match made {
        Ok(user) => user,
        Err(taken) => {
            // By the same request perhaps, which was quicker.
            let before = before(&api, &wish.email, asked.as_ref()).await?;
            return before.ok_or(ApiError::Conflict(match taken {
                Taken::Email => Conflict::EmailTaken,
                Taken::Username => Conflict::UsernameTaken,
            }));
        }
    };
    queue_verification(&api, &user, now).await?;
    Ok((StatusCode::CREATED, HeaderMap::new(), Json(user.into())))
}

/// The answer to whoever signed up with the same request before.
async fn before(
    api: &ApiState,
    email: &Email,
    asked: Option<&Idempotency>,
) -> Result<Option<(StatusCode, HeaderMap, Json<SignedUp>)>, ApiError> {
    let Some(asked) = asked else { return Ok(None) };
    let is_theirs = |user: &User| user.email.eq_ignore_ascii_case(email.as_str());
    let known = api.store().credentials(email.as_str()).await?.map(|(user, _)| user).filter(is_theirs);
    let Some(user) = known else { return Ok(None) };
    if idempotency::before(api, user.id, Some(asked)).await?.is_none() {
        return Ok(None);
    }
    let mut headers = HeaderMap::new();
    idempotency::mark_replayed(&mut headers);
    Ok(Some((StatusCode::CREATED, headers, Json(user.into()))))
}

impl From<User> for SignedUp {
    fn from(user: User) -> Self {
        Self { id: user.id.0, email: user.email, verified: user.verified }
    }
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Wish> {
    for field in ["email", "password"] {
        if !fields.has(field) {
            faults.add(field, "required", "is required");
        }
    }
    let email = fields.parsed(faults, "email");
    let password = accounts::read_new_password(fields, faults, "password");
    let username = accounts::read_username(fields, faults);
    let time_zone = accounts::read_time_zone(fields, faults);
    Some(Wish { email: email?, password: password?, username, time_zone })
}
