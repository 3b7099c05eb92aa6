//! A user's changes of a channel, its making and its deletion among them.

use bellwether_model::{ChannelId, DeliveryId, Timestamp, UserId};

use super::read::{self, COLUMNS, read_channel};
use crate::alert::Idempotency;
use crate::channel::{ChannelChange, ChannelChanged, ChannelCreation, ChannelStatus, NewChannel};
use crate::delivery::Notice;
use crate::error::StoreError;
use crate::sql::{Db, json, sql, sql_of};
use crate::tables::alerts::KEY_LIFE_US;
use crate::tables::lock_in_order;

pub(super) async fn create(
    db: &mut Db<'_>,
    new: NewChannel,
    limit_per_user: u64,
    now: Timestamp,
) -> Result<ChannelCreation, StoreError> {
    // The user stays locked, so that nobody passes the limit from two processes.
    lock_in_order(db, "users", "id", new.user.0).await?;
    let there = sql("SELECT COUNT(*) FROM users WHERE id = $1 AND deleted_at IS NULL").bind(new.user);
    if there.one(db, |row| row.int()).await? == 0 {
        return Ok(ChannelCreation::NoUser);
    }
    if let Some(key) = &new.idempotency
        && let Some(before) = repeated(db, new.user, key, now).await?
    {
        return Ok(before);
    }
    let count =
        sql("SELECT COUNT(*) FROM channels WHERE user_id = $1 AND status <> 'deleted'").bind(new.user);
    if count.one(db, |row| row.count()).await? >= limit_per_user {
        return Ok(ChannelCreation::LimitReached);
    }
    let created = sql_of(format!(
        "INSERT INTO channels (id, user_id, kind, name, status, target, version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7) RETURNING {COLUMNS}"
    ))
    .bind(new.id)
    .bind(new.user)
    .bind(new.kind.name())
    .bind(new.name)
    .bind(new.status.name())
    .bind(new.target.0)
    .bind(now)
    .one(db, read_channel)
    .await?;
    if let Some(Idempotency { key, body_hash }) = new.idempotency {
        // A key that is there already is older than its life: a younger one would have decided.
        sql("INSERT INTO channel_keys (user_id, key, body_hash, channel_id, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (user_id, key) DO UPDATE SET body_hash = excluded.body_hash,
                channel_id = excluded.channel_id, created_at = excluded.created_at")
        .bind(new.user)
        .bind(key)
        .bind(body_hash)
        .bind(new.id)
        .bind(now)
        .run(db)
        .await?;
    }
    Ok(ChannelCreation::Created(Box::new(created)))
}

/// What a key that was used within its life decides.
pub(super) async fn repeated(
    db: &mut Db<'_>,
    user: UserId,
    asked: &Idempotency,
    now: Timestamp,
) -> Result<Option<ChannelCreation>, StoreError> {
    let known = sql("SELECT channel_id, body_hash = $3 FROM channel_keys
        WHERE user_id = $1 AND key = $2 AND created_at > $4")
    .bind(user)
    .bind(asked.key.as_str())
    .bind(asked.body_hash)
    .bind(now.micros().saturating_sub(KEY_LIFE_US))
    .first(db, |row| Ok((ChannelId(row.uuid()?), row.flag()?)))
    .await?;
    Ok(match known {
        None => None,
        Some((_, false)) => Some(ChannelCreation::KeyConflict),
        Some((id, true)) => Some(match read::load(db, user, id).await? {
            Some(channel) => ChannelCreation::Repeated(Box::new(channel)),
            None => ChannelCreation::KeyConflict,
        }),
    })
}

pub(super) async fn change(
    db: &mut Db<'_>,
    user: UserId,
    id: ChannelId,
    change: ChannelChange,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<ChannelChanged, StoreError> {
    if change.status == Some(ChannelStatus::Deleted) {
        return Err(StoreError::Refused { source: "a channel is deleted by its own method".into() });
    }
    let changed = sql_of(format!(
        "UPDATE channels SET name = COALESCE($4, name), target = COALESCE($5, target),
            status = COALESCE($6, status), reason = CASE WHEN $6 IS NULL THEN reason END,
            failures = CASE WHEN $6 IS NULL THEN failures ELSE 0 END,
            version = version + 1, updated_at = $7
        WHERE id = $1 AND user_id = $2 AND version = $3 AND status <> 'deleted' RETURNING {COLUMNS}"
    ))
    .bind(id)
    .bind(user)
    .bind(change.from_version)
    .bind(change.name)
    .bind(change.target.map(|target| target.0))
    .bind(change.status.map(|status| status.name().to_owned()))
    .bind(now)
    .first(db, read_channel)
    .await?;
    let Some(changed) = changed else {
        let there = read::load(db, user, id).await?;
        return Ok(there.map_or(ChannelChanged::NotFound, |_| ChannelChanged::Conflict));
    };
    match change.status {
        Some(ChannelStatus::Active) => release(db, id, now).await?,
        Some(ChannelStatus::Unverified) if hold_unverified => hold(db, id).await?,
        Some(ChannelStatus::Unverified | ChannelStatus::Disabled | ChannelStatus::Deleted) | None => {}
    }
    Ok(ChannelChanged::Done(Box::new(changed)))
}

async fn release(db: &mut Db<'_>, id: ChannelId, now: Timestamp) -> Result<(), StoreError> {
    lock_in_order(db, "deliveries", "channel_id", id.0).await?;
    sql("UPDATE deliveries SET status = 'pending', due_at = $2 WHERE channel_id = $1 AND status = 'held'")
        .bind(id)
        .bind(now)
        .run(db)
        .await
        .map(drop)
}

/// What waits for the former receiver waits for the next one to agree.
async fn hold(db: &mut Db<'_>, id: ChannelId) -> Result<(), StoreError> {
    lock_in_order(db, "deliveries", "channel_id", id.0).await?;
    sql("UPDATE deliveries SET status = 'held', ready_at = NULL, due_at = NULL
        WHERE channel_id = $1 AND status = 'pending'
            AND COALESCE(fire_id, report_id) IS NOT NULL")
    .bind(id)
    .run(db)
    .await
    .map(drop)
}

pub(super) async fn delete(
    db: &mut Db<'_>,
    user: UserId,
    id: ChannelId,
    now: Timestamp,
) -> Result<Option<bool>, StoreError> {
    let deleted = sql("UPDATE channels SET status = 'deleted', reason = NULL, name = '', target = $4,
            version = version + 1, updated_at = $3, deleted_at = $3
        WHERE id = $1 AND user_id = $2 AND status <> 'deleted'")
    .bind(id)
    .bind(user)
    .bind(now)
    .bind(Vec::new())
    .run(db)
    .await?;
    if deleted == 0 {
        let found = sql("SELECT COUNT(*) FROM channels WHERE id = $1 AND user_id = $2").bind(id).bind(user);
        return Ok((found.one(db, |row| row.int()).await? > 0).then_some(false));
    }
    lock_in_order(db, "deliveries", "channel_id", id.0).await?;
    sql("UPDATE deliveries SET status = 'cancelled', ready_at = NULL, due_at = NULL, last_error = 'the channel was deleted'
        WHERE channel_id = $1 AND status IN ('held', 'pending')")
    .bind(id)
    .run(db)
    .await?;
    Ok(Some(true))
}

pub(super) async fn queue_test(
    db: &mut Db<'_>,
    user: UserId,
    id: ChannelId,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    queue(db, user, id, delivery, (None, Some(json::write(&Notice::ChannelTest)?)), now).await
}

pub(super) async fn queue_check(
    db: &mut Db<'_>,
    user: UserId,
    id: ChannelId,
    delivery: DeliveryId,
    token: String,
    now: Timestamp,
) -> Result<bool, StoreError> {
    queue(db, user, id, delivery, (Some(token), None), now).await
}

/// Queues a message with this (secret, notice).
async fn queue(
    db: &mut Db<'_>,
    user: UserId,
    id: ChannelId,
    delivery: DeliveryId,
    (secret, notice): (Option<String>, Option<String>),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let queued = sql("INSERT INTO deliveries
            (id, user_id, channel, channel_id, lane, status, due_at, secret, notice, created_at)
        SELECT $1, user_id, $7, id, 'urgent', 'pending', $4, $5, $6, $4 FROM channels
        WHERE id = $2 AND user_id = $3 AND status <> 'deleted'")
    .bind(delivery)
    .bind(id)
    .bind(user)
    .bind(now)
    .bind(secret)
    .bind(notice)
    .bind(id.to_string())
    .run(db)
    .await?;
    Ok(queued > 0)
}
