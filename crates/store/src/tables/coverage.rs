//! Stretches of time in which instruments were watched without a gap.

use bellwether_model::{Instrument, Timestamp};

use crate::coverage::Covered;
use crate::error::StoreError;
use crate::sql::{Cells, Db, Rows, sql};
use crate::store::Store;

impl Store {
    /// The stretches of an instrument that reach into `[from, to)`, the oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn coverage(
        &self,
        instrument: &Instrument,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Covered>, StoreError> {
        let of = sql("SELECT instrument, from_time, to_time FROM coverage
            WHERE instrument = $1 AND to_time >= $2 AND from_time < $3 ORDER BY from_time")
        .bind(instrument)
        .bind(from)
        .bind(to);
        self.read(move |db| Box::pin(async move { of.all(db, read).await })).await
    }

    /// The newest stretch of every instrument: what a process goes on from.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn newest_coverage(&self) -> Result<Vec<Covered>, StoreError> {
        self.read(|db| {
            Box::pin(async move {
                sql("SELECT c.instrument, c.from_time, c.to_time FROM coverage c
                    JOIN (SELECT instrument, MAX(from_time) AS newest FROM coverage GROUP BY instrument) n
                    ON n.instrument = c.instrument AND n.newest = c.from_time ORDER BY c.instrument")
                .all(db, read)
                .await
            })
        })
        .await
    }

    /// Forgets stretches that ended before an instant; how many.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep_coverage(&self, before: Timestamp) -> Result<u64, StoreError> {
        let old = sql("DELETE FROM coverage WHERE to_time < $1").bind(before);
        self.write(move |db| Box::pin(async move { old.run(db).await })).await
    }
}

fn read(row: &mut Cells<'_>) -> Result<Covered, StoreError> {
    Ok(Covered { instrument: row.parsed("an instrument")?, from: row.time()?, to: row.time()? })
}

/// Stores stretches. One that is there by its beginning grows, and never shrinks.
pub(crate) async fn save(db: &mut Db<'_>, stretches: Vec<Covered>) -> Result<(), StoreError> {
    let mut by_place = std::collections::BTreeMap::new();
    for Covered { instrument, from, to } in stretches {
        let known = by_place.entry((instrument, from)).or_insert(to);
        *known = to.max(*known);
    }
    Rows::of(["instrument", "from_time", "to_time"], by_place, |((instrument, from), to)| {
        [(&instrument).into(), from.into(), to.into()]
    })
    .run(
        db,
        "INSERT INTO coverage (instrument, from_time, to_time) SELECT * FROM rows WHERE TRUE
        ON CONFLICT (instrument, from_time) DO UPDATE SET to_time = excluded.to_time
        WHERE coverage.to_time < excluded.to_time",
    )
    .await
    .map(drop)
}
