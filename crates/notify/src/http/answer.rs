//! How answers are read by default: what a status means where a service says nothing of its own.
//!
//! | status | what it means |
//! |---|---|
//! | 2xx | delivered |
//! | 408, 425, 429, 5xx | later, after `Retry-After` where it is given |
//! | 3xx | rejected: a redirect would lead past the guard, and the request was meant for this address |
//! | others | rejected: the same request would be answered the same |

use bellwether_model::Timestamp;

use super::HttpReply;
use super::redact::{Secrets, clean};
use crate::Outcome;

/// Sorts an answer. `said` is what the ledger is told.
pub(crate) fn usual(reply: &HttpReply, said: &str, now: Timestamp) -> Outcome {
    match reply.status {
        200..=299 => Outcome::delivered(said),
        300..=399 => Outcome::rejected(&format!(
            "{said} (redirects are not followed; give the address that it leads to)"
        )),
        408 | 425 | 429 | 500..=599 => Outcome::later(said, reply.wait(now)),
        _ => Outcome::rejected(said),
    }
}

/// "503: start of the answer", without what is secret.
pub(crate) fn said(reply: &HttpReply, secrets: impl FnOnce() -> Secrets) -> String {
    told(reply.status, &reply.text(), secrets)
}

/// "400: what the service says of it", without what is secret.
pub(crate) fn told(status: u16, text: &str, secrets: impl FnOnce() -> Secrets) -> String {
    match clean(text, secrets).trim() {
        "" => status.to_string(),
        text => format!("{status}: {text}"),
    }
}
