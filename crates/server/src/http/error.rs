//! Every answer that is not a success: its status, its stable code, and what it says (RFC 9457).
//!
//! This is the one place that decides them. What went wrong inside travels beside the answer to the log
//! ([`Cause`]) and never into it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bellwether_model::{AlertId, Fault};
use bellwether_store::StoreError;
use bellwether_store::key::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::PasswordFailure;
use crate::evaluate::Deaf;
use crate::journal::EnterError;
use crate::json::JsonError;

/// Why a request was not done.
#[derive(Debug)]
pub enum ApiError {
    /// Something in it is wrong, field by field.
    Input(Vec<Fault>),
    /// Its body is not JSON.
    NotJson(JsonError),
    /// Nobody is logged in, or not any more.
    Unauthenticated(Unauthenticated),
    /// There is no such thing, or it is somebody else's.
    NotFound(&'static str),
    /// No such address.
    NoRoute,
    /// The address does not take this method.
    MethodNotAllowed,
    /// What is there stands against it.
    Conflict(Conflict),
    /// Lines of an import watch searches that are watched already: those, each with the alert or the line that does.
    SameSearches(Vec<Fault>),
    /// The alert is no longer at the version that the request names.
    VersionMismatch {
        /// The version that it is at.
        current: u64,
    },
    /// What happened after the place that is asked for is no longer all kept.
    ChangesForgotten,
    /// It is not from whom it says, or not for the first time.
    NotGenuine(&'static str),
    /// The body is larger than allowed.
    TooLarge {
        /// Bytes that are allowed.
        limit: usize,
    },
    /// The body is not declared as JSON.
    NotDeclaredJson,
    /// The body did not arrive whole.
    BrokenBody,
    /// The idempotency key was used for another request.
    KeyReused,
    /// Signing up is closed.
    SignUpClosed,
    /// A key may not do it.
    MissingScope(Scope),
    /// Only somebody who has logged in may do it.
    LoginRequired,
    /// Only an administrator may do it.
    AdministratorRequired,
    /// Another site's page had the browser send it.
    OtherSite,
    /// A picture cannot be had from where it is kept.
    NoPicture,
    /// In single-user mode: it does not come from this machine itself.
    NotFromHere(&'static str),
    /// Too many in a short time.
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// It took too long.
    TimedOut,
    /// Too much is being done already, or what is needed is not there yet.
    Unavailable {
        /// What is missing, for people.
        detail: &'static str,
        /// What went wrong, for the log.
        cause: Option<Cause>,
    },
    /// A mistake on our side.
    Internal(Cause),
}

/// Why nobody is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// No token was shown.
    NoToken,
    /// What was shown is no token of ours, or its login was revoked.
    InvalidToken,
    /// The token's time is over.
    ExpiredToken,
    /// The key is unknown, deleted or expired.
    InvalidKey,
    /// No account has that name and password.
    WrongCredentials,
    /// The refresh token is unknown, used, revoked or expired.
    InvalidRefreshToken,
    /// A request that must be signed is not, or with another secret, or too long ago.
    WrongSignature,
}

/// What stands against a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The address has an account.
    EmailTaken,
    /// The name to log in with has one.
    UsernameTaken,
    /// The alert was deleted.
    AlertDeleted,
    /// The alert fired as often as it may, or its time is over.
    AlertEnded,
    /// The alert's expiry has passed.
    AlertExpired,
    /// It changed again and again while this was tried.
    KeepsChanging,
    /// The user has as many alerts as allowed.
    TooManyAlerts,
    /// The user has an alert of the same kind on the same search: this one.
    SameSearch(AlertId),
    /// The user has as many channels as allowed.
    TooManyChannels,
    /// The user has as many keys as allowed.
    TooManyKeys,
    /// The channel is no webhook, so nothing is signed.
    NoSecret,
    /// The delivery is neither waiting nor given up.
    NotRetriable,
    /// The mailbox was asked whether messages may come, and has not said so.
    MailboxUnverified,
    /// The account is the owner's in single-user mode.
    Owner,
}

/// What went wrong inside, for the log alone.
#[derive(Clone)]
pub struct Cause(pub(super) Arc<dyn Error + Send + Sync>);

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Cause {
    pub(super) fn of(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }

    /// The error and what it came from, on one line.
    pub(super) fn chain(&self) -> String {
        let mut text = self.0.to_string();
        let mut source = self.0.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}

/// A problem document, as RFC 9457 describes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The kind of problem, as a URI: `urn:bellwether:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:bellwether:problem:invalid_input")]
    kind: String,
    /// The kind of problem in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The kind of problem as a stable word for programs.
    #[schema(example = "invalid_input")]
    code: &'static str,
    /// What happened this time.
    detail: String,
    /// What is wrong with the input, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<FieldProblem>)]
    errors: Vec<Fault>,
}

/// One thing that is wrong with an input.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes `Fault` of the model in the API's document")]
pub struct FieldProblem {
    /// The path of the field, such as `condition.price`; empty for the whole document.
    field: String,
    /// A stable word for programs.
    code: String,
    /// What is wrong and what would be right; continues the field's name.
    message: String,
}

impl ApiError {
    /// A single fault of one field.
    pub(super) fn field(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        ApiError::Input(vec![Fault { field: field.to_owned(), code, message: message.into() }])
    }

