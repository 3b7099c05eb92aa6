//! Reports with the deliveries that they owe.

use std::collections::{BTreeMap, HashMap, HashSet};

use bellwether_model::product::Report;
use bellwether_model::{AlertId, Channel, DeliveryId, ReportId, Timestamp, UserId};
use uuid::Uuid;

use super::Owner;
use crate::delivery::{DeliveryStatus, Lane};
use crate::error::StoreError;
use crate::report::ReportKind;
use crate::sql::{Db, Rows, json};
use crate::tables::deliveries::fallback;
use crate::tables::evaluation::owed;

/// A report to be brought in.
pub(crate) struct Owed<'r> {
    pub(crate) id: ReportId,
    pub(crate) alert: AlertId,
    pub(crate) slot: Timestamp,
    pub(crate) content: &'r Report,
    pub(crate) deliveries: &'r [DeliveryId],
}

impl Owed<'_> {
    /// In which queue it waits.
    fn lane(&self) -> Lane {
        match ReportKind::of(self.content) {
            ReportKind::Listings => Lane::Urgent,
            ReportKind::Digest => Lane::Digest,
            ReportKind::Insights => Lane::Insights,
        }
    }

    /// The id of its delivery over its alert's channel at `index`. A channel that was added since the caller
    /// read the alert gets one that follows from the report's own.
    fn delivery(&self, index: usize) -> DeliveryId {
        self.deliveries.get(index).copied().unwrap_or_else(|| {
            let beyond = u128::try_from(index).unwrap_or(u128::MAX).saturating_add(1);
            DeliveryId(Uuid::from_u128(self.id.0.as_u128() ^ beyond))
        })
    }
}

/// Brings reports in, each with one delivery for each channel of its alert.
pub(crate) async fn save(
    db: &mut Db<'_>,
    reports: Vec<Owed<'_>>,
    alerts: &BTreeMap<AlertId, Owner>,
    unverified: &HashSet<UserId>,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let columns = ["id", "alert_id", "user_id", "kind", "slot_at", "made_at", "spec", "content"];
    let mut rows = Rows::new(columns);
    let owned = || reports.iter().filter_map(|report| Some((report, alerts.get(&report.alert)?)));
    let mut channels_of: HashMap<AlertId, Vec<Channel>> = HashMap::new();
    for (report, alert) in owned() {
        rows.push([
            report.id.into(),
            report.alert.into(),
            alert.user.into(),
            ReportKind::of(report.content).name().into(),
            report.slot.into(),
            now.into(),
            alert.spec.as_str().into(),
            json::write(report.content)?.into(),
        ]);
        channels_of.insert(report.alert, owed::channels(&alert.spec)?);
    }
    rows.run(
        db,
        "INSERT INTO reports (id, alert_id, user_id, kind, slot_at, made_at, spec, content)
        SELECT id, alert_id, user_id, kind, slot_at, made_at, spec, content FROM rows",
    )
    .await?;
    let made = owed::lock_channels(db, channels_of.values().flatten()).await?;
    let columns = [
        "id",
        "user_id",
        "alert_id",
        "report_id",
        "channel",
        "channel_id",
        "lane",
        "status",
        "ready_at",
        "why",
        "at",
    ];
    let mut rows = Rows::new(columns);
    let mut dead = Vec::new();
    for (report, alert) in owned() {
        let channels = channels_of.get(&report.alert).map(Vec::as_slice).unwrap_or_default();
        for (index, channel) in channels.iter().enumerate() {
            let begin = owed::begin(*channel, alert.user, &made, unverified, hold_unverified);
            let is_due = begin.status == DeliveryStatus::Pending;
            if begin.status == DeliveryStatus::Dead {
                dead.push(report.delivery(index));
            }
            rows.push([
                report.delivery(index).into(),
                alert.user.into(),
                report.alert.into(),
                report.id.into(),
                channel.to_string().into(),
                owed::id_of(*channel).into(),
                report.lane().name().into(),
                begin.status.name().into(),
                is_due.then_some(now).into(),
                begin.why.into(),
                now.into(),
            ]);
        }
    }
    rows.run(
        db,
        "INSERT INTO deliveries (id, user_id, alert_id, report_id, channel, channel_id, lane, status, ready_at,
            last_error, created_at)
        SELECT id, user_id, alert_id, report_id, channel, channel_id, lane, status, ready_at, why, at FROM rows",
    )
    .await?;
    fallback::move_to_mail(db, dead, hold_unverified, now).await
}
