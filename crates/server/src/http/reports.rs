//! Reports: what product alerts told.

pub(super) mod get_report;
pub(super) mod list_reports;

use bellwether_model::Timestamp;
use bellwether_model::product::Report;
use bellwether_store::report::ReportRecord;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::alerts::SpecView;

/// What a product alert told at one time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(super) struct ReportView {
    id: Uuid,
    alert_id: Uuid,
    /// The instant of the schedule that it was made for, or of the observation that it tells of.
    #[schema(value_type = String, format = DateTime)]
    slot: Timestamp,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// The alert's configuration at that moment.
    alert: SpecView,
    /// What it tells; its `kind` is `listings`, `digest` or `insights`. Webhooks carry the same.
    #[schema(value_type = Object)]
    content: Report,
}

impl From<ReportRecord> for ReportView {
    fn from(report: ReportRecord) -> Self {
        let ReportRecord { id, alert, user: _, slot_at, made_at, spec, content } = report;
        Self { id: id.0, alert_id: alert.0, slot: slot_at, made_at, alert: spec.into(), content }
    }
}
