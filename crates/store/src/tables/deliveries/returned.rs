//! Mails that came back, and addresses that get nothing more because of it.

use bellwether_model::{AttemptId, ChannelId, DeliveryId, Timestamp, UserId};
use uuid::Uuid;

use crate::channel::ChannelStatus;
use crate::delivery::{Mailed, Notice, Suppression};
use crate::error::StoreError;
use crate::sql::{Db, json, sql};
use crate::store::Store;
use crate::tables::lock_in_order;

impl Store {
    /// Where a delivery went that was a mail to somebody's own address or to a mailbox of theirs; `None` where
    /// there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn mailed(&self, delivery: DeliveryId) -> Result<Option<Mailed>, StoreError> {
        self.read(move |db| Box::pin(mailed(db, delivery))).await
    }

    /// Notes in the ledger that what was delivered came back after all: it is a dead letter with this reason, and
    /// can be sent again. Whether it was delivered.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn note_returned(
        &self,
        delivery: DeliveryId,
        reason: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |db| Box::pin(note_returned(db, delivery, reason, now))).await
    }

    /// Sends nothing more to a person's own address until they verify it again: what waits for it is held, the
    /// account says why, and a notice goes to them over that channel of theirs that something was delivered over
    /// last, where there is one. Where the address is another one by now, or is not verified, nothing changes.
    /// Whether this call did so.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn suppress_address(&self, what: Suppression, now: Timestamp) -> Result<bool, StoreError> {
        let suppressed = self.write(move |db| Box::pin(suppress(db, what, now))).await?;
        if suppressed {
            self.wake().deliveries();
        }
        Ok(suppressed)
    }
}

async fn mailed(db: &mut Db<'_>, delivery: DeliveryId) -> Result<Option<Mailed>, StoreError> {
    sql("SELECT d.user_id, u.email, d.channel_id FROM deliveries d JOIN users u ON u.id = d.user_id
        WHERE d.id = $1 AND u.deleted_at IS NULL")
    .bind(delivery)
    .first(db, |row| {
        let (user, email) = (UserId(row.uuid()?), row.text()?.to_owned());
        Ok(Mailed { user, email, channel: row.maybe_uuid()?.map(ChannelId) })
    })
    .await
}

async fn note_returned(
    db: &mut Db<'_>,
    delivery: DeliveryId,
    reason: String,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let reason = reason.replace('\0', "");
    let number = sql("UPDATE deliveries SET status = 'dead', attempts = attempts + 1, delivered_at = NULL,
            last_error = $2
        WHERE id = $1 AND status = 'delivered' RETURNING attempts")
    .bind(delivery)
    .bind(reason.as_str())
    .first(db, |row| row.count())
    .await?;
    let Some(number) = number else { return Ok(false) };
    sql("INSERT INTO attempts (id, delivery_id, number, started_at, took_us, outcome, retry_at, detail)
        VALUES ($1, $2, $3, $4, 0, 'dead', NULL, $5)")
    .bind(AttemptId(Uuid::now_v7()))
    .bind(delivery)
    .bind(number)
    .bind(now)
    .bind(reason)
    .run(db)
    .await?;
    Ok(true)
}

async fn suppress(db: &mut Db<'_>, what: Suppression, now: Timestamp) -> Result<bool, StoreError> {
    let Suppression { user, email, reason, notice } = what;
    let reason = reason.replace('\0', "");
    let suppressed = sql("UPDATE users SET verified = FALSE, email_problem = $3, updated_at = $4
        WHERE id = $1 AND email_key = $2 AND verified")
    .bind(user)
    .bind(email.to_lowercase())
    .bind(reason.as_str())
    .bind(now)
    .run(db)
    .await?;
    if suppressed == 0 {
        return Ok(false);
    }
    lock_in_order(db, "deliveries", "user_id", user.0).await?;
    // What asks for a verification, or replaces a password, still goes out.
    sql("UPDATE deliveries SET status = 'held', ready_at = NULL, due_at = NULL
        WHERE user_id = $1 AND channel_id IS NULL AND status = 'pending' AND alert_id IS NOT NULL")
    .bind(user)
    .run(db)
    .await?;
    let other = sql("SELECT c.id FROM channels c WHERE c.user_id = $1 AND c.status = $2
        ORDER BY COALESCE(c.last_delivered_at, 0) DESC, c.id LIMIT 1")
    .bind(user)
    .bind(ChannelStatus::Active.name())
    .first(db, |row| row.uuid().map(ChannelId))
    .await?;
    if let Some(other) = other {
        sql("INSERT INTO deliveries (id, user_id, channel, channel_id, lane, status, due_at, notice, created_at)
            VALUES ($1, $2, $3, $4, 'urgent', 'pending', $5, $6, $5)")
        .bind(notice)
        .bind(user)
        .bind(other.to_string())
        .bind(other)
        .bind(now)
        .bind(json::write(&Notice::AddressSuppressed { reason })?)
        .run(db)
        .await?;
    }
    Ok(true)
}