    /// A mistake on our side.
    pub(super) fn internal(error: impl Error + Send + Sync + 'static) -> Self {
        ApiError::Internal(Cause::of(error))
    }

    /// The code, where it is the request that was refused.
    ///
    /// # Errors
    /// Itself, where something went wrong on our side.
    pub(super) fn refusal(self) -> Result<&'static str, Self> {
        let (status, code, _) = self.kind();
        if status.is_client_error() { Ok(code) } else { Err(self) }
    }

    /// Status, code and title.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            ApiError::Input(_) => (S::BAD_REQUEST, "invalid_input", "The request is not valid"),
            ApiError::NotJson(_) => (S::BAD_REQUEST, "malformed_json", "The body is not JSON"),
            ApiError::Unauthenticated(why) => why.kind(),
            ApiError::NotFound(_) => (S::NOT_FOUND, "not_found", "Not found"),
            ApiError::NoRoute => (S::NOT_FOUND, "no_such_address", "No such address"),
            ApiError::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed"),
            ApiError::Conflict(conflict) => {
                (S::CONFLICT, conflict.text().0, "The request conflicts with what is")
            }
            ApiError::SameSearches(_) => (S::CONFLICT, "same_search", "The request conflicts with what is"),
            ApiError::VersionMismatch { .. } => {
                (S::PRECONDITION_FAILED, "version_mismatch", "It was changed meanwhile")
            }
            ApiError::ChangesForgotten => (S::GONE, "changes_forgotten", "No longer kept"),
            ApiError::NotGenuine(_) => (S::PRECONDITION_FAILED, "not_genuine", "It is not taken"),
            ApiError::TooLarge { .. } => (S::PAYLOAD_TOO_LARGE, "too_large", "The body is too large"),
            ApiError::NotDeclaredJson => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body must be JSON")
            }
            ApiError::BrokenBody => (S::BAD_REQUEST, "broken_body", "The body did not arrive whole"),
            ApiError::KeyReused => {
                (S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "The idempotency key was used before")
            }
            ApiError::SignUpClosed => (S::FORBIDDEN, "sign_up_closed", "Signing up is closed"),
            ApiError::MissingScope(_) => (S::FORBIDDEN, "missing_scope", "The key is not for this"),
            ApiError::LoginRequired => (S::FORBIDDEN, "login_required", "A login is needed"),
            ApiError::AdministratorRequired => {
                (S::FORBIDDEN, "administrator_required", "Only for administrators")
            }
            ApiError::OtherSite => (S::FORBIDDEN, "other_site", "Not from another site"),
            ApiError::NoPicture => (S::BAD_GATEWAY, "no_picture", "The picture cannot be had"),
            ApiError::NotFromHere(_) => (S::FORBIDDEN, "not_from_here", "Not from this machine"),
            ApiError::TooMany { .. } => (S::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests"),
            ApiError::TimedOut => (S::SERVICE_UNAVAILABLE, "timed_out", "The request took too long"),
            ApiError::Unavailable { .. } => {
                (S::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment")
            }
            ApiError::Internal(_) => {
                (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side")
            }
        }
    }

    fn detail(&self) -> String {
        match self {
            ApiError::Input(faults) | ApiError::SameSearches(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            ApiError::NotJson(error) => format!("The body {error}."),
            ApiError::Unauthenticated(why) => why.detail().to_owned(),
            ApiError::NotFound(what) => format!("There is no such {what}."),
            ApiError::NoRoute => "Nothing answers at this address. See /docs.".to_owned(),
            ApiError::MethodNotAllowed => "The header Allow lists what this address takes.".to_owned(),
            ApiError::Conflict(Conflict::SameSearch(same)) => {
                format!("You have such an alert on this search already: {same}.")
            }
            ApiError::Conflict(conflict) => conflict.text().1.to_owned(),
            ApiError::VersionMismatch { current } => format!("It is at version {current} now."),
            ApiError::ChangesForgotten => {
                "What came after this place is no longer all kept: read the lists anew, then go on from after=now."
                    .to_owned()
            }
            ApiError::NotGenuine(why) => format!("It is refused: {why}."),
            ApiError::TooLarge { limit } => format!("A body may have at most {limit} bytes."),
            ApiError::NotDeclaredJson => "Send it with Content-Type: application/json.".to_owned(),
            ApiError::BrokenBody => "The connection ended before the body did.".to_owned(),
            ApiError::KeyReused => "It belongs to a request with another body.".to_owned(),
            ApiError::SignUpClosed => "Accounts are made by the operator of this service.".to_owned(),
            ApiError::MissingScope(scope) => format!("It takes a key with the scope {scope}."),
            ApiError::LoginRequired => "No key does this: log in for it.".to_owned(),
            ApiError::AdministratorRequired => {
                "Only an administrator of this service may do it: see bellwether users promote.".to_owned()
            }
            ApiError::OtherSite => "This call is for the service's own pages alone.".to_owned(),
            ApiError::NoPicture => "Where the marketplace keeps it, there is no picture that may be passed on.".to_owned(),
            ApiError::NotFromHere(why) => (*why).to_owned(),
            ApiError::TooMany { retry_after } => {
                format!("Try again in {} s.", whole_seconds(*retry_after))
            }
            ApiError::TimedOut => {
                "It was given up. What it began may have been done: look before you repeat it.".to_owned()
            }
            ApiError::Unavailable { detail, .. } => (*detail).to_owned(),
            ApiError::Internal(_) => "It was logged. The header X-Request-Id names it.".to_owned(),
        }
    }
}

impl Unauthenticated {
    fn kind(self) -> (StatusCode, &'static str, &'static str) {
        let code = match self {
            Unauthenticated::NoToken => "no_token",
            Unauthenticated::InvalidToken => "invalid_token",
            Unauthenticated::ExpiredToken => "expired_token",
            Unauthenticated::InvalidKey => "invalid_key",
            Unauthenticated::WrongCredentials => "wrong_credentials",
            Unauthenticated::InvalidRefreshToken => "invalid_refresh_token",
            Unauthenticated::WrongSignature => "wrong_signature",
        };
        (StatusCode::UNAUTHORIZED, code, "Not logged in")
    }

    fn detail(self) -> &'static str {
        match self {
            Unauthenticated::NoToken => "Send Authorization: Bearer and an access token.",
            Unauthenticated::InvalidToken => "The access token is not valid here.",
            Unauthenticated::ExpiredToken => "The access token has expired: refresh it.",
            Unauthenticated::InvalidKey => "The key is not valid here, or not any more.",
            Unauthenticated::WrongCredentials => "No account has this name and password.",
            Unauthenticated::WrongSignature => {
                "The request is not signed with the secret, or its time is not now."
            }
            Unauthenticated::InvalidRefreshToken => "The refresh token is of no more use: log in again.",
        }
    }

    /// The challenge of RFC 6750.
    fn challenge(self) -> &'static str {
        match self {
            Unauthenticated::InvalidToken | Unauthenticated::ExpiredToken | Unauthenticated::InvalidKey => {
                "Bearer error=\"invalid_token\""
            }
            Unauthenticated::NoToken
            | Unauthenticated::WrongCredentials
            | Unauthenticated::WrongSignature
            | Unauthenticated::InvalidRefreshToken => "Bearer",
        }
    }
}

