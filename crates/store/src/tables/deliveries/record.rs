//! Recording attempts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bellwether_model::{AttemptId, Channel, ChannelId, DeliveryId, Timestamp};

use super::fallback;
use crate::delivery::{AttemptOutcome, DeliveryStatus, NewAttempt};
use crate::error::StoreError;
use crate::sql::{Db, Rows};

pub(super) async fn record(
    db: &mut Db<'_>,
    attempts: Vec<NewAttempt>,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Vec<DeliveryId>, StoreError> {
    lock_channels(db, &attempts).await?;
    let mut held = held_claims(db, &attempts).await?;
    // Each claim is for one attempt: the second one of a call finds it gone.
    let (ours, others): (Vec<_>, Vec<_>) = attempts
        .into_iter()
        .map(|attempt| (held.remove(&attempt.delivery), attempt))
        .partition(|(claim, _)| claim.is_some());
    let ours: Vec<(Held, NewAttempt)> =
        ours.into_iter().filter_map(|(claim, attempt)| Some((claim?, attempt))).collect();
    save_attempts(db, &ours).await?;
    settle(db, &ours, now).await?;
    note_at_channels(db, &ours, now).await?;
    let dead = ours.iter().filter(|(_, attempt)| matches!(attempt.outcome, AttemptOutcome::Dead));
    let dead = dead.map(|(_, attempt)| attempt.delivery).collect();
    fallback::move_to_mail(db, dead, hold_unverified, now).await?;
    let others: Vec<NewAttempt> = others.into_iter().map(|(_, attempt)| attempt).collect();
    let there = attempts_there(db, &others).await?;
    Ok(others
        .into_iter()
        .filter(|attempt| !there.contains(&attempt.id))
        .map(|attempt| attempt.delivery)
        .collect())
}

/// A claim that is still its worker's.
struct Held {
    number: u32,
    /// Whether the alert or the channel was deleted while the worker was sending.
    deleted: bool,
}

/// Channels are locked before deliveries, as everywhere: what comes of the attempts is noted at them.
async fn lock_channels(db: &mut Db<'_>, attempts: &[NewAttempt]) -> Result<(), StoreError> {
    let channels: BTreeSet<ChannelId> = attempts.iter().filter_map(|attempt| made(attempt.channel)).collect();
    let lock = db.dialect().locking("c");
    // SQLite has one writer, and nothing to lock.
    if lock.is_empty() {
        return Ok(());
    }
    Rows::of(["id"], channels, |id| [id.into()])
        .all(
            db,
            &format!("SELECT c.id FROM rows CROSS JOIN channels c WHERE c.id = rows.id ORDER BY c.id{lock}"),
            |row| row.uuid(),
        )
        .await
        .map(drop)
}

fn made(channel: Channel) -> Option<ChannelId> {
    match channel {
        Channel::Email => None,
        Channel::Made(id) => Some(id),
    }
}

/// Counts failures since the last success, and notes when that was.
async fn note_at_channels(
    db: &mut Db<'_>,
    ours: &[(Held, NewAttempt)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut noted: BTreeMap<ChannelId, (u64, bool)> = BTreeMap::new();
    for (_, attempt) in ours {
        let Some(channel) = made(attempt.channel) else { continue };
        let (failures, delivered) = noted.entry(channel).or_default();
        match attempt.outcome {
            AttemptOutcome::Delivered => (*failures, *delivered) = (0, true),
            AttemptOutcome::Retry { .. } | AttemptOutcome::Dead | AttemptOutcome::Expired => *failures += 1,
            AttemptOutcome::Cancelled => {}
        }
    }
    Rows::of(["id", "failures", "delivered", "at"], noted, |(id, (failures, delivered))| {
        [id.into(), failures.into(), delivered.into(), now.into()]
    })
    .run(
        db,
        "UPDATE channels SET
            failures = CASE WHEN rows.delivered THEN 0 ELSE channels.failures END + rows.failures,
            last_delivered_at = CASE WHEN rows.delivered THEN rows.at ELSE channels.last_delivered_at END
        FROM rows WHERE channels.id = rows.id AND channels.status <> 'deleted'",
    )
    .await
    .map(drop)
}

/// The claims that are still their workers', locked, and whether what they are for was deleted meanwhile.
async fn held_claims(
    db: &mut Db<'_>,
    attempts: &[NewAttempt],
) -> Result<HashMap<DeliveryId, Held>, StoreError> {
    let lock = db.dialect().locking("d");
    let claims: HashSet<_> = attempts.iter().map(|attempt| (attempt.delivery, attempt.token)).collect();
    let held = Rows::of(["id", "token"], claims, |(id, token)| [id.into(), token.into()])
        .all(
            db,
            &format!(
                "SELECT d.id, d.attempts FROM rows CROSS JOIN deliveries d
                WHERE d.id = rows.id AND d.claim_token = rows.token AND d.status = 'sending'
                ORDER BY d.id{lock}"
            ),
            |row| Ok((DeliveryId(row.uuid()?), row.small()?)),
        )
        .await?;
    // Asked once the locks are held: whoever deletes waits for them, so what is found now stays so. The
    // statement that waited for a lock would answer with what held before it waited.
    let deleted: HashSet<DeliveryId> = Rows::of(["id"], &held, |(id, _)| [(*id).into()])
        .all(
            db,
            "SELECT d.id FROM rows CROSS JOIN deliveries d LEFT JOIN alerts a ON a.id = d.alert_id
                LEFT JOIN channels c ON c.id = d.channel_id
            WHERE d.id = rows.id AND (a.status = 'deleted' OR c.status = 'deleted')",
            |row| row.uuid().map(DeliveryId),
        )
        .await?
        .into_iter()
        .collect();
    let held = held.into_iter().map(|(id, number)| (id, Held { number, deleted: deleted.contains(&id) }));
    Ok(held.collect())
}

async fn attempts_there(db: &mut Db<'_>, attempts: &[NewAttempt]) -> Result<HashSet<AttemptId>, StoreError> {
    let there = Rows::of(["id"], attempts, |attempt| [attempt.id.into()])
        .all(db, "SELECT t.id FROM rows CROSS JOIN attempts t WHERE t.id = rows.id", |row| {
            row.uuid().map(AttemptId)
        })
        .await?;
    Ok(there.into_iter().collect())
}

async fn save_attempts(db: &mut Db<'_>, ours: &[(Held, NewAttempt)]) -> Result<(), StoreError> {
    let columns = [
        "id",
        "delivery_id",
        "number",
        "started_at",
        "took_us",
        "outcome",
        "retry_at",
        "detail",
        "combined_in",
        "ambiguous",
    ];
    Rows::of(columns, ours, |(claim, attempt)| {
        [
            attempt.id.into(),
            attempt.delivery.into(),
            claim.number.into(),
            attempt.started_at.into(),
            attempt.took_us.into(),
            attempt.outcome.name().into(),
            match attempt.outcome {
                AttemptOutcome::Retry { at } => Some(at),
                AttemptOutcome::Delivered
                | AttemptOutcome::Dead
                | AttemptOutcome::Expired
                | AttemptOutcome::Cancelled => None,
            }
            .into(),
            attempt.detail.replace('\0', "").into(),
            attempt.combined_in.into(),
            attempt.ambiguous.into(),
        ]
    })
    .run(
        db,
        "INSERT INTO attempts (id, delivery_id, number, started_at, took_us, outcome, retry_at, detail,
            combined_in, ambiguous)
        SELECT * FROM rows",
    )
    .await
    .map(drop)
}

/// Brings the deliveries to where their attempts left them.
async fn settle(db: &mut Db<'_>, ours: &[(Held, NewAttempt)], now: Timestamp) -> Result<(), StoreError> {
    let columns = ["id", "status", "due_at", "delivered_at", "last_error", "combined_in"];
    Rows::of(columns, ours, |(claim, attempt)| {
        let (status, due_at) = match attempt.outcome {
            AttemptOutcome::Delivered => (DeliveryStatus::Delivered, None),
            AttemptOutcome::Retry { .. } if claim.deleted => (DeliveryStatus::Cancelled, None),
            AttemptOutcome::Retry { at } => (DeliveryStatus::Pending, Some(at)),
            AttemptOutcome::Dead => (DeliveryStatus::Dead, None),
            AttemptOutcome::Expired => (DeliveryStatus::Expired, None),
            AttemptOutcome::Cancelled => (DeliveryStatus::Cancelled, None),
        };
        let delivered = status == DeliveryStatus::Delivered;
        [
            attempt.delivery.into(),
            status.name().into(),
            due_at.into(),
            delivered.then_some(now).into(),
            (!delivered).then(|| attempt.detail.replace('\0', "")).into(),
            attempt.combined_in.filter(|_| delivered).into(),
        ]
    })
    // The token of an address check is needed for as long as the message may be sent again.
    .run(
        db,
        "UPDATE deliveries SET status = rows.status, due_at = rows.due_at, claim_token = NULL,
            delivered_at = rows.delivered_at, last_error = rows.last_error, combined_in = rows.combined_in,
            deferred = NULL,
            secret = CASE WHEN rows.status = 'delivered' THEN '' ELSE secret END
        FROM rows WHERE deliveries.id = rows.id",
    )
    .await
    .map(drop)
}
