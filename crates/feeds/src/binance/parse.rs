//! Reads what the stream sends.
//!
//! Nearly every message is an aggregate trade with its fields in one order. [`scan`] reads exactly
//! that, byte by byte; anything else, be it a trade in another order, goes to [`json`], which reads
//! whatever JSON says. Where both read a message they agree; a property test holds them to it.

use bellwether_model::{Observation, Origin, Price, Tick, Timestamp};

use crate::{Heard, Malformed};

mod json;
mod klines;
mod scan;

pub(super) use json::{page, words};
pub(super) use klines::candles;

/// Reads one message of the combined stream.
pub(super) fn message(message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    if let Some(trade) = scan::combined_trade(message) {
        hear(trade.heard());
        return Ok(());
    }
    json::message(message, hear)
}

/// An aggregate trade as the wire has it, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AggTrade<'a> {
    symbol: &'a str,
    id: u64,
    price: Price,
    first: u64,
    last: u64,
    time: Timestamp,
}

impl<'a> AggTrade<'a> {
    fn heard(self) -> Heard<'a> {
        Heard::Trade { symbol: self.symbol, observation: self.observation(Origin::Live) }
    }

    fn observation(self, origin: Origin) -> Observation {
        Observation {
            tick: Tick::numbered(self.price, self.time, self.id),
            trades: Some((self.first, self.last)),
            origin,
        }
    }
}

/// The instant of a time field, whichever unit the server uses: milliseconds until the year 4770 stay
/// below what microseconds since 1972 stand above.
fn instant(time: u64) -> Option<Timestamp> {
    const LEAST_MICROS: i64 = 88_000_000_000_000;
    let time = i64::try_from(time).ok()?;
    Some(if time < LEAST_MICROS { Timestamp::from_millis(time) } else { Timestamp::from_micros(time) })
}

#[cfg(test)]
mod tests;
