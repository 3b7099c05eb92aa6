//! Positions: up to which tick of each instrument every alert's state is stored.

use std::collections::BTreeMap;

use bellwether_model::Position;

use crate::candle::RunningCandles;
use crate::error::StoreError;
use crate::evaluation::MarketPosition;
use crate::share::Share;
use crate::sql::{Db, Rows, json, sql};

pub(super) async fn load(db: &mut Db<'_>, share: Share) -> Result<Vec<MarketPosition>, StoreError> {
    let of_homes = read(
        db,
        "SELECT instrument, position, numbered, price, time, memory, running, in_force
        FROM positions ORDER BY instrument",
    )
    .await?;
    if share != Share::Composites {
        return Ok(of_homes.into_iter().filter(|at| share.is_home_of(&at.instrument)).collect());
    }
    let own = read(
        db,
        "SELECT instrument, position, numbered, price, time, memory, '{}', in_force
        FROM composite_positions",
    )
    .await?;
    let by_name = |at: MarketPosition| (at.instrument.clone(), at);
    let all: BTreeMap<_, _> = of_homes.into_iter().map(by_name).chain(own.into_iter().map(by_name)).collect();
    Ok(all.into_values().map(|at| MarketPosition { running: RunningCandles::default(), ..at }).collect())
}

async fn read(db: &mut Db<'_>, select: &'static str) -> Result<Vec<MarketPosition>, StoreError> {
    sql(select)
        .all(db, |row| {
            Ok(MarketPosition {
                instrument: row.parsed("an instrument")?,
                position: Position(row.count()?),
                numbered: row.flag()?,
                price: row.parsed("a price")?,
                time: row.time()?,
                memory: row.bytes()?.to_vec(),
                running: json::read(row.text()?, "the candles that run")?,
                in_force: row.flag()?,
            })
        })
        .await
}

/// Of an instrument that is named twice the last position counts.
pub(super) async fn save(
    db: &mut Db<'_>,
    share: Share,
    positions: Vec<MarketPosition>,
) -> Result<(), StoreError> {
    let positions: BTreeMap<_, _> =
        positions.into_iter().map(|position| (position.instrument.clone(), position)).collect();
    if share == Share::Composites {
        return save_of_composites(db, positions.into_values()).await;
    }
    forget_logged(db, positions.values()).await?;
    let columns = ["instrument", "position", "numbered", "price", "time", "memory", "running", "in_force"];
    let mut rows = Rows::new(columns);
    for position in positions.into_values() {
        rows.push([
            (&position.instrument).into(),
            position.position.0.into(),
            position.numbered.into(),
            position.price.into(),
            position.time.into(),
            position.memory.into(),
            json::write(&position.running)?.into(),
            position.in_force.into(),
        ]);
    }
    rows.run(
        db,
        "INSERT INTO positions (instrument, position, numbered, price, time, memory, running, in_force)
        SELECT * FROM rows WHERE TRUE
        ON CONFLICT (instrument) DO UPDATE SET position = excluded.position, numbered = excluded.numbered,
            price = excluded.price, time = excluded.time, memory = excluded.memory,
            running = excluded.running, in_force = excluded.in_force",
    )
    .await
    .map(drop)
}

async fn save_of_composites(
    db: &mut Db<'_>,
    positions: impl Iterator<Item = MarketPosition>,
) -> Result<(), StoreError> {
    let columns = ["instrument", "position", "numbered", "price", "time", "memory", "in_force"];
    Rows::of(columns, positions, |at| {
        [
            (&at.instrument).into(),
            at.position.0.into(),
            at.numbered.into(),
            at.price.into(),
            at.time.into(),
            at.memory.into(),
            at.in_force.into(),
        ]
    })
    .run(
        db,
        "INSERT INTO composite_positions (instrument, position, numbered, price, time, memory, in_force)
        SELECT * FROM rows WHERE TRUE
        ON CONFLICT (instrument) DO UPDATE SET position = excluded.position, numbered = excluded.numbered,
            price = excluded.price, time = excluded.time, memory = excluded.memory,
            in_force = excluded.in_force",
    )
    .await
    .map(drop)
}

/// Forgets the logged ticks that these positions are past.
async fn forget_logged(
    db: &mut Db<'_>,
    positions: impl Iterator<Item = &MarketPosition>,
) -> Result<(), StoreError> {
    Rows::of(["instrument", "position"], positions, |at| [(&at.instrument).into(), at.position.0.into()])
        .run(
            db,
            "DELETE FROM tick_log WHERE EXISTS (SELECT 1 FROM rows
                WHERE rows.instrument = tick_log.instrument AND tick_log.position <= rows.position)",
        )
        .await
        .map(drop)
}