impl Conflict {
    /// Code and detail.
    fn text(self) -> (&'static str, &'static str) {
        match self {
            Conflict::EmailTaken => ("email_taken", "This address has an account."),
            Conflict::UsernameTaken => ("username_taken", "This user name is taken."),
            Conflict::AlertDeleted => ("alert_deleted", "The alert was deleted."),
            Conflict::AlertEnded => ("alert_ended", "The alert has ended: arm it anew with rearm."),
            Conflict::AlertExpired => ("alert_expired", "The alert's time is over: move expires_at first."),
            Conflict::KeepsChanging => ("keeps_changing", "It keeps changing: try again."),
            Conflict::TooManyAlerts => ("too_many_alerts", "You have as many alerts as are allowed."),
            Conflict::SameSearch(_) => ("same_search", "You have such an alert on this search already."),
            Conflict::TooManyChannels => ("too_many_channels", "You have as many channels as are allowed."),
            Conflict::TooManyKeys => ("too_many_keys", "You have as many keys as are allowed."),
            Conflict::NoSecret => ("no_secret", "Only a webhook has a secret."),
            Conflict::Owner => {
                ("owner", "It is the owner's: start the service without single-user mode first.")
            }
            Conflict::MailboxUnverified => (
                "mailbox_unverified",
                "This mailbox has not agreed to get messages: follow the link in the mail that asked it, or have it asked again.",
            ),
            Conflict::NotRetriable => (
                "not_retriable",
                "Only a delivery that waits or was given up can be tried again, over a channel that is active.",
            ),
        }
    }
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, title) = self.kind();
        let detail = self.detail();
        let kind = format!("urn:bellwether:problem:{code}");
        let (mut errors, mut cause) = (Vec::new(), None);
        let mut retry_after = None;
        let mut challenge = None;
        match self {
            ApiError::Input(faults) | ApiError::SameSearches(faults) => errors = faults,
            ApiError::Unauthenticated(why) => challenge = Some(why.challenge()),
            ApiError::TooMany { retry_after: after } => retry_after = Some(whole_seconds(after)),
            ApiError::Unavailable { cause: why, .. } => (cause, retry_after) = (why, Some(1)),
            ApiError::Internal(why) => cause = Some(why),
            _ => {}
        }
        let problem = Problem { kind, title, status: status.as_u16(), code, detail, errors };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

