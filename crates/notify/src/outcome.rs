//! What came of one attempt, the same for every channel.

use std::time::Duration;

use crate::plain;

/// Characters of a reply or a reason that are kept.
pub const REASON_CHARS: usize = 300;

/// What came of one attempt. The texts go into the ledger that the alert's owner sees: they hold no
/// secrets, stand on one line, and have at most [`REASON_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it.
    Delivered {
        /// What the receiver answered.
        reply: String,
    },
    /// Not now; it may succeed later.
    Retry {
        /// What went wrong.
        reason: String,
        /// The shortest wait that the receiver asked for, where it did.
        wait: Option<Duration>,
        /// Whether the receiver may have taken it all the same: its answer was lost.
        ambiguous: bool,
    },
    /// This message never succeeds.
    Rejected {
        /// Why.
        reason: String,
    },
    /// No message to this target ever succeeds: nobody is there.
    DeadTarget {
        /// Why.
        reason: String,
    },
}

impl Outcome {
    pub(crate) fn delivered(reply: &str) -> Self {
        Outcome::Delivered { reply: plain::bounded_line(reply, REASON_CHARS) }
    }

    /// A failure after which the receiver certainly has nothing.
    pub(crate) fn retry(reason: &str) -> Self {
        Outcome::Retry { reason: plain::bounded_line(reason, REASON_CHARS), wait: None, ambiguous: false }
    }

    /// Not now, said by a receiver that may also have said how long to wait.
    pub(crate) fn later(reason: &str, wait: Option<Duration>) -> Self {
        Outcome::Retry { reason: plain::bounded_line(reason, REASON_CHARS), wait, ambiguous: false }
    }

    /// A failure after which nobody knows whether the receiver has it.
    pub(crate) fn unknown(reason: &str) -> Self {
        Outcome::Retry { reason: plain::bounded_line(reason, REASON_CHARS), wait: None, ambiguous: true }
    }

    pub(crate) fn rejected(reason: &str) -> Self {
        Outcome::Rejected { reason: plain::bounded_line(reason, REASON_CHARS) }
    }

    pub(crate) fn dead_target(reason: &str) -> Self {
        Outcome::DeadTarget { reason: plain::bounded_line(reason, REASON_CHARS) }
    }

    /// The outcome's name in metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Delivered { .. } => "delivered",
            Outcome::Retry { .. } => "retry",
            Outcome::Rejected { .. } => "rejected",
            Outcome::DeadTarget { .. } => "dead_target",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_stands_on_one_short_line() {
        let Outcome::Rejected { reason } =
            Outcome::rejected(&format!("no\r\nBcc: x\u{0}{}", "ä".repeat(900)))
        else {
            panic!("not rejected");
        };
        assert!(reason.starts_with("no Bcc: x ää"), "{reason}");
        assert_eq!(reason.chars().count(), REASON_CHARS);
    }
}
