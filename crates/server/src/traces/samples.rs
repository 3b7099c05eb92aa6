//! Attempts to try things with.

use bellwether_model::{AttemptId, Timestamp};
use bellwether_store::delivery::{AttemptOutcome, Claim, Content, NewAttempt};
use opentelemetry_sdk::trace::SpanData;
use uuid::Uuid;

use super::spans;
use crate::deliver::samples::{at, claim};

/// An attempt at second 2, which took half a second.
pub(super) fn attempt(claim: &Claim, outcome: AttemptOutcome) -> NewAttempt {
    NewAttempt {
        id: AttemptId(Uuid::new_v4()),
        delivery: claim.id,
        channel: claim.channel,
        token: claim.token,
        started_at: at(2),
        took_us: 500_000,
        outcome,
        ambiguous: false,
        detail: "550 no mailbox ada@example.org".to_owned(),
        combined_in: None,
    }
}

/// The spans of an attempt at a delivery that was owed at second 0 and claimed at an instant.
pub(super) fn spans_of(claim: &Claim, claimed_at: Timestamp, attempt: &NewAttempt) -> Vec<SpanData> {
    let Content::Fired(fire) = &claim.content else { panic!("it tells of a fire") };
    spans::of_attempt(fire.id, claim, claimed_at, attempt)
}

/// Three spans.
pub(super) fn spans() -> Vec<SpanData> {
    let claim = claim(1);
    spans_of(&claim, at(1), &attempt(&claim, AttemptOutcome::Delivered))
}
