//! Why there is no answer, and what that means for the message.

use std::error::Error;
use std::io;
use std::time::Duration;

use hyper_util::client::legacy;

use super::address::Special;
use super::connect::ConnectError;
use crate::Outcome;

/// Why there is no answer. Holds nothing of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpFailure {
    /// Every address of the host is one that may not be sent to. Nothing was sent.
    #[error("the target has {0}, which may not be sent to unless outgoing.allow names its network")]
    Refused(Special),
    /// There is no connection. Nothing was sent.
    #[error("{0}")]
    NoConnection(String),
    /// The connection stood, and no answer came in time. The receiver may have the message.
    #[error("no answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The connection broke before the answer, or what came is no HTTP. The receiver may have the
    /// message.
    #[error("{0}")]
    Lost(&'static str),
}

impl HttpFailure {
    pub(super) fn of(error: &legacy::Error) -> Self {
        if let Some(no_connection) = cause::<ConnectError>(error) {
            return match no_connection {
                ConnectError::Refused(special) => HttpFailure::Refused(*special),
                other => HttpFailure::NoConnection(told(other)),
            };
        }
        HttpFailure::Lost(match cause::<hyper::Error>(error) {
            Some(error) if error.is_parse_too_large() => "the head of the answer is too large",
            Some(error) if error.is_parse() => "the answer is no HTTP",
            Some(_) | None => "the connection broke before the answer",
        })
    }

    /// Whether the receiver may have the message all the same.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        match self {
            HttpFailure::Refused(_) | HttpFailure::NoConnection(_) => false,
            HttpFailure::TimedOut(_) | HttpFailure::Lost(_) => true,
        }
    }

    /// What it means for the message.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            HttpFailure::Refused(_) => Outcome::rejected(&self.to_string()),
            HttpFailure::NoConnection(_) => Outcome::retry(&self.to_string()),
            HttpFailure::TimedOut(_) | HttpFailure::Lost(_) => Outcome::unknown(&self.to_string()),
        }
    }
}

/// The first error of this type below another.
fn cause<T: Error + 'static>(error: &legacy::Error) -> Option<&T> {
    let mut next = error.source();
    while let Some(cause) = next {
        match cause.downcast_ref() {
            Some(found) => return Some(found),
            None => next = cause.source(),
        }
    }
    None
}

/// The kind of an error of the system, not its text: that may name addresses of the operator's network.
fn told(error: &ConnectError) -> String {
    match error {
        ConnectError::Unresolved(_) | ConnectError::NoHost => {
            "the target's name cannot be resolved".to_owned()
        }
        ConnectError::Unreachable(error) => format!("cannot connect: {}", error.kind()),
        ConnectError::Tls(error) => format!("cannot encrypt: {}", tls_words(error)),
        ConnectError::Refused(_) | ConnectError::TimedOut(_) => error.to_string(),
    }
}

/// What is wrong with a certificate is worth telling its owner.
fn tls_words(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(inner) => inner.to_string(),
        None => error.kind().to_string(),
    }
}
