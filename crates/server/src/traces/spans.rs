//! Spans of what a commit and an attempt know. What is said of them is a closed list: no id of a user or an alert, no
//! instrument (people name their own), no text and no answer of a receiver.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bellwether_model::{FireId, Timestamp};
use bellwether_store::channel::ChannelKind;
use bellwether_store::delivery::{AttemptOutcome, Claim, Lane, NewAttempt};
use bellwether_store::evaluation::NewFire;
use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceFlags, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, SpanId, TraceId};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use uuid::Uuid;

use super::ids::{span_of, trace_of};

/// The root of a fire's trace, and how it was found and stored.
pub(super) fn of_fire(fire: &NewFire, committed_at: Timestamp) -> [SpanData; 3] {
    let (found_at, tick_at) = (fire.evaluated_at, fire.evidence.time);
    let root = Spans { fire: fire.id, owner: fire.id.0, parent: SpanId::INVALID };
    let children = Spans { parent: span_of("fire", fire.id.0), ..root };
    // The venue's clock may be ahead of ours.
    let began_at = tick_at.min(found_at);
    [
        root.span(
            "fire",
            began_at,
            committed_at,
            vec![
                KeyValue::new("bellwether.venue", fire.evidence.instrument.venue().name()),
                KeyValue::new("bellwether.late", fire.late),
                KeyValue::new("bellwether.deliveries", count(fire.deliveries.len())),
            ],
        ),
        children.span(
            "evaluate",
            began_at,
            found_at,
            vec![KeyValue::new("bellwether.venue_time", tick_at.to_string())],
        ),
        children.span("commit", found_at, committed_at, Vec::new()),
    ]
}

/// The spans of an attempt at a delivery that tells of a fire; and that of the delivery, where it is the last.
pub(super) fn of_attempt(
    fire: FireId,
    claim: &Claim,
    claimed_at: Timestamp,
    attempt: &NewAttempt,
) -> Vec<SpanData> {
    let delivery = Spans { fire, owner: claim.id.0, parent: span_of("fire", fire.0) };
    let parts = Spans { fire, owner: attempt.id.0, parent: span_of("deliver", claim.id.0) };
    let ended_at = after(attempt.started_at, attempt.took_us);
    let mut spans = Vec::with_capacity(3);
    // What was deleted meanwhile was not sent.
    if attempt.outcome != AttemptOutcome::Cancelled {
        let waited = claim.deferred.map(|why| KeyValue::new("bellwether.deferred", why.name()));
        spans.push(parts.span("claim", claimed_at, attempt.started_at, waited.into_iter().collect()));
        let mut about = about(claim, &attempt.outcome);
        about.push(KeyValue::new("bellwether.attempt", i64::from(claim.attempt)));
        about.push(KeyValue::new("bellwether.ambiguous", attempt.ambiguous));
        about.push(KeyValue::new("bellwether.combined", attempt.combined_in.is_some()));
        let span = parts.span("send", attempt.started_at, ended_at, about);
        spans.push(SpanData { span_kind: SpanKind::Client, status: status(&attempt.outcome), ..span });
    }
    if !matches!(attempt.outcome, AttemptOutcome::Retry { .. }) {
        let mut about = about(claim, &attempt.outcome);
        about.push(KeyValue::new("bellwether.delivery", claim.id.to_string()));
        about.push(KeyValue::new("bellwether.attempts", i64::from(claim.attempt)));
        let span = delivery.span("deliver", claim.created_at, ended_at, about);
        spans.push(SpanData { status: status(&attempt.outcome), ..span });
    }
    spans
}

fn about(claim: &Claim, outcome: &AttemptOutcome) -> Vec<KeyValue> {
    let kind = claim.via.as_ref().map_or(ChannelKind::Email, |via| via.kind);
    vec![
        KeyValue::new("bellwether.channel", kind.name()),
        // Whatever tells of a fire is urgent.
        KeyValue::new("bellwether.lane", Lane::Urgent.name()),
        KeyValue::new("bellwether.outcome", outcome.name()),
    ]
}

/// Only the outcome's name: what a receiver said may hold an address.
fn status(outcome: &AttemptOutcome) -> Status {
    match outcome {
        AttemptOutcome::Delivered => Status::Ok,
        AttemptOutcome::Retry { .. } | AttemptOutcome::Dead | AttemptOutcome::Expired => {
            Status::error(outcome.name())
        }
        AttemptOutcome::Cancelled => Status::Unset,
    }
}

