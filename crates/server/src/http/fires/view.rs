//! How a fire looks in the API.

use bellwether_model::{Instrument, Measure, PartTruth, Price, Resolution, Timestamp};
use bellwether_store::fire::Fire;
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
    evidence: EvidenceView,
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
}

/// Why an alert fired: enough to check it against the venue's public history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub(in crate::http) struct EvidenceView {
    /// The instrument of the tick; of a composite alert it may be another than the alert's own.
    #[schema(value_type = schema::Instrument)]
    instrument: Instrument,
    /// The venue's time of the tick.
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
    /// `tick`, or `1m` where candles stood in for trades that could not be had.
    #[schema(value_type = String, example = "tick")]
    resolution: Resolution,
}

impl From<Fire> for FireView {
    fn from(fire: Fire) -> Self {
        let evidence = fire.evidence;
        let (mut threshold, mut reference, mut parts) = (None, None, None);
        match evidence.measure {
            Measure::Threshold(price) => threshold = Some(price),
            Measure::Reference(price) => reference = Some(price),
            Measure::Parts(truths) => parts = Some(truths),
        }
        Self {
            id: fire.id.0,
            alert_id: fire.alert.0,
            fire: fire.number,
            evidence: EvidenceView {
                instrument: evidence.instrument,
                time: evidence.time,
                id: evidence.id,
                trades: fire.trades,
                price: evidence.price,
                previous_price: evidence.previous_price,
                threshold,
                reference,
                parts,
                resolution: evidence.resolution,
            },
            alert: fire.spec.into(),
            evaluated_at: fire.evaluated_at,
            committed_at: fire.committed_at,
            late: fire.late,
            ends_alert: fire.ends,
        }
    }
}
