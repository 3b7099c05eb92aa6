//! Reading candles.

use bellwether_model::{Candle, Instrument, Interval, Timestamp};

use crate::candle::{PriceMove, RunningCandles};
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

pub(super) async fn moves(
    db: &mut Db<'_>,
    interval: Interval,
    from: Timestamp,
) -> Result<Vec<PriceMove>, StoreError> {
    // What runs is read only where it is wanted: it stands behind all that an instrument remembers.
    sql("SELECT p.instrument, p.price, p.time, CASE WHEN c.open_time IS NULL THEN p.running ELSE '{}' END, c.open_time, c.open FROM positions p
        LEFT JOIN candles c ON c.instrument = p.instrument AND c.interval = $1 AND c.open_time = (
            SELECT MIN(f.open_time) FROM candles f
            WHERE f.instrument = p.instrument AND f.interval = $1 AND f.open_time >= $2)
        WHERE p.time >= $2 ORDER BY p.instrument")
    .bind(interval.name())
    .bind(from)
    .all(db, |row| {
        let (instrument, last) = (row.parsed("an instrument")?, row.parsed("a last price")?);
        let (time, running) = (row.time()?, row.text()?);
        let first = match (row.maybe_time()?, row.maybe_parsed(PRICE)?) {
            (Some(from), Some(first)) => Some((from, first)),
            // One that was not watched before may have nothing but the candle that runs.
            _ => {
                let running: RunningCandles = json::read(running, "the candles that run")?;
                running.of(interval).map(|candle| (candle.open_time, candle.open))
            }
        };
        Ok(first.map(|(from, first)| PriceMove { instrument, from, first, last, time }))
    })
    .await
    .map(|moves| moves.into_iter().flatten().collect())
}

pub(super) async fn history(
    db: &mut Db<'_>,
    instrument: Instrument,
    interval: Interval,
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> Result<(Vec<Candle>, Option<Candle>), StoreError> {
    // Read first: what is over a moment later is then found among the finished ones.
    let running: Option<RunningCandles> = sql("SELECT running FROM positions WHERE instrument = $1")
        .bind(&instrument)
        .first(db, |row| json::read(row.text()?, "the candles that run"))
        .await?;
    let finished = between(db, instrument, interval, from, to, limit).await?;
    let is_cut = finished.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let end = finished.last().map_or(from, |last| interval.end_of(last.open_time));
    let running = running.and_then(|running| running.of(interval));
    Ok((finished, running.filter(|candle| !is_cut && (end..to).contains(&candle.open_time))))
}
