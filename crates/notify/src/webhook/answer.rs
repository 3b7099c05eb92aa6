//! How a webhook's answers are read.
//!
//! | status | what it means |
//! |---|---|
//! | 2xx | delivered |
//! | 410 | the receiver wants no more: the target is dead |
//! | 408, 425, 429, 5xx | later, after `Retry-After` where it is given |
//! | 3xx | rejected: a redirect would lead past the guard, and the signature was for this address |
//! | other 4xx | rejected: the same request would be answered the same |

use bellwether_model::Timestamp;

use crate::Outcome;
use crate::http::HttpReply;
use crate::http::redact::Secrets;

/// Sorts an answer.
pub(super) fn read(reply: &HttpReply, secrets: &Secrets, now: Timestamp) -> Outcome {
    let said = said(reply, secrets);
    match reply.status {
        200..=299 => Outcome::delivered(&said),
        300..=399 => Outcome::rejected(&format!(
            "{said} (redirects are not followed; give the address that it leads to)"
        )),
        410 => Outcome::dead_target(&format!("{said} (gone: the receiver wants no more)")),
        408 | 425 | 429 | 500..=599 => Outcome::later(&said, reply.wait(now)),
        _ => Outcome::rejected(&said),
    }
}

/// "503: text of the answer".
fn said(reply: &HttpReply, secrets: &Secrets) -> String {
    match secrets.taken_out(&reply.text()).trim() {
        "" => reply.status.to_string(),
        text => format!("{}: {text}", reply.status),
    }
}
