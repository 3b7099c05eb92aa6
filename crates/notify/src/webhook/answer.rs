//! How a webhook's answers are read: 410 says that the receiver wants no more, and every other status that
//! is no success is worth another try, as Standard Webhooks has it. A receiver that is being set up or
//! deployed answers 401 or 404 for a while, and its owner expects the message once that is mended.

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
        400..=499 => Outcome::later(&said, reply.wait(now)),
        _ => usual(reply, &said, now),
    }
}
