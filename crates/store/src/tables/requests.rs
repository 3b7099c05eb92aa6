//! Requests that were done under a key of their caller's. Each is kept in the transaction of what it made.
//!
//! The table is the one of the keys that alerts are created under, whose column `alert_id` holds what was made, of
//! whatever kind. Keys of different calls never meet: their callers write the call before the key.

use bellwether_model::{Timestamp, UserId};
use uuid::Uuid;

use crate::alert::Idempotency;
use crate::error::StoreError;
use crate::request::Before;
use crate::sql::{Db, sql};
use crate::store::Store;
use crate::tables::alerts::KEY_LIFE_US;
use crate::tables::lock_user;

impl Store {
    /// What a user's request under this key did before, if it was within a day.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn request_before(
        &self,
        user: UserId,
        asked: &Idempotency,
        now: Timestamp,
    ) -> Result<Option<Before>, StoreError> {
        let asked = asked.clone();
        self.read(move |db| Box::pin(async move { before(db, user, &asked, now).await })).await
    }

    /// Keeps what a user's request did that may be done twice without harm, and so needs no transaction with it. What
    /// was kept under the same key within a day stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn keep_request(
        &self,
        user: UserId,
        asked: Idempotency,
        made: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                if lock_user(db, user).await? && before(db, user, &asked, now).await?.is_none() {
                    keep(db, user, asked, made, now).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// What a user's request under this key did before, if it was within a day.
pub(crate) async fn before(
    db: &mut Db<'_>,
    user: UserId,
    asked: &Idempotency,
    now: Timestamp,
) -> Result<Option<Before>, StoreError> {
    sql("SELECT body_hash = $3, alert_id, created_at FROM idempotency_keys
        WHERE user_id = $1 AND key = $2 AND created_at > $4")
    .bind(user)
    .bind(asked.key.as_str())
    .bind(asked.body_hash)
    .bind(now.micros().saturating_sub(KEY_LIFE_US))
    .first(db, |row| Ok(Before { same: row.flag()?, made: row.uuid()?, at: row.time()? }))
    .await
}

/// Keeps what a request made, in the transaction that makes it.
pub(crate) async fn keep(
    db: &mut Db<'_>,
    user: UserId,
    asked: Idempotency,
    made: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    // A key that is there already is older than its life: a younger one would have decided.
    sql("INSERT INTO idempotency_keys (user_id, key, body_hash, alert_id, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, key) DO UPDATE SET body_hash = excluded.body_hash,
            alert_id = excluded.alert_id, created_at = excluded.created_at")
    .bind(user)
    .bind(asked.key)
    .bind(asked.body_hash)
    .bind(made)
    .bind(now)
    .run(db)
    .await
    .map(drop)
}
