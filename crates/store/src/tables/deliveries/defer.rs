//! Giving claims back unsent.

use bellwether_model::{AlertId, DeliveryId, Timestamp, UserId};
use uuid::Uuid;

use crate::delivery::{Deferred, Notice};
use crate::error::StoreError;
use crate::sql::{Db, Rows, json, sql, sql_of};

/// Why a digest is not told that waited for the end of quiet hours.
const SUPERSEDED: &str = "quiet hours: a newer one is sent when they end";

pub(super) async fn defer(
    db: &mut Db<'_>,
    claims: Vec<(DeliveryId, Uuid)>,
    until: Timestamp,
    why: Option<Deferred>,
) -> Result<(), StoreError> {
    let quiet = why == Some(Deferred::QuietHours);
    let ids: Vec<DeliveryId> = if quiet { claims.iter().map(|(id, _)| *id).collect() } else { Vec::new() };
    if quiet {
        lock_alerts(db, &ids).await?;
    }
    Rows::of(["id", "token", "until", "why"], claims, |(id, token)| {
        [id.into(), token.into(), until.into(), why.map(|why| why.name().to_owned()).into()]
    })
    .run(
        db,
        "UPDATE deliveries SET status = 'pending', due_at = rows.until,
            deferred = COALESCE(rows.why, deferred), claim_token = NULL, attempts = attempts - 1
        FROM rows WHERE deliveries.id = rows.id AND deliveries.claim_token = rows.token
            AND deliveries.status = 'sending'",
    )
    .await?;
    if quiet { supersede(db, &ids).await } else { Ok(()) }
}

/// Keeps apart those who hold digests of one alert back at the same moment, so that one of them sees both.
async fn lock_alerts(db: &mut Db<'_>, ids: &[DeliveryId]) -> Result<(), StoreError> {
    let lock = db.dialect().locking("a");
    let statement = format!(
        "SELECT a.id FROM rows CROSS JOIN deliveries d JOIN alerts a ON a.id = d.alert_id
        WHERE d.id = rows.id AND d.report_id IS NOT NULL ORDER BY a.id{lock}"
    );
    Rows::of(["id"], ids, |id| [(*id).into()]).all(db, &statement, |row| row.uuid()).await.map(drop)
}

/// Of the digests of one alert that wait for the end of quiet hours, the newest is told then; so it is with
/// insights. The others say what came in their place.
async fn supersede(db: &mut Db<'_>, ids: &[DeliveryId]) -> Result<(), StoreError> {
    let mut waiting: Vec<(Uuid, String, Timestamp, Uuid)> = Rows::of(["id"], ids, |id| [(*id).into()])
        .all(
            db,
            "SELECT DISTINCT d.alert_id, d.channel, r.slot_at, d.id
            FROM rows CROSS JOIN deliveries n
                JOIN deliveries d ON d.alert_id = n.alert_id AND d.delivered_at IS NULL
                JOIN reports r ON r.id = d.report_id
            WHERE n.id = rows.id AND d.channel = n.channel AND d.lane = n.lane
                AND d.lane IN ('digest', 'insights') AND d.status = 'pending' AND d.deferred = 'quiet_hours'",
            |row| Ok((row.uuid()?, row.text()?.to_owned(), row.time()?, row.uuid()?)),
        )
        .await?;
    waiting.sort_unstable();
    // Each that has one of the same alert and receiver behind it.
    let older: Vec<Uuid> = waiting
        .windows(2)
        .filter(|pair| (&pair[0].0, &pair[0].1) == (&pair[1].0, &pair[1].1))
        .map(|pair| pair[0].3)
        .collect();
    Rows::of(["id", "why"], older, |id| [id.into(), SUPERSEDED.into()])
        .run(
            db,
            "UPDATE deliveries SET status = 'cancelled', due_at = NULL, ready_at = NULL, last_error = rows.why
            FROM rows WHERE deliveries.id = rows.id",
        )
        .await
        .map(drop)
}

/// Notes that an alert's owner is told that it fires too often, unless they were told since `since`. `hold` says
/// whether an address must be verified before anything goes there.
pub(super) async fn tell_throttled(
    db: &mut Db<'_>,
    user: UserId,
    alert: AlertId,
    notice: (DeliveryId, Notice),
    since: Timestamp,
    hold: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let lock = db.dialect().locking_shared("u");
    let verified =
        sql_of(format!("SELECT u.verified FROM users u WHERE u.id = $1 AND u.deleted_at IS NULL{lock}"))
            .bind(user)
            .first(db, |row| row.flag())
            .await?;
    let Some(verified) = verified else { return Ok(false) };
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
    let held = hold && !verified;
    sql("INSERT INTO deliveries (id, user_id, channel, lane, status, due_at, notice, created_at)
        VALUES ($1, $2, 'email', 'urgent', $3, $4, $5, $6)")
    .bind(notice.0)
    .bind(user)
    .bind(if held { "held" } else { "pending" })
    .bind((!held).then_some(now))
    .bind(json::write(&notice.1)?)
    .bind(now)
    .run(db)
    .await?;
    Ok(true)
}