/// Spans of one fire's trace that belong to the same thing.
#[derive(Clone, Copy)]
struct Spans {
    fire: FireId,
    /// The fire, delivery or attempt.
    owner: Uuid,
    parent: SpanId,
}

impl Spans {
    fn span(self, name: &'static str, began: Timestamp, ended: Timestamp, about: Vec<KeyValue>) -> SpanData {
        let (trace, id) = (trace_of(self.fire), span_of(name, self.owner));
        SpanData { name: name.into(), ..span(trace, id, self.parent, (began, ended), about) }
    }
}

/// A span without a name.
pub(super) fn span(
    trace: TraceId,
    id: SpanId,
    parent_span_id: SpanId,
    (began, ended): (Timestamp, Timestamp),
    attributes: Vec<KeyValue>,
) -> SpanData {
    SpanData {
        span_context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id,
        // Of a fire's perhaps, perhaps not: nobody carries along where it was found.
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: "".into(),
        start_time: time(began),
        // A clock may have been set back in between.
        end_time: time(ended.max(began)),
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("bellwether").build(),
    }
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn after(start: Timestamp, took_us: u64) -> Timestamp {
    Timestamp::from_micros(start.micros().saturating_add(i64::try_from(took_us).unwrap_or(i64::MAX)))
}

/// Nobody's tick is from before 1970.
fn time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(at.micros()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use bellwether_model::DeliveryId;
    use bellwether_store::delivery::Deferred;

    use super::*;
    use crate::deliver::samples::{at, claim};
    use crate::traces::samples::{attempt, spans_of};

    fn names(spans: &[SpanData]) -> Vec<&str> {
        spans.iter().map(|span| &*span.name).collect()
    }

    #[test]
    fn an_attempt_has_spans_of_its_own_and_the_last_one_ends_the_delivery() {
        let claim = Claim { deferred: Some(Deferred::Pace), ..claim(1) };
        let check = |outcome: AttemptOutcome, expected: &[&str], state: Status| {
            let spans = spans_of(&claim, at(1), &attempt(&claim, outcome));
            assert_eq!(names(&spans), expected);
            let last = spans.last().unwrap();
            assert_eq!((&last.status, last.end_time), (&state, time(after(at(2), 500_000))));
            let times = spans.iter().map(|span| (span.start_time, span.end_time));
            times.for_each(|(began, ended)| assert!(time(at(0)) <= began && began <= ended));
            spans
        };
        let first = check(AttemptOutcome::Retry { at: at(9) }, &["claim", "send"], Status::error("retry"));
        let last = check(AttemptOutcome::Delivered, &["claim", "send", "deliver"], Status::Ok);
        check(AttemptOutcome::Dead, &["claim", "send", "deliver"], Status::error("dead"));
        check(AttemptOutcome::Expired, &["claim", "send", "deliver"], Status::error("expired"));
        let gone = spans_of(&claim, at(1), &attempt(&claim, AttemptOutcome::Cancelled));
        assert_eq!(names(&gone), ["deliver"], "nothing was sent");
        assert_eq!(first[0].attributes, [KeyValue::new("bellwether.deferred", "pace")]);
        // Each attempt has ids of its own, and all lead to the one delivery.
        let deliver = last[2].span_context.span_id();
        assert!([&first[..], &last[..2]].concat().iter().all(|span| span.parent_span_id == deliver));
        assert_ne!(first[1].span_context.span_id(), last[1].span_context.span_id());
        assert_eq!(first[1].span_context.trace_id(), last[2].span_context.trace_id());
    }

    #[test]
    fn clocks_that_disagree_make_no_span_that_ends_before_it_began() {
        let claim = claim(1);
        let early = NewAttempt { started_at: at(-9), ..attempt(&claim, AttemptOutcome::Delivered) };
        let spans = spans_of(&claim, at(1), &early);
        assert!(spans.iter().all(|span| span.start_time <= span.end_time), "{spans:?}");
    }

    #[test]
    fn nothing_of_a_person_is_in_a_span() {
        let claim = Claim { id: DeliveryId(Uuid::nil()), ..claim(1) };
        let spans = spans_of(&claim, at(1), &attempt(&claim, AttemptOutcome::Dead));
        let said: Vec<_> = spans.iter().map(|span| (&span.name, &span.attributes, &span.status)).collect();
        let (text, user) = (format!("{said:?}"), claim.user.to_string());
        assert!(text.contains("dead"), "{text}");
        for secret in ["example.org", "550", "BTC", "33000", "33001", "00000000000a", &user] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
