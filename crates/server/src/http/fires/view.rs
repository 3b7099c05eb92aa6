//! How a fire looks in the API.

use bellwether_model::product::{Card, ListingEvent, ListingEvidence, Money};
use bellwether_model::{Evidence, Instrument, Measure, PartTruth, Percent, Price, Resolution, Timestamp};
use bellwether_store::fire::{Cause, Fire};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::alerts::SpecView;
use crate::http::schema;

/// An alert went off.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fire)]
pub(in crate::http) struct FireView {
    id: Uuid,
    alert_id: Uuid,
    /// Its number in the alert's life: 1, 2, ...
    fire: u64,
    evidence: CauseView,
    /// The alert's configuration at that moment.
    alert: SpecView,
    /// When it was evaluated.
    #[schema(value_type = String, format = DateTime)]
    evaluated_at: Timestamp,
    /// When it was stored, with the deliveries that it owes.
    #[schema(value_type = String, format = DateTime)]
    committed_at: Timestamp,
    /// Whether it was found on ticks that were fetched afterwards.
    late: bool,
    /// Whether it ended the alert.
    ends_alert: bool,
    /// What told of it, together with what else happened to listings then: see `/api/reports/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    report_id: Option<Uuid>,
}

/// Why an alert fired, by what it watches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FireCause)]
#[serde(untagged)]
pub(in crate::http) enum CauseView {
    /// A tick.
    Tick(EvidenceView),
    /// An observation of a listing.
    Listing(ListingEvidenceView),
}

/// Why a search alert fired: enough to check it against the listing's prices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListingEvidence)]
pub(in crate::http) struct ListingEvidenceView {
    #[schema(value_type = schema::ListingEvent)]
    event: ListingEvent,
    #[schema(value_type = schema::Card)]
    listing: Card,
    /// When it was observed.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// What it costs now, or cost last.
    #[schema(value_type = Option<schema::Money>)]
    price: Option<Money>,
    /// What it cost at the observation before.
    #[schema(value_type = Option<schema::Money>)]
    previous_price: Option<Money>,
    /// `price_drop`: the price last reported to this alert, or else the first that it saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Decimal>)]
    reference: Option<Price>,
    /// `price_drop`: the percentage asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Decimal>)]
    percent: Option<Percent>,
    /// `below`: the price asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Decimal>)]
    threshold: Option<Price>,
}

impl From<ListingEvidence> for ListingEvidenceView {
    fn from(evidence: ListingEvidence) -> Self {
        let ListingEvidence { event, listing, time, price, previous_price, reference, percent, threshold } =
            evidence;
        Self { event, listing, time, price, previous_price, reference, percent, threshold }
    }
}

/// Why an alert fired: enough to check it against the venue's public history. Of a silence, the tick is the last
/// one before it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub(in crate::http) struct EvidenceView {
    /// The instrument of the tick; of a composite alert it may be another than the alert's own.
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    /// The venue's time of the tick; of a silence, the instant at which it had lasted for as long as was asked.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// The venue's own number of the tick.
    id: Option<u64>,
    /// The first and last trade that the tick sums up.
    trades: Option<(u64, u64)>,
    #[schema(value_type = schema::Decimal)]
    price: Price,
    /// The price in force just before it.
    #[schema(value_type = Option<schema::Decimal>)]
    previous_price: Option<Price>,
    /// The price of the condition or the bound of the channel that it was measured against.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Decimal>)]
    threshold: Option<Price>,
    /// What the price was compared with, where the condition speaks of a movement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Decimal>)]
    reference: Option<Price>,
    /// The parts of a composite condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<schema::PartTruth>>)]
    parts: Option<Vec<PartTruth>>,
    /// The time of the last tick before a silence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    silent_since: Option<Timestamp>,
    /// `tick`, or `1m` where candles stood in for trades that could not be had.
    #[schema(value_type = String, example = "tick")]
    resolution: Resolution,
}

/// What a fire was measured against, as three fields of which at most one is filled: threshold, reference, parts.
pub(in crate::http) fn measured(measure: Measure) -> (Option<Price>, Option<Price>, Option<Vec<PartTruth>>) {
    match measure {
        Measure::Threshold(price) => (Some(price), None, None),
        Measure::Reference(price) => (None, Some(price), None),
        Measure::Parts(truths) => (None, None, Some(truths)),
        Measure::SilentSince(_) => (None, None, None),
    }
}

impl EvidenceView {
    fn of(evidence: Evidence, trades: Option<(u64, u64)>) -> Self {
        let silent_since = match evidence.measure {
            Measure::SilentSince(time) => Some(time),
            Measure::Threshold(_) | Measure::Reference(_) | Measure::Parts(_) => None,
        };
        let (threshold, reference, parts) = measured(evidence.measure);
        Self {
            instrument: evidence.instrument,
            time: evidence.time,
            id: evidence.id,
            trades,
            price: evidence.price,
            previous_price: evidence.previous_price,
            threshold,
            reference,
            parts,
            silent_since,
            resolution: evidence.resolution,
        }
    }
}

impl From<Fire> for FireView {
    fn from(fire: Fire) -> Self {
        Self {
            id: fire.id.0,
            alert_id: fire.alert.0,
            fire: fire.number,
            evidence: match fire.cause {
                Cause::Tick { evidence, trades } => CauseView::Tick(EvidenceView::of(*evidence, trades)),
                Cause::Listing(evidence) => CauseView::Listing((*evidence).into()),
            },
            alert: fire.spec.into(),
            evaluated_at: fire.evaluated_at,
            committed_at: fire.committed_at,
            late: fire.late,
            ends_alert: fire.ends,
            report_id: fire.report.map(|report| report.0),
        }
    }
}
