//! Forgetting what has no use any more.

mod ledger;
mod products;

use bellwether_model::{DeliveryId, FireId, Timestamp};
use uuid::Uuid;

use self::ledger::Ledger;

use crate::error::StoreError;
use crate::page::Swept;
use crate::sql::{Db, sql};
use crate::store::Store;
use crate::tables::alerts::KEY_LIFE_US;

impl Store {
    /// Removes the keys of requests that can no longer be repeated, refresh tokens and links that have expired, and
    /// logins that have no token left; how many rows. For now and then: once an hour is plenty.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.write(move |db| Box::pin(sweep(db, now))).await
    }

    /// Removes at most `limit` reports that were made before an instant and are not still to be sent; how many.
    /// What was told of them stays in the list of deliveries. Call until it returns none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep_reports(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(move |db| Box::pin(products::reports(db, before, limit))).await
    }

    /// Removes what is known of at most `limit` listings that every search had lost before an instant, or that
    /// none ever found and nothing was heard of since: their prices with them. How many listings. What alerts
    /// that are deleted were told of is forgotten as well. Call until it returns none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep_listings(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        // Found without keeping others from writing, and looked at once more when they are removed.
        let old = self.read(move |db| Box::pin(products::old_listings(db, before, limit))).await?;
        self.write(move |db| Box::pin(products::listings(db, old, before))).await
    }
}

impl Store {
    /// Removes deliveries, with their attempts, that have been at their end since before an instant: the first ones
    /// of at most `limit` from `after` on. What is still owed stays, and so does, of each alert, what its receivers
    /// accepted last. Call with `next` until there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep_deliveries(
        &self,
        before: Timestamp,
        after: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Swept<DeliveryId>, StoreError> {
        Ok(self.sweep_ledger(Ledger::Deliveries, before, after.map(|id| id.0), limit).await?.map(DeliveryId))
    }

    /// Removes fires that were made before an instant and that no delivery tells of any more: those of at most
    /// `limit` from `after` on. How often an alert has fired stays as it is. Call with `next` until there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep_fires(
        &self,
        before: Timestamp,
        after: Option<FireId>,
        limit: u32,
    ) -> Result<Swept<FireId>, StoreError> {
        Ok(self.sweep_ledger(Ledger::Fires, before, after.map(|id| id.0), limit).await?.map(FireId))
    }

    async fn sweep_ledger(
        &self,
        of: Ledger,
        before: Timestamp,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Swept<Uuid>, StoreError> {
        // Found without keeping others from writing, and looked at once more when they are removed.
        let found = self.read(move |db| Box::pin(ledger::portion(db, of, before, after, limit))).await?;
        let (over, next) = (found.over, found.last);
        if over.is_empty() {
            return Ok(Swept { removed: 0, next });
        }
        let removed = self.write(move |db| Box::pin(ledger::remove(db, of, over, before))).await?;
        Ok(Swept { removed, next })
    }
}

/// How long it is known that a link was used: longer than any link works.
const LINKS_US: i64 = 100 * 24 * 3_600 * 1_000_000;

async fn sweep(db: &mut Db<'_>, now: Timestamp) -> Result<u64, StoreError> {
    let keys = sql("DELETE FROM idempotency_keys WHERE created_at <= $1")
        .bind(now.micros().saturating_sub(KEY_LIFE_US))
        .run(db)
        .await?;
    let channel_keys = sql("DELETE FROM channel_keys WHERE created_at <= $1")
        .bind(now.micros().saturating_sub(KEY_LIFE_US))
        .run(db)
        .await?;
    let tokens = sql("DELETE FROM refresh_tokens WHERE expires_at <= $1").bind(now).run(db).await?;
    let logins =
        sql("DELETE FROM sessions WHERE id NOT IN (SELECT session_id FROM refresh_tokens)").run(db).await?;
    let links = sql("DELETE FROM used_links WHERE used_at <= $1")
        .bind(now.micros().saturating_sub(LINKS_US))
        .run(db)
        .await?;
    let forgotten = sql("DELETE FROM password_links WHERE expires_at <= $1").bind(now).run(db).await?;
    Ok(keys + channel_keys + tokens + logins + links + forgotten)
}
