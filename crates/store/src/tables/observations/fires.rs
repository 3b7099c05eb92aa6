//! What the fires of an observation leave behind, besides their reports.

use std::collections::BTreeMap;

use bellwether_model::product::ListingId;
use bellwether_model::{AlertId, Timestamp, UserId, Venue};

use super::users;
use crate::error::StoreError;
use crate::search::ListingsFired;
use crate::sql::{Db, Rows, json};
use crate::tables::alerts::log;
use crate::tables::listings::Saved;
use crate::tables::reports::{self, Owner};

/// Keeps the fires, each with the next number of its alert, and brings the alerts on. Whose lists changed.
pub(super) async fn save(
    db: &mut Db<'_>,
    accepted: &[ListingsFired],
    alerts: &mut BTreeMap<AlertId, Owner>,
    saved: &Saved,
    time: Timestamp,
    now: Timestamp,
) -> Result<Vec<UserId>, StoreError> {
    insert(db, accepted, alerts, now).await?;
    note_reported(db, accepted, saved).await?;
    for fired in accepted {
        let count = u64::try_from(fired.fires.len()).unwrap_or(u64::MAX);
        if let Some(alert) = alerts.get_mut(&fired.alert) {
            alert.fired(count, time, fired.ends);
        }
    }
    reports::save_alerts(db, alerts, now).await?;
    log(db, alerts.iter().filter_map(|(id, alert)| alert.entry(*id, now))).await?;
    Ok(users(accepted, alerts))
}

async fn insert(
    db: &mut Db<'_>,
    accepted: &[ListingsFired],
    alerts: &BTreeMap<AlertId, Owner>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut rows = Rows::new([
        "id",
        "alert_id",
        "user_id",
        "number",
        "instrument",
        "time",
        "evidence",
        "spec",
        "at",
        "late",
        "ends",
        "report_id",
    ]);
    for (fired, alert) in accepted.iter().filter_map(|fired| Some((fired, alerts.get(&fired.alert)?))) {
        let last = fired.fires.len().saturating_sub(1);
        for (number, (index, (id, evidence))) in (alert.fires + 1..).zip(fired.fires.iter().enumerate()) {
            rows.push([
                (*id).into(),
                fired.alert.into(),
                alert.user.into(),
                number.into(),
                format!("{}:{}", Venue::Ebay, evidence.listing.id).into(),
                evidence.time.into(),
                json::write(evidence)?.into(),
                alert.spec.as_str().into(),
                now.into(),
                false.into(),
                (fired.ends && index == last).into(),
                fired.report.0.into(),
            ]);
        }
    }
    rows.run(
        db,
        "INSERT INTO fires (id, alert_id, user_id, number, instrument, time, evidence, spec, evaluated_at,
            committed_at, late, ends, kind, report_id)
        SELECT id, alert_id, user_id, number, instrument, time, evidence, spec, at, at, late, ends, 'search',
            report_id FROM rows",
    )
    .await
    .map(drop)
}

/// Remembers the prices that were told, whatever was told of them: further falls are measured from there.
async fn note_reported(db: &mut Db<'_>, accepted: &[ListingsFired], saved: &Saved) -> Result<(), StoreError> {
    let numbers: BTreeMap<&ListingId, i64> =
        saved.numbers.iter().map(|((_, id), number)| (id, *number)).collect();
    let mut reported = BTreeMap::new();
    for fired in accepted {
        for (_, told) in &fired.fires {
            if let (Some(number), Some(price)) = (numbers.get(&told.listing.id), told.price) {
                reported.insert((fired.alert, *number), price.value);
            }
        }
    }
    Rows::of(["alert_id", "listing", "price"], reported, |((alert, listing), price)| {
        [alert.into(), listing.into(), price.into()]
    })
    .run(
        db,
        "INSERT INTO alert_listings (alert_id, listing, price)
        SELECT alert_id, listing, price FROM rows WHERE TRUE
        ON CONFLICT (alert_id, listing) DO UPDATE SET price = excluded.price",
    )
    .await
    .map(drop)
}
