//! How a webhook's answers are read: 410 says that the receiver wants no more (Standard Webhooks), the
//! others mean the usual.

use bellwether_model::Timestamp;

use crate::Outcome;
use crate::http::HttpReply;
use crate::http::answer::{said, usual};
use crate::http::redact::Secrets;

/// Sorts an answer.
pub(super) fn read(reply: &HttpReply, secrets: impl FnOnce() -> Secrets, now: Timestamp) -> Outcome {
    let said = said(reply, secrets);
    match reply.status {
        410 => Outcome::dead_target(&format!("{said} (gone: the receiver wants no more)")),
        _ => usual(reply, &said, now),
    }
}
