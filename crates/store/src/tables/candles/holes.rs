//! Stretches of candles that are still to be fetched.
//!
//! Holes of one instrument and length that overlap or touch are one hole. Where two transactions on
//! PostgreSQL add and fill at the same instant they may leave two that overlap: then some candles are
//! fetched twice, and none is missed.

use std::collections::BTreeMap;

use bellwether_model::{Instrument, Interval, Timestamp, Venue};

use crate::candle::Hole;
use crate::error::StoreError;
use crate::sql::{Cells, Db, Rows, Value, sql};

const COLUMNS: [&str; 4] = ["instrument", "interval", "from_time", "to_time"];

/// Adds stretches to what is to be fetched.
pub(crate) async fn add(db: &mut Db<'_>, new: Vec<Hole>) -> Result<(), StoreError> {
    let new: Vec<Hole> = new.into_iter().filter(|hole| hole.from < hole.to).collect();
    let touched = Rows::of(COLUMNS, &new, cells)
        .all(
            db,
            "SELECT h.instrument, h.interval, h.from_time, h.to_time FROM rows CROSS JOIN holes h
            WHERE h.instrument = rows.instrument AND h.interval = rows.interval
                AND h.from_time <= rows.to_time AND h.to_time >= rows.from_time",
            read,
        )
        .await?;
    Rows::of(["instrument", "interval", "from_time"], &touched, |hole| {
        [(&hole.instrument).into(), hole.interval.name().into(), hole.from.into()]
    })
    .run(
        db,
        "DELETE FROM holes WHERE (instrument, interval, from_time) IN
            (SELECT rows.instrument, rows.interval, rows.from_time FROM rows)",
    )
    .await?;
    insert(db, joined(new.into_iter().chain(touched))).await
}

/// The fewest holes that cover the same.
fn joined(holes: impl Iterator<Item = Hole>) -> Vec<Hole> {
    let mut of_each: BTreeMap<(Instrument, Interval), Vec<(Timestamp, Timestamp)>> = BTreeMap::new();
    for hole in holes {
        of_each.entry((hole.instrument, hole.interval)).or_default().push((hole.from, hole.to));
    }
    let mut fewest = Vec::new();
    for ((instrument, interval), mut stretches) in of_each {
        stretches.sort_unstable();
        let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, to) in stretches {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        let hole = |(from, to)| Hole { instrument: instrument.clone(), interval, from, to };
        fewest.extend(joined.into_iter().map(hole));
    }
    fewest
}

async fn insert(db: &mut Db<'_>, holes: Vec<Hole>) -> Result<(), StoreError> {
    Rows::of(COLUMNS, &holes, cells)
        .run(
            db,
            "INSERT INTO holes (instrument, interval, from_time, to_time)
            SELECT * FROM rows WHERE TRUE
            ON CONFLICT (instrument, interval, from_time) DO UPDATE SET to_time =
                CASE WHEN holes.to_time > excluded.to_time THEN holes.to_time ELSE excluded.to_time END",
        )
        .await
        .map(drop)
}

pub(super) async fn next(
    db: &mut Db<'_>,
    venue: Venue,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Hole>, StoreError> {
    let begun_by =
        |interval: Interval| Timestamp::from_micros(now.micros().saturating_sub(interval.micros()));
    // What begins with the venue's name and a colon stands before the same with a semicolon.
    sql("SELECT instrument, interval, from_time, to_time FROM holes
        WHERE instrument >= $1 AND instrument < $2 AND from_time <=
            CASE interval WHEN '1m' THEN $3 WHEN '1h' THEN $4 ELSE $5 END
        ORDER BY interval, from_time, instrument LIMIT $6")
    .bind(format!("{venue}:"))
    .bind(format!("{venue};"))
    .bind(begun_by(Interval::Minute))
    .bind(begun_by(Interval::Hour))
    .bind(begun_by(Interval::Day))
    .bind(limit)
    .all(db, read)
    .await
}

/// Takes away what of a hole lies before `filled_to`. One that is gone or began later meanwhile was
/// filled before.
pub(super) async fn shrink(db: &mut Db<'_>, hole: &Hole, filled_to: Timestamp) -> Result<(), StoreError> {
    if filled_to <= hole.from {
        return Ok(());
    }
    let to = sql("DELETE FROM holes WHERE instrument = $1 AND interval = $2 AND from_time = $3
        RETURNING to_time")
    .bind(&hole.instrument)
    .bind(hole.interval.name())
    .bind(hole.from)
    .first(db, |row| row.time())
    .await?;
    match to {
        Some(to) if filled_to < to => insert(db, vec![Hole { from: filled_to, to, ..hole.clone() }]).await,
        Some(_) | None => Ok(()),
    }
}

/// Takes away what of all holes of a length lies before an instant.
pub(super) async fn cut(db: &mut Db<'_>, interval: Interval, before: Timestamp) -> Result<(), StoreError> {
    let before = interval.open_of(before);
    let cut = sql("DELETE FROM holes WHERE interval = $1 AND from_time < $2
        RETURNING instrument, interval, from_time, to_time")
    .bind(interval.name())
    .bind(before)
    .all(db, read)
    .await?;
    let rest = cut.into_iter().filter(|hole| hole.to > before).map(|hole| Hole { from: before, ..hole });
    insert(db, joined(rest)).await
}

fn cells(hole: &Hole) -> [Value; 4] {
    [(&hole.instrument).into(), hole.interval.name().into(), hole.from.into(), hole.to.into()]
}

fn read(row: &mut Cells<'_>) -> Result<Hole, StoreError> {
    Ok(Hole {
        instrument: row.parsed("an instrument")?,
        interval: row.parsed("the length of a candle")?,
        from: row.time()?,
        to: row.time()?,
    })
}
