//! Trying again by hand.

use bellwether_model::{DeliveryId, Timestamp, UserId};

use super::claim::REPORT_GONE;
use crate::error::StoreError;
use crate::sql::{Db, Rows, sql, sql_of};

/// Whether a delivery `d` may be sent, as far as its alert `a` and its channel `c` go.
const MAY_GO: &str = "COALESCE(a.status <> 'deleted', TRUE)
    AND (c.id IS NULL OR c.status = 'active' OR (c.status <> 'deleted' AND COALESCE(d.fire_id, d.report_id) IS NULL))";
const JOINED: &str = "deliveries d LEFT JOIN alerts a ON a.id = d.alert_id
    LEFT JOIN channels c ON c.id = d.channel_id";

pub(super) async fn retry(
    db: &mut Db<'_>,
    user: UserId,
    id: DeliveryId,
    now: Timestamp,
) -> Result<Option<bool>, StoreError> {
    let lock = db.dialect().locking("d");
    let found = sql_of(format!(
        "SELECT d.status IN ('pending', 'dead', 'expired') AND {MAY_GO} AND NOT {REPORT_GONE}
        FROM {JOINED} WHERE d.id = $1 AND d.user_id = $2{lock}"
    ))
    .bind(id)
    .bind(user)
    .first(db, |row| row.flag())
    .await?;
    if found == Some(true) {
        sql("UPDATE deliveries SET status = 'pending', ready_at = NULL, due_at = $2, deferred = NULL
            WHERE id = $1")
        .bind(id)
        .bind(now)
        .run(db)
        .await?;
    }
    Ok(found)
}

/// Makes dead letters due that were owed since an instant, the oldest first.
pub(super) async fn retry_failed(
    db: &mut Db<'_>,
    user: UserId,
    since: Timestamp,
    limit: u32,
    now: Timestamp,
) -> Result<(u64, bool), StoreError> {
    let lock = db.dialect().locking("d");
    let failed = sql_of(format!(
        "SELECT d.id FROM {JOINED}
        WHERE d.user_id = $1 AND d.created_at >= $2 AND d.status IN ('dead', 'expired') AND {MAY_GO} AND NOT {REPORT_GONE}
        ORDER BY d.id LIMIT $3{lock}"
    ))
    .bind(user)
    .bind(since)
    .bind(limit.saturating_add(1))
    .all(db, |row| row.uuid())
    .await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = failed.len() > most;
    let retried = Rows::of(["id", "at"], failed.into_iter().take(most), |id| [id.into(), now.into()])
        .run(
            db,
            "UPDATE deliveries SET status = 'pending', due_at = rows.at, deferred = NULL
            FROM rows WHERE deliveries.id = rows.id",
        )
        .await?;
    Ok((retried, more))
}
