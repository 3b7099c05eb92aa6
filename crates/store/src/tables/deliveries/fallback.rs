//! What a disabled channel cannot tell any more is told over the account's own address.
//!
//! The delivery itself goes there: it keeps its id, so there is never a second one that is told besides, and its
//! ledger says what happened. It stays a dead letter where the same fire or report is told over another channel of
//! the alert, or over that very address, and where the address may not be written to.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::{AttemptId, DeliveryId, Timestamp};
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::{Db, Dialect, Rows, sql};
use crate::tables::channels::disable::dead_letter;

/// A dead letter that is told by mail instead.
struct Moved {
    id: Uuid,
    number: u32,
    why: String,
}

/// Sends those of these on their way again, over the account's own address, that are dead letters because their
/// channel is disabled. `hold` says whether an address must be verified before anything goes there.
pub(crate) async fn move_to_mail(
    db: &mut Db<'_>,
    ids: Vec<DeliveryId>,
    hold: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    lock_alerts(db, &ids).await?;
    let found = Rows::of(["id", "hold"], ids, |id| [id.into(), hold.into()])
        .all(
            db,
            "SELECT COALESCE(d.fire_id, d.report_id), d.id, d.attempts, c.reason
            FROM rows CROSS JOIN deliveries d JOIN channels c ON c.id = d.channel_id
                JOIN alerts a ON a.id = d.alert_id JOIN users u ON u.id = d.user_id
            WHERE d.id = rows.id AND d.status = 'dead' AND c.status = 'disabled' AND a.status <> 'deleted'
                AND COALESCE(d.fire_id, d.report_id) IS NOT NULL AND (u.verified OR NOT rows.hold)
                AND NOT EXISTS (SELECT 1 FROM deliveries s
                    WHERE s.alert_id = d.alert_id AND s.id <> d.id
                        AND COALESCE(s.fire_id, s.report_id) = COALESCE(d.fire_id, d.report_id)
                        AND (s.channel = 'email' OR s.status IN ('pending', 'sending', 'delivered')))
            ORDER BY d.id",
            |row| {
                let (subject, id, attempts) = (row.uuid()?, row.uuid()?, row.small()?);
                let reason = row.maybe_text()?.unwrap_or_default();
                let why = format!("{}; it is told over your own e-mail address instead", dead_letter(reason));
                Ok((subject, Moved { id, number: attempts.saturating_add(1), why }))
            },
        )
        .await?;
    // Of several channels that are gone, one is told instead of.
    let mut moved: BTreeMap<Uuid, Moved> = BTreeMap::new();
    for (subject, one) in found {
        moved.entry(subject).or_insert(one);
    }
    let moved: Vec<Moved> = moved.into_values().collect();
    Rows::of(["id", "number", "why", "now"], &moved, |one| {
        [one.id.into(), one.number.into(), one.why.as_str().into(), now.into()]
    })
    .run(
        db,
        "UPDATE deliveries SET channel = 'email', channel_id = NULL, status = 'pending', ready_at = rows.now,
            due_at = NULL, claim_token = NULL, deferred = NULL, attempts = rows.number, last_error = rows.why
        FROM rows WHERE deliveries.id = rows.id",
    )
    .await?;
    Rows::of(["id", "delivery_id", "number", "at", "detail"], &moved, |one| {
        let id = AttemptId(Uuid::now_v7());
        [id.into(), one.id.into(), one.number.into(), now.into(), one.why.as_str().into()]
    })
    .run(
        db,
        "INSERT INTO attempts (id, delivery_id, number, started_at, took_us, outcome, retry_at, detail)
        SELECT id, delivery_id, number, at, 0, 'retry', at, detail FROM rows",
    )
    .await
    .map(drop)
}

/// Two channels of one alert may be found gone at the same moment: whoever comes second sees what the first one
/// did. No row is locked for it, since others lock alerts before deliveries and these are locked already.
async fn lock_alerts(db: &mut Db<'_>, ids: &[DeliveryId]) -> Result<(), StoreError> {
    if db.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let alerts: BTreeSet<Uuid> = Rows::of(["id"], ids, |id| [(*id).into()])
        .all(
            db,
            "SELECT d.alert_id FROM rows CROSS JOIN deliveries d
            WHERE d.id = rows.id AND d.alert_id IS NOT NULL",
            |row| row.uuid(),
        )
        .await?
        .into_iter()
        .collect();
    for alert in alerts {
        let (high, low) = alert.as_u64_pair();
        let key = (high ^ low).cast_signed();
        sql("SELECT pg_advisory_xact_lock($1)").bind(key).run(db).await?;
    }
    Ok(())
}
