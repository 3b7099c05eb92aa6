//! Positions: up to which tick of each instrument every alert's state is stored.

use bellwether_model::Position;

use crate::error::StoreError;
use crate::evaluation::MarketPosition;
use crate::sql::{Db, Rows, json, sql};

pub(super) async fn load(db: &mut Db<'_>) -> Result<Vec<MarketPosition>, StoreError> {
    sql("SELECT instrument, position, numbered, price, time, memory, running FROM positions ORDER BY instrument")
        .all(db, |row| {
            Ok(MarketPosition {
                instrument: row.parsed("an instrument")?,
                position: Position(row.count()?),
                numbered: row.flag()?,
                price: row.parsed("a price")?,
                time: row.time()?,
                memory: row.bytes()?.to_vec(),
                running: json::read(row.text()?, "the candles that run")?,
            })
        })
        .await
}

/// Of an instrument that is named twice the last position counts.
pub(super) async fn save(db: &mut Db<'_>, positions: Vec<MarketPosition>) -> Result<(), StoreError> {
    let positions: std::collections::BTreeMap<_, _> =
        positions.into_iter().map(|position| (position.instrument.clone(), position)).collect();
    forget_logged(db, positions.values()).await?;
    let mut rows = Rows::new(["instrument", "position", "numbered", "price", "time", "memory", "running"]);
    for position in positions.into_values() {
        rows.push([
            (&position.instrument).into(),
            position.position.0.into(),
            position.numbered.into(),
            position.price.into(),
            position.time.into(),
            position.memory.into(),
            json::write(&position.running)?.into(),
        ]);
    }
    rows.run(
        db,
        "INSERT INTO positions (instrument, position, numbered, price, time, memory, running)
        SELECT * FROM rows WHERE TRUE
        ON CONFLICT (instrument) DO UPDATE SET position = excluded.position, numbered = excluded.numbered,
            price = excluded.price, time = excluded.time, memory = excluded.memory,
            running = excluded.running",
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
