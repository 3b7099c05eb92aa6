//! One attempt at a delivery: where it goes, what came of it, and what that means.

use std::time::{Duration, Instant};

use bellwether_model::{AttemptId, Timestamp};
use bellwether_notify::http::HttpPatience;
use bellwether_notify::mail::Patience;
use bellwether_notify::{Outcome, Target, next_attempt};
use bellwether_store::delivery::{AttemptOutcome, Claim, Content, NewAttempt, Notice};
use uuid::Uuid;

use super::recorder::Report;
use super::route::Route;
use super::{Sending, disabling, message};
use crate::crash::{self, Point};

/// How long one attempt may take in all, waiting for a connection included.
const ATTEMPT_MAX: Duration = Duration::from_secs(120);

const _: () = assert!(Patience::DEFAULT.longest().as_secs() < ATTEMPT_MAX.as_secs());
// A chat may be asked twice.
const _: () = assert!(2 * HttpPatience::DEFAULT.whole.as_secs() < ATTEMPT_MAX.as_secs());

/// Sends one delivery, and says what came of it.
pub(super) async fn attempt(sending: &Sending, claim: Claim) -> Report {
    let started_at = sending.clock.now();
    let began = Instant::now();
    let (outcome, lane) = match Route::of(&claim, &sending.sealer, started_at) {
        Ok(route) => {
            let message = message::of(&claim, &route.mailbox, &sending.addresses);
            (send(sending, &route.target, &message, started_at).await, route.target.lane())
        }
        // Most likely the service was started with another key, which may be put right.
        Err(error) => {
            let retry = Outcome::Retry { reason: error.to_string(), wait: None, ambiguous: false };
            (retry, bellwether_notify::Lane::Webhook)
        }
    };
    if matches!(outcome, Outcome::Delivered { .. }) {
        crash::point(Point::Accepted);
        let owed_for = started_at.micros_since(claim.created_at).max(0);
        metrics::histogram!("bellwether_delivery_seconds").record(owed_for as f64 / 1e6);
    }
    metrics::counter!("bellwether_delivery_attempts_total", "outcome" => outcome.name()).increment(1);
    // Before the attempt is recorded: after a crash between the two it is made again, and comes to the same.
    if let (Outcome::DeadTarget { reason }, Some(via)) = (&outcome, &claim.via) {
        disabling::disable(sending, via, reason).await;
    }
    let lane = Some(lane).filter(|_| is_worth_repeating(&claim.content));
    let (outcome, detail) = judge(outcome, lane, claim.attempt, sending.clock.now());
    let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    report(&claim, started_at, took_us, outcome, detail)
}

/// The report of a delivery that is no longer wanted.
pub(super) fn cancelled(sending: &Sending, claim: &Claim) -> Report {
    let detail = "the alert or the channel was deleted before the message was sent".to_owned();
    report(claim, sending.clock.now(), 0, AttemptOutcome::Cancelled, detail)
}

async fn send(
    sending: &Sending,
    target: &Target,
    message: &bellwether_notify::Message,
    now: Timestamp,
) -> Outcome {
    let sent = tokio::time::timeout(ATTEMPT_MAX, sending.sender.send(target, message, now)).await;
    sent.unwrap_or_else(|_| Outcome::Retry {
        reason: "the attempt took too long".to_owned(),
        wait: None,
        ambiguous: true,
    })
}

fn report(
    claim: &Claim,
    started_at: Timestamp,
    took_us: u64,
    outcome: AttemptOutcome,
    detail: String,
) -> Report {
    let attempt = NewAttempt {
        id: AttemptId(Uuid::now_v7()),
        delivery: claim.id,
        channel: claim.channel,
        token: claim.token,
        started_at,
        took_us,
        outcome,
        detail,
    };
    Report { user: claim.user, attempt }
}

/// Whoever tests a channel looks at the answer now; a test that arrives tomorrow says nothing.
fn is_worth_repeating(content: &Content) -> bool {
    !matches!(content, Content::Notice(Notice::ChannelTest))
}

/// What an outcome means for the delivery; without a lane nothing is tried again.
fn judge(
    outcome: Outcome,
    lane: Option<bellwether_notify::Lane>,
    attempts_made: u32,
    now: Timestamp,
) -> (AttemptOutcome, String) {
    match outcome {
        Outcome::Delivered { reply } => (AttemptOutcome::Delivered, reply),
        Outcome::Retry { reason, wait, ambiguous: _ } => {
            let next = lane.and_then(|lane| next_attempt(lane, attempts_made, wait, now, &mut rand::rng()));
            match (next, lane) {
                (Some(at), _) => (AttemptOutcome::Retry { at }, reason),
                (None, None) => (AttemptOutcome::Dead, reason),
                (None, Some(_)) => {
                    (AttemptOutcome::Dead, format!("given up after {attempts_made} attempts: {reason}"))
                }
            }
        }
        Outcome::Rejected { reason } | Outcome::DeadTarget { reason } => (AttemptOutcome::Dead, reason),
    }
}
