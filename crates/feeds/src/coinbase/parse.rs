//! Reads what the feed sends.
//!
//! Nearly every message is a match with its fields in one order. [`scan`] reads exactly that, byte by byte;
//! anything else goes to [`json`], which reads whatever JSON says. Where both read a message they agree; a
//! property test holds them to it.

use bellwether_model::{Observation, Origin, Price, Tick, Timestamp};

use crate::{Heard, Malformed};

mod candles;
mod json;
mod scan;

pub(super) use candles::candles;
pub(super) use json::{page, words};

/// Reads one message of the feed.
pub(super) fn message(message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
    if let Some(trade) = scan::trade(message) {
        hear(trade.heard());
        return Ok(());
    }
    json::message(message, hear)
}

/// A trade as the wire has it, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Match<'a> {
    product: &'a str,
    id: u64,
    price: Price,
    time: Timestamp,
}

impl<'a> Match<'a> {
    fn heard(self) -> Heard<'a> {
        Heard::Trade { symbol: self.product, observation: self.observation(Origin::Live) }
    }

    fn observation(self, origin: Origin) -> Observation {
        Observation { tick: Tick::numbered(self.price, self.time, self.id), trades: None, origin }
    }
}

#[cfg(test)]
mod tests;
