//! Writing candles, and removing old ones.

use std::collections::BTreeMap;

use bellwether_model::{Interval, Timestamp};

use crate::candle::NewCandle;
use crate::error::StoreError;
use crate::sql::{Db, Rows, sql};

/// Stores candles. A whole one takes the place of any; a partial one never that of a whole one, which may
/// have come from the venue before the partial one was over.
pub(crate) async fn upsert(
    db: &mut Db<'_>,
    candles: impl IntoIterator<Item = NewCandle>,
) -> Result<(), StoreError> {
    // One statement cannot change a row twice: of several for one place a whole one counts, else the last.
    let mut by_place: BTreeMap<_, NewCandle> = BTreeMap::new();
    for new in candles {
        let place = (new.instrument.clone(), new.interval, new.candle.open_time);
        if !new.candle.partial || by_place.get(&place).is_none_or(|known| known.candle.partial) {
            by_place.insert(place, new);
        }
    }
    let columns = ["instrument", "interval", "open_time", "open", "high", "low", "close", "partial"];
    Rows::of(columns, by_place.into_values(), |NewCandle { instrument, interval, candle }| {
        [
            (&instrument).into(),
            interval.name().into(),
            candle.open_time.into(),
            candle.open.into(),
            candle.high.into(),
            candle.low.into(),
            candle.close.into(),
            candle.partial.into(),
        ]
    })
    .run(
        db,
        "INSERT INTO candles (instrument, interval, open_time, open, high, low, close, partial)
        SELECT * FROM rows WHERE TRUE
        ON CONFLICT (instrument, interval, open_time) DO UPDATE SET open = excluded.open,
            high = excluded.high, low = excluded.low, close = excluded.close, partial = excluded.partial
        WHERE candles.partial OR NOT excluded.partial",
    )
    .await
    .map(drop)
}

pub(super) async fn sweep(db: &mut Db<'_>, interval: Interval, before: Timestamp) -> Result<u64, StoreError> {
    // From one instrument to the next through the key, and only what goes of each: nothing else is read.
    sql("WITH RECURSIVE known(instrument) AS (
            SELECT MIN(instrument) FROM candles
            UNION ALL
            SELECT (SELECT MIN(c.instrument) FROM candles c WHERE c.instrument > known.instrument)
            FROM known WHERE known.instrument IS NOT NULL
        )
        DELETE FROM candles WHERE instrument IN (SELECT instrument FROM known)
            AND interval = $1 AND open_time < $2")
    .bind(interval.name())
    .bind(before)
    .run(db)
    .await
}
