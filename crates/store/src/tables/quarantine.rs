//! Prices that are too far off, while they wait and afterwards.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::{Timestamp, Venue};

use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::quarantine::{KEPT_PER_INSTRUMENT, Outcome, QuarantineFilter, Quarantined};
use crate::sql::{Cells, Conditions, Db, Rows, sql};
use crate::store::Store;

impl Store {
    /// Keeps what is quarantined, and what became of what is there already: one is known by its instrument, its time
    /// and its number, and stays where it stands. Of the instruments concerned no more than the newest
    /// [`KEPT_PER_INSTRUMENT`] stay.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn save_quarantine(&self, ticks: Vec<Quarantined>) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(save(db, ticks))).await
    }

    /// A page of what was quarantined, the newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn quarantine(
        &self,
        filter: &QuarantineFilter,
        page: Page,
    ) -> Result<Listed<Quarantined>, StoreError> {
        let filter = filter.clone();
        self.read(move |db| Box::pin(list(db, filter, page))).await
    }

    /// How many of each venue wait, or were settled at or after an instant, by what became of them.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn quarantine_counts(
        &self,
        since: Timestamp,
    ) -> Result<BTreeMap<(Venue, Outcome), u64>, StoreError> {
        let count = sql("SELECT venue, outcome, COUNT(*) FROM (
                SELECT venue, outcome FROM quarantine WHERE outcome = 'waiting'
                UNION ALL SELECT venue, outcome FROM quarantine WHERE settled_at >= $1
            ) AS counted GROUP BY venue, outcome")
        .bind(since);
        let read =
            |row: &mut Cells<'_>| Ok(((row.parsed("a venue")?, row.parsed("an outcome")?), row.count()?));
        let counts = self.read(move |db| Box::pin(async move { count.all(db, read).await })).await?;
        Ok(counts.into_iter().collect())
    }

    /// Nothing of a venue waits any more, since its feed begins anew; how many did. What the feed meets once more it
    /// says once more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn end_quarantine(&self, venue: Venue, now: Timestamp) -> Result<u64, StoreError> {
        let end = sql("UPDATE quarantine SET outcome = 'unanswered', settled_at = $1
            WHERE venue = $2 AND outcome = 'waiting'")
        .bind(now)
        .bind(venue.name());
        self.write(move |db| Box::pin(async move { end.run(db).await })).await
    }

    /// Forgets what came before an instant; how many.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep_quarantine(&self, before: Timestamp) -> Result<u64, StoreError> {
        let old = sql("DELETE FROM quarantine WHERE came_at < $1 AND outcome <> 'waiting'").bind(before);
        self.write(move |db| Box::pin(async move { old.run(db).await })).await
    }
}

/// Stands for the number of a tick that has none: no venue counts so far.
const NO_NUMBER: u64 = u64::MAX;

const COLUMNS: &str = "instrument, time, trade, price, in_force, came_at, outcome, settled_at";

fn read(row: &mut Cells<'_>) -> Result<Quarantined, StoreError> {
    Ok(Quarantined {
        instrument: row.parsed("an instrument")?,
        time: row.time()?,
        id: Some(row.count()?).filter(|number| *number != NO_NUMBER),
        price: row.parsed("a price")?,
        in_force: row.parsed("a price")?,
        came_at: row.time()?,
        outcome: row.parsed("an outcome")?,
        settled_at: row.maybe_time()?,
    })
}

async fn save(db: &mut Db<'_>, ticks: Vec<Quarantined>) -> Result<(), StoreError> {
    // One statement cannot change a row twice: the last word counts, from when the first one came. In one order, so
    // that two that save at once do not wait for each other.
    let mut known: BTreeMap<_, Quarantined> = BTreeMap::new();
    for tick in ticks {
        let place = (tick.instrument.clone(), tick.time, tick.id.unwrap_or(NO_NUMBER));
        let came_at = known.get(&place).map_or(tick.came_at, |before| before.came_at);
        known.insert(place, Quarantined { came_at, ..tick });
    }
    let instruments: BTreeSet<_> = known.values().map(|tick| tick.instrument.clone()).collect();
    let columns =
        ["instrument", "time", "trade", "venue", "price", "in_force", "came_at", "outcome", "settled_at"];
    Rows::of(columns, known, |((instrument, time, number), tick)| {
        [
            (&instrument).into(),
            time.into(),
            number.into(),
            instrument.venue().name().into(),
            tick.price.into(),
            tick.in_force.into(),
            tick.came_at.into(),
            tick.outcome.name().into(),
            tick.settled_at.into(),
        ]
    })
    .run(
        db,
        "INSERT INTO quarantine (instrument, time, trade, venue, price, in_force, came_at, outcome, settled_at)
        SELECT * FROM rows WHERE TRUE
        ON CONFLICT (instrument, time, trade) DO UPDATE SET price = excluded.price, in_force = excluded.in_force,
            outcome = excluded.outcome, settled_at = excluded.settled_at",
    )
    .await?;
    for instrument in instruments {
        sql("DELETE FROM quarantine WHERE instrument = $1 AND came_at <
                (SELECT came_at FROM quarantine WHERE instrument = $1 ORDER BY came_at DESC LIMIT 1 OFFSET $2)")
        .bind(&instrument)
        .bind(KEPT_PER_INSTRUMENT - 1)
        .run(db)
        .await?;
    }
    Ok(())
}

async fn list(
    db: &mut Db<'_>,
    filter: QuarantineFilter,
    page: Page,
) -> Result<Listed<Quarantined>, StoreError> {
    let QuarantineFilter { venue, instrument, outcomes } = filter;
    let mut wanted = Conditions::new();
    if let Some(venue) = venue {
        wanted.equal("venue", venue.name());
    }
    if let Some(instrument) = &instrument {
        wanted.equal("instrument", instrument);
    }
    wanted.any_of("outcome", outcomes.iter().map(|outcome| outcome.name().into()));
    let total = wanted.count(db, "quarantine").await?;
    let items = wanted
        .select(
            &format!("SELECT {COLUMNS} FROM quarantine"),
            "ORDER BY came_at DESC, time DESC, trade DESC, instrument",
        )
        .page(page)
        .all(db, read)
        .await?;
    Ok(Listed { items, total })
}
