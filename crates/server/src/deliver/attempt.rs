//! One attempt at a delivery: where it goes, what came of it, and what that means.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use bellwether_model::{AttemptId, Timestamp};
use bellwether_notify::http::HttpPatience;
use bellwether_notify::mail::Patience;
use bellwether_notify::schedule::{LONGEST_WISH, is_exhausted};
use bellwether_notify::{Outcome, Target, next_attempt};
use bellwether_store::delivery::{AttemptOutcome, Claim, Content, NewAttempt, Notice};
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::chance::Chance;
use super::leases::claimed_at;
use super::parcel::Parcel;
use super::recorder::Report;
use super::route::Route;
use super::{Sending, disabling, message};
use crate::crash::{self, Point};

/// How long one attempt may take in all, waiting for a connection included. Each of its steps has a time of its own:
/// this is for what nobody thought of.
const ATTEMPT_MAX: Duration = Duration::from_secs(20 * 60);

// There are no more urgent mails on their way than connections to the mail server, and no more others than that either.
const _: () = assert!(2 * Patience::DEFAULT.longest().as_secs() < ATTEMPT_MAX.as_secs());
// A chat may be asked twice.
const _: () = assert!(2 * HttpPatience::DEFAULT.whole.as_secs() < ATTEMPT_MAX.as_secs());

/// Sends one message, and says what came of each of its deliveries. Where that panics, which one message may bring
/// about, it is tried again as after any other failure.
pub(super) async fn attempt(sending: &Sending, parcel: Parcel) -> Vec<Report> {
    let Some(first) = parcel.claims.first() else { return Vec::new() };
    let started_at = sending.clock.now();
    let began = Instant::now();
    let made = AssertUnwindSafe(make(sending, &parcel, first, started_at)).catch_unwind().await;
    let (outcome, lane) = made.unwrap_or_else(|_| {
        tracing::error!(delivery = %first.id, "an attempt panicked, as was reported where it happened");
        // Nobody knows how far it came.
        let reason = "internal error".to_owned();
        (Outcome::Retry { reason, wait: None, ambiguous: true }, bellwether_notify::Lane::Webhook)
    });
    let lane = Some(lane).filter(|_| is_worth_repeating(&first.content));
    let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    // What went together is tried again together, at the time of the one with the fewest attempts.
    let fewest = parcel.claims.iter().map(|claim| claim.attempt).min().unwrap_or(1);
    let again = again_at(&outcome, lane, fewest, sending.clock.now(), &sending.chance);
    let ambiguous = matches!(outcome, Outcome::Retry { ambiguous: true, .. });
    metrics::counter!("bellwether_delivery_attempts_total", "outcome" => outcome.name()).increment(1);
    if ambiguous {
        metrics::counter!("bellwether_delivery_ambiguous_total").increment(1);
    }
    let combined_in = parcel.combined_in();
    let reports = parcel.claims.iter().map(|claim| {
        let (outcome, detail) = judge(&outcome, lane, claim.attempt, again);
        let attempt = new_attempt(claim, started_at, took_us, outcome, detail);
        let attempt = NewAttempt { combined_in, ambiguous, ..attempt };
        sending.traces.attempted(claim, claimed_at(claim), &attempt);
        Report { user: claim.user, attempt }
    });
    reports.collect()
}

