//! The person who asks, by the access token or the key that they show.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use bellwether_model::{KeyId, SessionId, Timestamp, UserId};
use bellwether_store::key::Scope;
use bellwether_store::user::Role;

use super::keys::PREFIX;
use super::tokens::TokenError;
use crate::http::ApiState;
use crate::http::error::{ApiError, Unauthenticated};

/// The person who asks, and what they showed.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Caller {
    pub(in crate::http) user: UserId,
    pub(in crate::http) by: Credential,
}

/// What a person showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Credential {
    /// The access token of a login.
    Login(SessionId),
    /// A key, for what its scopes allow.
    Key(KeyId),
    /// Nothing: in single-user mode whoever is on this machine is its owner.
    Nothing,
}

/// A person who has logged in. What decides over the account itself is not for keys, so that a key that
/// leaks cannot make another one.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct LoggedIn {
    pub(in crate::http) user: UserId,
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, ApiError> {
        let now = api.now();
        let caller = match (parts.headers.get(AUTHORIZATION), api.owner()) {
            // Whatever is shown is looked at, so a wrong token is no way in.
            (None, Some(user)) => Caller { user, by: Credential::Nothing },
            (header, _) => {
                let shown = header.and_then(|value| value.to_str().ok()).and_then(bearer);
                let shown = shown.ok_or(ApiError::Unauthenticated(Unauthenticated::NoToken))?;
                if shown.starts_with(PREFIX) {
                    by_key(api, shown, needed(parts), now).await?
                } else {
                    by_token(api, shown, now).await?
                }
            }
        };
        let counted = match caller.by {
            Credential::Key(key) => key.0,
            Credential::Login(_) | Credential::Nothing => caller.user.0,
        };
        api.rates().caller(counted, parts, now)?;
        Ok(caller)
    }
}

impl FromRequestParts<ApiState> for LoggedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, api).await?;
        match caller.by {
            // The owner in single-user mode needs no login.
            Credential::Login(_) | Credential::Nothing => Ok(Self { user: caller.user }),
            Credential::Key(_) => Err(ApiError::LoginRequired),
        }
    }
}

/// An administrator who has logged in. Keys are not for this: one that leaks must not show everybody's accounts.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Administrator {
    pub(in crate::http) user: UserId,
}

impl FromRequestParts<ApiState> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &ApiState) -> Result<Self, ApiError> {
        let caller = LoggedIn::from_request_parts(parts, api).await?;
        // Asked each time: whoever is demoted is no administrator from then on.
        match api.store().user(caller.user).await? {
            Some(user) if user.role == Role::Administrator => Ok(Self { user: user.id }),
            Some(_) => Err(ApiError::AdministratorRequired),
            None => Err(ApiError::Unauthenticated(Unauthenticated::InvalidToken)),
        }
    }
}

async fn by_token(api: &ApiState, token: &str, now: Timestamp) -> Result<Caller, ApiError> {
    let refuse = |why| Err(ApiError::Unauthenticated(why));
    let access = match api.tokens().read_access(token, now) {
        Ok(access) => access,
        Err(TokenError::Invalid) => return refuse(Unauthenticated::InvalidToken),
        Err(TokenError::Expired) => return refuse(Unauthenticated::ExpiredToken),
    };
    if !api.sessions().is_active(api.store(), access.session, now).await? {
        return refuse(Unauthenticated::InvalidToken);
    }
    Ok(Caller { user: access.user, by: Credential::Login(access.session) })
}

async fn by_key(api: &ApiState, key: &str, needed: Scope, now: Timestamp) -> Result<Caller, ApiError> {
    match api.keys().find(api.store(), key, now).await? {
        None => Err(ApiError::Unauthenticated(Unauthenticated::InvalidKey)),
        Some(known) if !known.scopes.contains(&needed) => Err(ApiError::MissingScope(needed)),
        Some(known) => Ok(Caller { user: known.user, by: Credential::Key(known.id) }),
    }
}

/// Calls that look at what would be, and change nothing.
const PREVIEWS: [&str; 2] = ["/api/alerts/preview", "/api/alerts/preview-message"];

/// The scope that a key needs for a request.
fn needed(parts: &Parts) -> Scope {
    match parts.method {
        _ if parts.uri.path() == "/api/ticks" => Scope::Ticks,
        Method::POST if PREVIEWS.contains(&parts.uri.path()) => Scope::Read,
        Method::GET | Method::HEAD => Scope::Read,
        _ => Scope::Write,
    }
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

impl Caller {
    /// Whether what was shown is still in force: for answers that last.
    pub(in crate::http) async fn is_in_force(self, api: &ApiState) -> Result<bool, ApiError> {
        match self.by {
            Credential::Login(session) => {
                Ok(api.sessions().is_active(api.store(), session, api.now()).await?)
            }
            Credential::Nothing => Ok(true),
            Credential::Key(key) => Ok(api.store().key_in_force(self.user, key, api.now()).await?),
        }
    }
}
