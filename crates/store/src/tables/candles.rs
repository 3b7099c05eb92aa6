//! Candles, and the holes among them.

mod holes;
mod read;
mod save;

use bellwether_model::{Candle, Instrument, Interval, Timestamp, Venue};

pub(crate) use self::holes::add as add_holes;
pub(crate) use self::save::upsert;
use crate::candle::{Hole, NewCandle, PriceMove};
use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// The finished candles of an instrument that begin at or after `from` and before `to`, the oldest
    /// first, at most `limit`. May be some seconds old, where a follower answers.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn candles(
        &self,
        instrument: &Instrument,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Candle>, StoreError> {
        let instrument = instrument.clone();
        self.read_past(move |db| Box::pin(read::between(db, instrument, interval, from, to, limit))).await
    }

    /// The same, and the candle that ran at the last checkpoint, where it comes after all of them and begins before
    /// `to`. Both as one server knows them: none between them is left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn history(
        &self,
        instrument: &Instrument,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<(Vec<Candle>, Option<Candle>), StoreError> {
        let instrument = instrument.clone();
        self.read_past(move |db| Box::pin(read::history(db, instrument, interval, from, to, limit))).await
    }

    /// For every instrument that had a tick at or after `from`: its first candle of this length that begins then or
    /// later, or the one that runs, and where it stood at the last checkpoint. Costs one look into the index of
    /// candles for each. May be some seconds old.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn moves_since(
        &self,
        interval: Interval,
        from: Timestamp,
    ) -> Result<Vec<PriceMove>, StoreError> {
        self.read_past(move |db| Box::pin(read::moves(db, interval, from))).await
    }

    /// Holes of a venue of which at least the first candle is over at `now`: those of days before those
    /// of hours before those of minutes, since they are filled soonest and show most; of one length the
    /// oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn next_holes(
        &self,
        venue: Venue,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Hole>, StoreError> {
        self.read(move |db| Box::pin(holes::next(db, venue, now, limit))).await
    }

    /// Stores the candles that a venue gave for a hole, and takes away from the hole what lies before
    /// `filled_to`: all candles up to there are stored now, or do not exist. Together or not at all; to do
    /// it again changes nothing. What was added to the hole meanwhile stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn fill(
        &self,
        hole: Hole,
        candles: Vec<Candle>,
        filled_to: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                holes::shrink(db, &hole, filled_to).await?;
                let Hole { instrument, interval, .. } = hole;
                let new = candles.into_iter();
                let new = new.map(|candle| NewCandle { instrument: instrument.clone(), interval, candle });
                upsert(db, new).await
            })
        })
        .await
    }

    /// Removes the candles of one length that begin before an instant, and what of the holes lies before
    /// it; how many candles.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep_candles(&self, interval: Interval, before: Timestamp) -> Result<u64, StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                holes::cut(db, interval, before).await?;
                save::sweep(db, interval, before).await
            })
        })
        .await
    }
}