impl From<EnterError> for ApiError {
    fn from(error: EnterError) -> Self {
        let detail = match &error {
            EnterError::Store(_) => "The ticks could not all be kept. Send them again, with their ids.",
            EnterError::Stopping => "The service is stopping. Send the ticks again, with their ids.",
        };
        ApiError::Unavailable { detail, cause: Some(Cause::of(error)) }
    }
}

impl From<Deaf> for ApiError {
    fn from(error: Deaf) -> Self {
        let detail = "The instrument is evaluated further than this process has heard; try again.";
        ApiError::Unavailable { detail, cause: Some(Cause::of(error)) }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let detail = match error {
            StoreError::Full { .. } => {
                "Nothing changed: the service has no room left to keep it. Try again once its operator has made room."
            }
            StoreError::ReadOnly { .. } => {
                "Nothing changed: what is stored can only be read at the moment. Try again once its operator has \
                 seen to it."
            }
            _ => "What is stored cannot be reached at the moment.",
        };
        match error {
            StoreError::Unavailable { .. }
            | StoreError::Busy { .. }
            | StoreError::Full { .. }
            | StoreError::ReadOnly { .. }
            | StoreError::Fenced
            | StoreError::Closed => ApiError::Unavailable { detail, cause: Some(Cause::of(error)) },
            StoreError::Corrupt { .. } | StoreError::Schema { .. } | StoreError::Refused { .. } => {
                ApiError::internal(error)
            }
        }
    }
}

impl From<PasswordFailure> for ApiError {
    fn from(error: PasswordFailure) -> Self {
        ApiError::internal(error)
    }
}
