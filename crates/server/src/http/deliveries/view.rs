//! How a delivery and its attempts look in the API.

use bellwether_model::{Channel, Timestamp};
use bellwether_store::delivery::{Attempt, AttemptOutcome, Deferred, Delivery};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::schema;

/// One message to one channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(in crate::http) struct DeliveryView {
    /// The same for every attempt; the message's own id is made of it.
    id: Uuid,
    /// `fire`; `listings`, `digest` or `insights` of an alert on products; `verification` of an address, `test` of a
    /// channel, `channel_disabled`, `alert_throttled`, `alert_expired`, `address_suppressed`, or `password_link` for a forgotten password.
    #[schema(example = "fire")]
    about: &'static str,
    fire_id: Option<Uuid>,
    /// What it tells of products: see `/api/reports/{id}`.
    report_id: Option<Uuid>,
    alert_id: Option<Uuid>,
    /// Over which channel it goes: `email` also where it was owed to a channel that is disabled now, which its
    /// attempts say.
    #[schema(value_type = schema::Channel)]
    channel: Channel,
    /// `urgent`, `digest` or `insights`.
    #[schema(example = "urgent")]
    lane: &'static str,
    /// `held` (until the address or channel is verified), `pending`, `sending`, `delivered`, `dead` (refused), `expired` (tried
    /// for as long as the schedule says) or `cancelled` (its alert or channel was deleted, or a newer
    /// digest took its place in quiet hours).
    #[schema(example = "delivered")]
    status: &'static str,
    /// Attempts made.
    attempt_count: u32,
    /// When it is tried next, while it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When its receiver accepted it.
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Timestamp>,
    /// The message that told of it together with others, where one did.
    combined_in: Option<Uuid>,
    /// Why it waits although nothing has failed: `pace`, `throttled` or `quiet_hours`.
    deferred: Option<&'static str>,
    /// What the last attempt met with.
    last_error: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let ((fire, of_fire), (report, of_report)) = (delivery.fire.unzip(), delivery.report.unzip());
        Self {
            id: delivery.id.0,
            about: delivery.about.name(),
            fire_id: fire.map(|fire| fire.0),
            report_id: report.map(|report| report.0),
            alert_id: of_fire.or(of_report).map(|alert| alert.0),
            channel: delivery.channel,
            lane: delivery.lane.name(),
            status: delivery.status.name(),
            attempt_count: delivery.attempts,
            next_attempt_at: delivery.next_at,
            created_at: delivery.created_at,
            delivered_at: delivery.delivered_at,
            combined_in: delivery.combined_in.map(|id| id.0),
            deferred: delivery.deferred.map(Deferred::name),
            last_error: delivery.last_error,
        }
    }
}

/// A delivery with every attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryWithAttempts)]
pub(in crate::http) struct DeliveryWithAttempts {
    #[serde(flatten)]
    pub(super) delivery: DeliveryView,
    /// Oldest first.
    pub(super) attempts: Vec<AttemptView>,
}

/// One attempt at a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(in crate::http) struct AttemptView {
    id: Uuid,
    /// 1, 2, ...
    number: u32,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// How long it took, in microseconds.
    took_us: u64,
    /// `delivered`, `retry`, `dead`, `expired` or `cancelled`.
    #[schema(example = "delivered")]
    outcome: &'static str,
    /// When it was to be tried again, after `retry`.
    #[schema(value_type = Option<String>, format = DateTime)]
    retry_at: Option<Timestamp>,
    /// Whether the receiver may have the message all the same: it went out, and the answer was lost. The next attempt
    /// has the same id.
    ambiguous: bool,
    /// What the receiver said, or what went wrong.
    detail: String,
    /// The message that was sent for this delivery and others at once, where it was none of its own.
    combined_in: Option<Uuid>,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let retry_at = match attempt.outcome {
            AttemptOutcome::Retry { at } => Some(at),
            AttemptOutcome::Delivered
            | AttemptOutcome::Dead
            | AttemptOutcome::Expired
            | AttemptOutcome::Cancelled => None,
        };
        Self {
            id: attempt.id.0,
            number: attempt.number,
            started_at: attempt.started_at,
            took_us: attempt.took_us,
            outcome: attempt.outcome.name(),
            retry_at,
            ambiguous: attempt.ambiguous,
            detail: attempt.detail,
            combined_in: attempt.combined_in.map(|id| id.0),
        }
    }
}
