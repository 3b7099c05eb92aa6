//! Prices that moved since they were last told.

use bellwether_model::{Instrument, Price, Timestamp};
use serde::Serialize;

use crate::evaluate::Positions;

/// The price of an instrument, as a stream tells it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Moved<'a> {
    instrument: &'a Instrument,
    price: Price,
    /// The venue's time of it.
    time: Timestamp,
}

/// The instruments whose prices a stream tells.
pub(super) struct Prices {
    /// Each with the price that was told last, and its time.
    instruments: Vec<(Instrument, Option<(Price, Timestamp)>)>,
}

impl Prices {
    pub(super) fn of(instruments: Vec<Instrument>) -> Self {
        Self { instruments: instruments.into_iter().map(|instrument| (instrument, None)).collect() }
    }

    /// Each instrument whose price is another than the one told last. A price that came at another time and
    /// is the same is told too: it shows that the market lives.
    pub(super) fn moved<'a>(&'a mut self, positions: &'a Positions) -> impl Iterator<Item = Moved<'a>> {
        self.instruments.iter_mut().filter_map(|(instrument, told)| {
            let market = positions.get(instrument)?;
            let now = (market.price, market.time);
            if *told == Some(now) {
                return None;
            }
            *told = Some(now);
            Some(Moved { instrument, price: market.price, time: market.time })
        })
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::Position;

    use super::*;
    use crate::evaluate::Market;

    #[test]
    fn a_price_is_told_once() {
        let positions = Positions::default();
        let instrument: Instrument = "binance:BTCUSDT".parse().unwrap();
        let mut prices = Prices::of(vec![instrument.clone(), "binance:ETHUSDT".parse().unwrap()]);
        assert_eq!(prices.moved(&positions).count(), 0);
        for (seconds, price, told) in [(1, "100", 1), (1, "100", 0), (2, "100", 1), (2, "101", 1)] {
            let (price, time) = (price.parse().unwrap(), Timestamp::from_micros(seconds * 1_000_000));
            positions.set(
                &instrument,
                Market { price, time, position: Position(1), numbered: true, in_force: true },
            );
            let moved: Vec<_> = prices.moved(&positions).collect();
            assert_eq!(moved.len(), told);
            assert!(moved.iter().all(|moved| (moved.price, moved.time) == (price, time)));
        }
    }
}
