//! The log of ticks that nobody can repeat.

use bellwether_model::{Position, Tick};

use crate::error::StoreError;
use crate::sql::{Db, Rows, sql};
use crate::store::Store;
use crate::tick_log::LoggedTick;

impl Store {
    /// Keeps ticks: all of them, or none. A commit whose positions are past them forgets them again.
    ///
    /// # Errors
    /// See [`StoreError`]; a `seq` that is there already is a conflict.
    pub async fn log_ticks(&self, ticks: Vec<LoggedTick>) -> Result<(), StoreError> {
        self.write(move |db| Box::pin(log(db, ticks))).await
    }

    /// The ticks in the log after one of them, in the order in which they were logged.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn logged_ticks(&self, after: u64, limit: u32) -> Result<Vec<LoggedTick>, StoreError> {
        self.read(move |db| Box::pin(load(db, after, limit))).await
    }
}

async fn log(db: &mut Db<'_>, ticks: Vec<LoggedTick>) -> Result<(), StoreError> {
    let columns = ["seq", "instrument", "position", "id", "price", "time"];
    Rows::of(columns, ticks, |LoggedTick { seq, instrument, tick }| {
        [
            seq.into(),
            (&instrument).into(),
            tick.position.0.into(),
            tick.id.into(),
            tick.price.into(),
            tick.time.into(),
        ]
    })
    .run(db, "INSERT INTO tick_log (seq, instrument, position, id, price, time) SELECT * FROM rows")
    .await
    .map(drop)
}

async fn load(db: &mut Db<'_>, after: u64, limit: u32) -> Result<Vec<LoggedTick>, StoreError> {
    sql("SELECT seq, instrument, position, id, price, time FROM tick_log WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(after)
        .bind(limit)
        .all(db, |row| {
            let (seq, instrument) = (row.count()?, row.parsed("an instrument")?);
            let (position, id) = (Position(row.count()?), row.maybe_count()?);
            let (price, time) = (row.parsed("a price")?, row.time()?);
            Ok(LoggedTick { seq, instrument, tick: Tick { price, time, id, position } })
        })
        .await
}
