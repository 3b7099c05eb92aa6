//! Bringing in a digest or insights.

use std::collections::BTreeSet;

use bellwether_model::{AlertId, Timestamp};

use super::{Owed, owed, owner};
use crate::error::StoreError;
use crate::report::{ReportCommit, ReportKind, ReportOutcome};
use crate::sql::{Db, sql};
use crate::tables::jobs;

pub(super) async fn commit(
    db: &mut Db<'_>,
    report: ReportCommit,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<ReportOutcome, StoreError> {
    if ReportKind::of(&report.content).name() != report.held.kind.name() {
        return Err(StoreError::Refused { source: "a report that is not of its job's kind".into() });
    }
    let alert = report.held.alert();
    let unverified = owner::unverified(db, &BTreeSet::from([alert]), hold_unverified).await?;
    let mut alerts = owner::lock_alerts(db, BTreeSet::from([alert])).await?;
    let is_held = jobs::is_held(db, &report.held).await?;
    // The alert's row keeps two that bring in the same one apart.
    if is_there(db, alert, report.slot).await? {
        if is_held {
            jobs::go_on(db, report.held, report.next_at, Some(now)).await?;
        }
        return Ok(ReportOutcome::Repeated);
    }
    if !is_held {
        return Ok(ReportOutcome::LeaseLost);
    }
    let user = match alerts.get_mut(&alert) {
        Some(owner) if owner.is_active && owner.revision == report.revision => {
            owner.fired(1, now, false);
            owner.user
        }
        _ => return Ok(ReportOutcome::Dropped),
    };
    owner::save_alerts(db, &alerts, now).await?;
    jobs::go_on(db, report.held, report.next_at, Some(now)).await?;
    let told = Owed {
        id: report.id,
        alert,
        slot: report.slot,
        content: &report.content,
        deliveries: &report.deliveries,
    };
    owed::save(db, vec![told], &alerts, &unverified, hold_unverified, now).await?;
    Ok(ReportOutcome::Committed(user))
}

/// Whether the alert has a digest or insights for this instant.
async fn is_there(db: &mut Db<'_>, alert: AlertId, slot: Timestamp) -> Result<bool, StoreError> {
    let found = sql("SELECT COUNT(*) FROM reports
        WHERE alert_id = $1 AND slot_at = $2 AND kind IN ('digest', 'insights')");
    Ok(found.bind(alert).bind(slot).one(db, |row| row.int()).await? > 0)
}
