//! Reads what the streams send.
//!
//! Nearly every message holds trades with their fields in one order. [`scan`] reads exactly that, byte by
//! byte; anything else goes to [`json`], which reads whatever JSON says. Where both read a message they
//! agree; a property test holds them to it. Prices are JSON numbers, and their text is what counts.

use bellwether_model::{Observation, Origin, Price, Tick, Timestamp};

use crate::{Heard, Malformed};

mod candles;
mod json;
mod scan;

pub(super) use candles::candles;
pub(super) use json::{answer, page};

/// Reads one message of the streams.
pub(super) fn message(message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    if let Some((first, others)) = scan::trades(message) {
        hear(first.heard());
        others.into_iter().for_each(|trade| hear(trade.heard()));
        return Ok(());
    }
    json::message(message, hear)
}

/// A trade as the wire has it, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Trade<'a> {
    symbol: &'a str,
    id: u64,
    price: Price,
    time: Timestamp,
}

impl<'a> Trade<'a> {
    fn heard(self) -> Heard<'a> {
        Heard::Trade { symbol: self.symbol, observation: self.observation(Origin::Live) }
    }

    fn observation(self, origin: Origin) -> Observation {
        Observation { tick: Tick::numbered(self.price, self.time, self.id), trades: None, origin }
    }
}

#[cfg(test)]
mod tests;
