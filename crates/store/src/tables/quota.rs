//! Calls of a source's daily quota: counted here, so that a restart does not forget them and several processes
//! share them.

use crate::error::StoreError;
use crate::sql::sql;
use crate::store::Store;

impl Store {
    /// Counts calls of a day; how many were used of it so far, these among them. What a day is, is the
    /// source's affair.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn use_calls(&self, source: &str, day: i64, calls: u64) -> Result<u64, StoreError> {
        let used = sql("INSERT INTO source_days (source, day, calls) VALUES ($1, $2, $3)
            ON CONFLICT (source, day) DO UPDATE SET calls = source_days.calls + excluded.calls
            RETURNING calls")
        .bind(source)
        .bind(day)
        .bind(calls);
        self.write(move |db| Box::pin(async move { used.one(db, |row| row.count()).await })).await
    }

    /// How many calls of a day were used.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn calls_used(&self, source: &str, day: i64) -> Result<u64, StoreError> {
        let used = sql("SELECT calls FROM source_days WHERE source = $1 AND day = $2").bind(source).bind(day);
        self.read(move |db| {
            Box::pin(async move { Ok(used.first(db, |row| row.count()).await?.unwrap_or_default()) })
        })
        .await
    }
}