/// Sends one message, and does what its outcome asks for at once. By which schedule it is tried again.
async fn make(
    sending: &Sending,
    parcel: &Parcel,
    first: &Claim,
    started_at: Timestamp,
) -> (Outcome, bellwether_notify::Lane) {
    #[cfg(test)]
    super::tests::poison::taste(first);
    let (outcome, lane) = match Route::of(first, &sending.sealer, started_at) {
        Ok(route) => {
            let mut message = match parcel.combined_in() {
                Some(id) => message::combined(parcel, id, &route.mailbox, &sending.addresses),
                None => message::of(first, &route.mailbox, &sending.addresses),
            };
            sending.charts.illustrate(&sending.store, &route.target, &mut message).await;
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
        for claim in &parcel.claims {
            let owed_for = started_at.micros_since(claim.created_at).max(0);
            metrics::histogram!("bellwether_delivery_seconds").record(owed_for as f64 / 1e6);
        }
    }
    if let Outcome::Retry { wait: Some(wait), .. } = &outcome {
        // What else waits for this receiver would be refused as well.
        sending.pacing.spare(first, after(sending.clock.now(), *wait));
    }
    // Before the attempt is recorded: after a crash between the two it is made again, and comes to the same.
    if let Outcome::DeadTarget { reason } = &outcome {
        match &first.via {
            Some(via) => disabling::disable(sending, via, reason).await,
            None => disabling::suppress(sending, first, reason).await,
        }
    }
    (outcome, lane)
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let wait_us = i64::try_from(wait.min(LONGEST_WISH).as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.micros().saturating_add(wait_us))
}

/// The report of a delivery that is no longer wanted.
pub(super) fn cancelled(sending: &Sending, claim: &Claim) -> Report {
    let detail = "the alert or the channel was deleted before the message was sent".to_owned();
    let attempt = new_attempt(claim, sending.clock.now(), 0, AttemptOutcome::Cancelled, detail);
    sending.traces.attempted(claim, claimed_at(claim), &attempt);
    Report { user: claim.user, attempt }
}

async fn send(
    sending: &Sending,
    target: &Target,
    message: &bellwether_notify::Message,
    now: Timestamp,
) -> Outcome {
    let sent = tokio::time::timeout(ATTEMPT_MAX, sending.sender.carry(target, message, now)).await;
    sent.unwrap_or_else(|_| Outcome::Retry {
        reason: "the attempt took too long".to_owned(),
        wait: None,
        ambiguous: true,
    })
}

fn new_attempt(
    claim: &Claim,
    started_at: Timestamp,
    took_us: u64,
    outcome: AttemptOutcome,
    detail: String,
) -> NewAttempt {
    NewAttempt {
        id: AttemptId(Uuid::now_v7()),
        delivery: claim.id,
        channel: claim.channel,
        token: claim.token,
        started_at,
        took_us,
        outcome,
        ambiguous: false,
        detail,
        combined_in: None,
    }
}

/// Whoever tests a channel looks at the answer now; a test that arrives tomorrow says nothing.
fn is_worth_repeating(content: &Content) -> bool {
    !matches!(content, Content::Notice(Notice::ChannelTest))
}

/// When a message is tried again, after an outcome that may change; without a lane never.
fn again_at(
    outcome: &Outcome,
    lane: Option<bellwether_notify::Lane>,
    attempts_made: u32,
    now: Timestamp,
    chance: &Chance,
) -> Option<Timestamp> {
    match outcome {
        Outcome::Retry { wait, .. } => {
            let lane = lane?;
            chance.draw(|rng| next_attempt(lane, attempts_made, *wait, now, rng))
        }
        Outcome::Delivered { .. } | Outcome::Rejected { .. } | Outcome::DeadTarget { .. } => None,
    }
}

/// What an outcome means for a delivery whose schedule may be exhausted.
fn judge(
    outcome: &Outcome,
    lane: Option<bellwether_notify::Lane>,
    attempts_made: u32,
    again: Option<Timestamp>,
) -> (AttemptOutcome, String) {
    match outcome {
        Outcome::Delivered { reply } => (AttemptOutcome::Delivered, reply.clone()),
        Outcome::Retry { reason, .. } => {
            let Some(lane) = lane else { return (AttemptOutcome::Dead, reason.clone()) };
            match again.filter(|_| !is_exhausted(lane, attempts_made)) {
                Some(at) => (AttemptOutcome::Retry { at }, reason.clone()),
                None => {
                    let detail = format!("given up after {attempts_made} attempts: {reason}");
                    (AttemptOutcome::Expired, detail)
                }
            }
        }
        Outcome::Rejected { reason } | Outcome::DeadTarget { reason } => {
            (AttemptOutcome::Dead, reason.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::samples::at;

    #[test]
    fn a_schedule_that_is_exhausted_expires_and_a_refusal_is_dead() {
        use bellwether_notify::Lane;
        let later = || Outcome::Retry { reason: "451 later".into(), wait: None, ambiguous: false };
        for (lane, attempts) in [(Lane::Mail, 16), (Lane::Webhook, 13), (Lane::Chat, 13)] {
            let judged = |made| {
                let again = again_at(&later(), Some(lane), made, at(0), &Chance::seeded(1));
                judge(&later(), Some(lane), made, again).0
            };
            assert!(matches!(judged(attempts - 1), AttemptOutcome::Retry { .. }), "{lane:?}");
            assert_eq!(judged(attempts), AttemptOutcome::Expired, "{lane:?}");
            // In company of a younger one, too.
            assert_eq!(judge(&later(), Some(lane), attempts, Some(at(9))).0, AttemptOutcome::Expired);
        }
        assert_eq!(judge(&later(), None, 1, None).0, AttemptOutcome::Dead, "a test is made once");
        let refused = Outcome::Rejected { reason: "554 no".into() };
        assert_eq!(judge(&refused, Some(Lane::Mail), 1, None), (AttemptOutcome::Dead, "554 no".to_owned()));
    }
}
