//! Giving claims back unsent.

use bellwether_model::{AlertId, DeliveryId, Timestamp, UserId};
use uuid::Uuid;

use crate::delivery::{Deferred, Notice};
use crate::error::StoreError;
use crate::sql::{Db, Rows, json, sql};

pub(super) async fn defer(
    db: &mut Db<'_>,
    claims: Vec<(DeliveryId, Uuid)>,
    until: Timestamp,
    why: Deferred,
) -> Result<(), StoreError> {
    Rows::of(["id", "token", "until", "why"], claims, |(id, token)| {
        [id.into(), token.into(), until.into(), why.name().into()]
    })
    .run(
        db,
        "UPDATE deliveries SET status = 'pending', due_at = rows.until, deferred = rows.why,
            claim_token = NULL, attempts = attempts - 1
        FROM rows WHERE deliveries.id = rows.id AND deliveries.claim_token = rows.token
            AND deliveries.status = 'sending'",
    )
    .await
    .map(drop)
}

/// Notes that an alert's owner is told that it fires too often, unless they were told since `since`.
pub(super) async fn tell_throttled(
    db: &mut Db<'_>,
    user: UserId,
    alert: AlertId,
    notice: (DeliveryId, Notice),
    since: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let told = sql("UPDATE alerts SET throttle_told_at = $3
        WHERE id = $1 AND user_id = $2 AND status <> 'deleted'
            AND (throttle_told_at IS NULL OR throttle_told_at < $4)")
    .bind(alert)
    .bind(user)
    .bind(now)
    .bind(since)
    .run(db)
    .await?;
    if told == 0 {
        return Ok(false);
    }
    sql("INSERT INTO deliveries (id, user_id, channel, lane, status, due_at, notice, created_at)
        VALUES ($1, $2, 'email', 'urgent', 'pending', $3, $4, $3)")
    .bind(notice.0)
    .bind(user)
    .bind(now)
    .bind(json::write(&notice.1)?)
    .run(db)
    .await?;
    Ok(true)
}
