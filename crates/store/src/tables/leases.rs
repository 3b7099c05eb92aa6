//! Leases: claimed, held, given back.

use uuid::Uuid;

use crate::error::StoreError;
use crate::lease::{Fence, Lease};
use crate::sql::{Db, Rows, sql};
use crate::store::Store;

impl Store {
    /// Every lease that was ever claimed, by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.read(|db| {
            Box::pin(async move {
                sql("SELECT name, holder, epoch, beat, log_number FROM leases ORDER BY name")
                    .all(db, |row| {
                        Ok(Lease {
                            name: row.text()?.to_owned(),
                            holder: row.maybe_uuid()?,
                            epoch: row.count()?,
                            beat: row.count()?,
                            log_number: row.maybe_count()?,
                        })
                    })
                    .await
            })
        })
        .await
    }

    /// Claims a lease that is free, or whose beat has stood still; `seen` is how it was last seen, and nothing
    /// where it was not there. The epoch that it is claimed under, and how far the tick log was dealt with;
    /// nothing where another was first or its holder lives after all.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim_lease(
        &self,
        name: &str,
        seen: Option<&Lease>,
        holder: Uuid,
    ) -> Result<Option<(u64, Option<u64>)>, StoreError> {
        let claim = match seen {
            None => sql("INSERT INTO leases (name, holder, epoch, beat) VALUES ($1, $2, 1, 1)
                ON CONFLICT (name) DO NOTHING RETURNING epoch, log_number")
            .bind(name)
            .bind(holder),
            Some(seen) => sql("UPDATE leases SET holder = $2, epoch = epoch + 1, beat = beat + 1
                WHERE name = $1 AND epoch = $3 AND beat = $4 RETURNING epoch, log_number")
            .bind(name)
            .bind(holder)
            .bind(seen.epoch)
            .bind(seen.beat),
        };
        self.write(move |db| {
            Box::pin(async move { claim.first(db, |row| Ok((row.count()?, row.maybe_count()?))).await })
        })
        .await
    }

    /// Lets the beat of leases grow that are held under these epochs; the names of those that still are.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn beat_leases(&self, held: Vec<(String, u64)>) -> Result<Vec<String>, StoreError> {
        let rows = Rows::of(["name", "epoch"], held, |(name, epoch)| [name.into(), epoch.into()]);
        self.write(move |db| {
            Box::pin(async move {
                rows.all(
                    db,
                    "UPDATE leases SET beat = beat + 1 FROM rows
                    WHERE leases.name = rows.name AND leases.epoch = rows.epoch AND leases.holder IS NOT NULL
                    RETURNING leases.name",
                    |row| Ok(row.text()?.to_owned()),
                )
                .await
            })
        })
        .await
    }

    /// Gives a lease back, where it is still held under this epoch.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn release_lease(&self, name: &str, epoch: u64) -> Result<(), StoreError> {
        let release = sql("UPDATE leases SET holder = NULL, beat = beat + 1 WHERE name = $1 AND epoch = $2")
            .bind(name)
            .bind(epoch);
        self.write(move |db| Box::pin(async move { release.run(db).await.map(drop) })).await
    }

    /// Forgets a lease, whoever holds it, where it is as it was seen.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn forget_lease(&self, seen: &Lease) -> Result<(), StoreError> {
        let forget = sql("DELETE FROM leases WHERE name = $1 AND epoch = $2 AND beat = $3")
            .bind(seen.name.as_str())
            .bind(seen.epoch)
            .bind(seen.beat);
        self.write(move |db| Box::pin(async move { forget.run(db).await.map(drop) })).await
    }
}

/// Has the rest of a transaction happen under a lease, or not at all. Until it ends nobody else can claim it, and
/// that it happens shows its holder to be alive.
pub(super) async fn hold(db: &mut Db<'_>, fence: &Fence) -> Result<(), StoreError> {
    let held = sql("UPDATE leases SET beat = beat + 1, log_number = COALESCE($3, log_number)
        WHERE name = $1 AND epoch = $2")
    .bind(fence.name.as_str())
    .bind(fence.epoch)
    .bind(fence.log_number)
    .run(db)
    .await?;
    if held == 0 { Err(StoreError::Fenced) } else { Ok(()) }
}
