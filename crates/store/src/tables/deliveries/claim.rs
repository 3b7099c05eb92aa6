//! Claiming what is due.
//!
//! `due_at` says when a delivery may be claimed: the time of its next attempt while it waits, the end of
//! its lease while somebody sends it, nothing once it needs no sending. One index serves both.

use std::collections::HashSet;
use std::time::Duration;

use bellwether_model::{DeliveryId, Timestamp, UserId};
use uuid::Uuid;

use crate::delivery::{Claim, Content, Lane};
use crate::error::StoreError;
use crate::sql::{Cells, Db, Rows, sql_of};
use crate::tables::fires::{self, read_fire};

pub(super) async fn claim(
    db: &mut Db<'_>,
    lane: Lane,
    limit: u32,
    worker: Uuid,
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<Claim>, StoreError> {
    let lease_us = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
    let lease_until = Timestamp::from_micros(now.micros().saturating_add(lease_us));
    let token = token(worker, lease_until);
    let due = due(db, lane, limit, now).await?;
    cancel(db, due.iter().filter(|due| due.deleted)).await?;
    take(db, due.iter().filter(|due| !due.deleted), token, lease_until).await?;
    read(db, due.iter().filter(|due| !due.deleted), token, lease_until).await
}

/// The token of a claim. A worker claims a delivery again only once its former lease is over, so the
/// lease's end makes the token another one each time.
fn token(worker: Uuid, lease_until: Timestamp) -> Uuid {
    Uuid::from_u128(worker.as_u128() ^ u128::from(lease_until.micros().cast_unsigned()))
}

struct Due {
    id: DeliveryId,
    /// Whether its alert was deleted while somebody was sending it, who then never came back.
    deleted: bool,
}

async fn due(db: &mut Db<'_>, lane: Lane, limit: u32, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    let lock = db.dialect().locking_free("d");
    sql_of(format!(
        "SELECT d.id, COALESCE(a.status = 'deleted', FALSE)
        FROM deliveries d LEFT JOIN alerts a ON a.id = d.alert_id
        WHERE d.lane = $1 AND d.due_at <= $2 ORDER BY d.due_at LIMIT $3{lock}"
    ))
    .bind(lane.name())
    .bind(now)
    .bind(limit)
    .all(db, |row| Ok(Due { id: DeliveryId(row.uuid()?), deleted: row.flag()? }))
    .await
}

async fn cancel(db: &mut Db<'_>, due: impl Iterator<Item = &Due>) -> Result<(), StoreError> {
    Rows::of(["id"], due, |due| [due.id.into()])
        .run(
            db,
            "UPDATE deliveries SET status = 'cancelled', due_at = NULL, claim_token = NULL
            FROM rows WHERE deliveries.id = rows.id",
        )
        .await
        .map(drop)
}

async fn take(
    db: &mut Db<'_>,
    due: impl Iterator<Item = &Due>,
    token: Uuid,
    lease_until: Timestamp,
) -> Result<(), StoreError> {
    Rows::of(["id", "token", "lease"], due, |due| [due.id.into(), token.into(), lease_until.into()])
        .run(
            db,
            "UPDATE deliveries SET status = 'sending', attempts = attempts + 1, due_at = rows.lease,
                claim_token = rows.token
            FROM rows WHERE deliveries.id = rows.id",
        )
        .await
        .map(drop)
}

async fn read(
    db: &mut Db<'_>,
    due: impl Iterator<Item = &Due>,
    token: Uuid,
    lease_until: Timestamp,
) -> Result<Vec<Claim>, StoreError> {
    let fire: Vec<String> = fires::COLUMNS.split(',').map(|column| format!("f.{}", column.trim())).collect();
    let statement = format!(
        "SELECT d.id, d.attempts, d.user_id, u.email, u.time_zone, d.channel, d.created_at, d.secret, {}
        FROM rows CROSS JOIN deliveries d JOIN users u ON u.id = d.user_id
            LEFT JOIN fires f ON f.id = d.fire_id
        WHERE d.id = rows.id ORDER BY d.due_at, d.id",
        fire.join(", ")
    );
    Rows::of(["id"], due, |due| [due.id.into()])
        .all(db, &statement, |row| {
            Ok(Claim {
                id: DeliveryId(row.uuid()?),
                token,
                lease_until,
                attempt: row.small()?,
                user: UserId(row.uuid()?),
                email: row.text()?.to_owned(),
                time_zone: row.text()?.to_owned(),
                channel: row.parsed("a channel")?,
                created_at: row.time()?,
                content: read_content(row)?,
            })
        })
        .await
}

fn read_content(row: &mut Cells<'_>) -> Result<Content, StoreError> {
    match row.maybe_text()? {
        Some(token) => Ok(Content::VerifyAddress { token: token.to_owned() }),
        None => Ok(Content::Fired(Box::new(read_fire(row)?))),
    }
}

pub(super) async fn still_wanted(
    db: &mut Db<'_>,
    ids: Vec<DeliveryId>,
    now: Timestamp,
) -> Result<Vec<bool>, StoreError> {
    let wanted: HashSet<Uuid> = Rows::of(["id", "now"], &ids, |id| [(*id).into(), now.into()])
        .all(
            db,
            "SELECT d.id FROM rows CROSS JOIN deliveries d LEFT JOIN alerts a ON a.id = d.alert_id
            WHERE d.id = rows.id AND d.status = 'sending' AND d.due_at > rows.now
                AND COALESCE(a.status <> 'deleted', TRUE)",
            |row| row.uuid(),
        )
        .await?
        .into_iter()
        .collect();
    Ok(ids.iter().map(|id| wanted.contains(&id.0)).collect())
}
