//! Reading candles.

use bellwether_model::{Candle, Instrument, Interval, Timestamp};

use crate::candle::RunningCandles;
use crate::error::StoreError;
use crate::sql::{Db, json, sql};

const PRICE: &str = "a price of a candle";

pub(super) async fn between(
    db: &mut Db<'_>,
    instrument: Instrument,
    interval: Interval,
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> Result<Vec<Candle>, StoreError> {
    sql("SELECT open_time, open, high, low, close, partial FROM candles
        WHERE instrument = $1 AND interval = $2 AND open_time >= $3 AND open_time < $4
        ORDER BY open_time LIMIT $5")
    .bind(&instrument)
    .bind(interval.name())
    .bind(from)
    .bind(to)
    .bind(limit)
    .all(db, |row| {
        Ok(Candle {
            open_time: row.time()?,
            open: row.parsed(PRICE)?,
            high: row.parsed(PRICE)?,
            low: row.parsed(PRICE)?,
            close: row.parsed(PRICE)?,
            partial: row.flag()?,
        })
    })
    .await
}

pub(super) async fn running(db: &mut Db<'_>, instrument: Instrument) -> Result<RunningCandles, StoreError> {
    let running = sql("SELECT running FROM positions WHERE instrument = $1")
        .bind(&instrument)
        .first(db, |row| json::read(row.text()?, "the candles that run"))
        .await?;
    Ok(running.unwrap_or_default())
}
