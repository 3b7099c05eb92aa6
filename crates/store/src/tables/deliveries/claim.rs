//! Claiming what is due.
//!
//! `due_at` says when a delivery may be claimed: the time of its next attempt while it waits, the end of
//! its lease while somebody sends it, nothing once it needs no sending. One index serves both.

use std::collections::HashSet;
use std::time::Duration;

use bellwether_model::{ChannelId, DeliveryId, Timestamp, UserId};
use uuid::Uuid;

use crate::channel::{ChannelStatus, Sealed};
use crate::delivery::{Claim, Content, Lane, Via};
use crate::error::StoreError;
use crate::sql::{Cells, Db, Rows, json, sql_of};
use crate::tables::channels::disable::dead_letter;
use crate::tables::fires::{self, read_fire};

pub(super) async fn claim(
    db: &mut Db<'_>,
    lane: Lane,
    limit: u32,
    worker: Uuid,
    lease: Duration,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Vec<Claim>, StoreError> {
    let lease_us = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
    let lease_until = Timestamp::from_micros(now.micros().saturating_add(lease_us));
    let token = token(worker, lease_until);
    let due = due(db, lane, limit, hold_unverified, now).await?;
    put_aside(db, &due).await?;
    take(db, due.iter().filter(|due| due.is_sent()), token, lease_until).await?;
    read(db, due.iter().filter(|due| due.is_sent()), token, lease_until).await
}

/// The token of a claim. A worker claims a delivery again only once its former lease is over, so the
/// lease's end makes the token another one each time.
fn token(worker: Uuid, lease_until: Timestamp) -> Uuid {
    Uuid::from_u128(worker.as_u128() ^ u128::from(lease_until.micros().cast_unsigned()))
}

struct Due {
    id: DeliveryId,
    fate: Fate,
}

impl Due {
    fn is_sent(&self) -> bool {
        matches!(self.fate, Fate::Send)
    }
}

/// What becomes of a delivery that is due. Mostly deletions and the like have taken what waits with them;
/// what somebody was sending then, who never came back, is met here.
enum Fate {
    Send,
    /// Its alert or its channel was deleted.
    Cancel,
    /// Its channel leads elsewhere now, whose receiver has not agreed yet.
    Hold,
    /// Its channel was disabled, for this reason.
    Bury(String),
}

async fn due(
    db: &mut Db<'_>,
    lane: Lane,
    limit: u32,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Vec<Due>, StoreError> {
    let lock = db.dialect().locking_free("d");
    sql_of(format!(
        "SELECT d.id, COALESCE(a.status = 'deleted', FALSE), d.fire_id IS NOT NULL, c.status, c.reason
        FROM deliveries d LEFT JOIN alerts a ON a.id = d.alert_id LEFT JOIN channels c ON c.id = d.channel_id
        WHERE d.lane = $1 AND d.due_at <= $2 ORDER BY d.due_at LIMIT $3{lock}"
    ))
    .bind(lane.name())
    .bind(now)
    .bind(limit)
    .all(db, |row| {
        let (id, deleted, of_fire) = (DeliveryId(row.uuid()?), row.flag()?, row.flag()?);
        let channel: Option<ChannelStatus> = row.maybe_parsed("a channel's status")?;
        let reason = row.maybe_text()?.unwrap_or_default();
        // Checks and tests are what an unverified or a disabled channel is for.
        let fate = match channel {
            _ if deleted => Fate::Cancel,
            Some(ChannelStatus::Deleted) => Fate::Cancel,
            Some(ChannelStatus::Disabled) if of_fire => Fate::Bury(dead_letter(reason)),
            Some(ChannelStatus::Unverified) if of_fire && hold_unverified => Fate::Hold,
            _ => Fate::Send,
        };
        Ok(Due { id, fate })
    })
    .await
}

/// Brings what is not sent to where it belongs.
async fn put_aside(db: &mut Db<'_>, due: &[Due]) -> Result<(), StoreError> {
    let mut rows = Rows::new(["id", "status", "why"]);
    for due in due {
        let (status, why) = match &due.fate {
            Fate::Send => continue,
            Fate::Cancel => ("cancelled", None),
            Fate::Hold => ("held", None),
            Fate::Bury(why) => ("dead", Some(why.clone())),
        };
        rows.push([due.id.into(), status.into(), why.into()]);
    }
    rows.run(
        db,
        "UPDATE deliveries SET status = rows.status, due_at = NULL, claim_token = NULL,
            last_error = COALESCE(rows.why, last_error)
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
        "SELECT d.id, d.attempts, d.user_id, u.email, u.time_zone, d.channel, d.created_at, c.id, c.kind, c.name, c.status,
            c.target, d.secret, d.notice, {}
        FROM rows CROSS JOIN deliveries d JOIN users u ON u.id = d.user_id
            LEFT JOIN channels c ON c.id = d.channel_id LEFT JOIN fires f ON f.id = d.fire_id
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
                via: read_via(row)?,
                content: read_content(row)?,
            })
        })
        .await
}

fn read_via(row: &mut Cells<'_>) -> Result<Option<Via>, StoreError> {
    let (id, kind, name) = (row.maybe_uuid()?, row.maybe_parsed("a channel's kind")?, row.maybe_text()?);
    let (status, target) = (row.maybe_parsed("a channel's status")?, row.maybe_bytes()?);
    let (Some(id), Some(kind), Some(name), Some(status), Some(target)) = (id, kind, name, status, target)
    else {
        return Ok(None);
    };
    let target = Sealed(target.to_vec());
    Ok(Some(Via { id: ChannelId(id), kind, name: name.to_owned(), status, target }))
}

fn read_content(row: &mut Cells<'_>) -> Result<Content, StoreError> {
    match (row.maybe_text()?, row.maybe_text()?) {
        (Some(token), _) => Ok(Content::VerifyAddress { token: token.to_owned() }),
        (None, Some(notice)) => Ok(Content::Notice(json::read(notice, "a notice")?)),
        (None, None) => Ok(Content::Fired(Box::new(read_fire(row)?))),
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
                LEFT JOIN channels c ON c.id = d.channel_id
            WHERE d.id = rows.id AND d.status = 'sending' AND d.due_at > rows.now
                AND COALESCE(a.status <> 'deleted', TRUE) AND COALESCE(c.status <> 'deleted', TRUE)",
            |row| row.uuid(),
        )
        .await?
        .into_iter()
        .collect();
    Ok(ids.iter().map(|id| wanted.contains(&id.0)).collect())
}
