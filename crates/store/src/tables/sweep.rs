//! Forgetting what has no use any more.

use bellwether_model::Timestamp;

use crate::error::StoreError;
use crate::sql::{Db, sql};
use crate::store::Store;
use crate::tables::alerts::KEY_LIFE_US;

impl Store {
    /// Removes the keys of requests that can no longer be repeated, refresh tokens that have expired, and
    /// logins that have no token left; how many rows. For now and then: once an hour is plenty.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.write(move |db| Box::pin(sweep(db, now))).await
    }
}

async fn sweep(db: &mut Db<'_>, now: Timestamp) -> Result<u64, StoreError> {
    let keys = sql("DELETE FROM idempotency_keys WHERE created_at <= $1")
        .bind(now.micros().saturating_sub(KEY_LIFE_US))
        .run(db)
        .await?;
    let tokens = sql("DELETE FROM refresh_tokens WHERE expires_at <= $1").bind(now).run(db).await?;
    let logins =
        sql("DELETE FROM sessions WHERE id NOT IN (SELECT session_id FROM refresh_tokens)").run(db).await?;
    Ok(keys + tokens + logins)
}
