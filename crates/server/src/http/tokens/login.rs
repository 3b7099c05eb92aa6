//! Beginning a login and going on with it, whichever way its tokens travel.
//!
//! Unknown accounts and wrong passwords are answered alike, and take the same time. Only attempts that
//! fail count against the limits. They are looked at once more when it is the attempt's turn to be
//! checked, so guesses sent all at once gain no more than a few at a time.

use std::net::IpAddr;

use bellwether_model::input::{Faults, Fields};
use bellwether_model::{SessionId, Span};
use bellwether_store::session::{NewSession, Rotation, TokenHash};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::config::Secret;
use crate::http::ApiState;
use crate::http::auth::tokens::{Access, new_refresh_token};
use crate::http::error::{ApiError, Unauthenticated};
use crate::http::input::JsonBody;

/// Who logs in: with the address or the user name.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct Credentials {
    #[schema(example = "a@example.org")]
    email: Option<String>,
    username: Option<String>,
    #[schema(example = "correct horse")]
    password: String,
}

/// Whose failures are counted.
struct Limits {
    client: IpAddr,
    account: String,
}

impl Limits {
    fn check(&self, api: &ApiState) -> Result<(), ApiError> {
        let (throttles, now) = (api.throttles(), api.now());
        let of_client = throttles.logins_of_client.check(&self.client, now);
        let of_account = of_client.and_then(|()| throttles.logins_of_account.check(&self.account, now));
        of_account.map_err(|retry_after| ApiError::TooMany { retry_after })
    }

    fn spend(&self, api: &ApiState) {
        api.throttles().logins_of_client.spend(&self.client, api.now());
        api.throttles().logins_of_account.spend(&self.account, api.now());
    }
}

struct Attempt {
    login: String,
    password: Secret,
}

/// A login with the tokens that were just made for it.
pub(in crate::http) struct Login {
    pub(in crate::http) access: Access,
    pub(in crate::http) refresh: String,
}

/// Begins a login for whoever knows the password.
pub(in crate::http) async fn log_in(
    api: &ApiState,
    client: IpAddr,
    body: &JsonBody,
) -> Result<Login, ApiError> {
    let attempt = body.read(read)?;
    let limits = Limits { client, account: attempt.login.to_lowercase() };
    limits.check(api)?;
    let (user, hash) = api.store().credentials(&attempt.login).await?.unzip();
    let turn = api.passwords().turn().await?;
    limits.check(api)?;
    let right = api.passwords().is_right(turn, attempt.password, hash).await?;
    let Some(user) = user.filter(|_| right) else {
        limits.spend(api);
        return Err(ApiError::Unauthenticated(Unauthenticated::WrongCredentials));
    };

    let now = api.now();
    let access = Access { user: user.id, session: SessionId(Uuid::now_v7()) };
    let (refresh, token) = new_refresh_token();
    let expires_at = now.saturating_add(api.accounts().refresh_token_lasts);
    let new = NewSession { id: access.session, user: user.id, token, expires_at };
    if !api.store().open_session(new, now).await? {
        // The account ended while its password was being looked at.
        return Err(ApiError::Unauthenticated(Unauthenticated::WrongCredentials));
    }
    Ok(Login { access, refresh })
}

/// Goes on with a login: the next tokens for a refresh token, which is good once. For as long as `leeway`
/// it may be shown again.
pub(in crate::http) async fn renew(
    api: &ApiState,
    shown: TokenHash,
    leeway: Span,
) -> Result<Login, ApiError> {
    let now = api.now();
    let (refresh, next) = new_refresh_token();
    let expires_at = now.saturating_add(api.accounts().refresh_token_lasts);
    match api.store().rotate_token(shown, next, expires_at, leeway, now).await? {
        Rotation::Rotated { user, session } => Ok(Login { access: Access { user, session }, refresh }),
        Rotation::Reused { user, session } => {
            api.sessions().forget(session);
            tracing::warn!(%user, "a refresh token was shown twice: its login was ended");
            Err(ApiError::Unauthenticated(Unauthenticated::InvalidRefreshToken))
        }
        Rotation::Invalid => Err(ApiError::Unauthenticated(Unauthenticated::InvalidRefreshToken)),
    }
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Attempt> {
    let email = fields.text(faults, "email");
    let username = fields.text(faults, "username");
    if !fields.has("password") {
        faults.add("password", "required", "is required");
    }
    let password = fields.text(faults, "password");
    match (email, username) {
        (None, None) if faults.count() == 0 => faults.add("email", "required", "or username is required"),
        (Some(_), Some(_)) => faults.add("username", "not_applicable", "cannot be given beside email"),
        _ => {}
    }
    let login = email.or(username)?.trim().to_owned();
    Some(Attempt { login, password: Secret::new(password?) })
}
