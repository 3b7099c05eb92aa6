//! Price history: finished candles, those that run, and the stretches that are still to be fetched.

use bellwether_model::{Candle, Instrument, Interval, Price, Timestamp};
use serde::{Deserialize, Serialize};

/// A finished candle of an instrument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCandle {
    /// Whose.
    pub instrument: Instrument,
    /// How long it is.
    pub interval: Interval,
    /// The candle.
    pub candle: Candle,
}

/// A stretch whose candles are to be fetched from the venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// Of which instrument.
    pub instrument: Instrument,
    /// Candles of this length.
    pub interval: Interval,
    /// When the first of them begins.
    pub from: Timestamp,
    /// When the last of them ends; it may lie ahead, where a candle still runs.
    pub to: Timestamp,
}

/// From where to where the price of an instrument moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceMove {
    /// Which.
    pub instrument: Instrument,
    /// When the first candle of the stretch begins.
    pub from: Timestamp,
    /// Its first price.
    pub first: Price,
    /// The price at the last checkpoint.
    pub last: Price,
    /// The venue's time of it.
    pub time: Timestamp,
}

/// The candles of one instrument that run, or ran until its last tick. None where it had no tick yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunningCandles {
    /// Of the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minute: Option<Candle>,
    /// Of the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hour: Option<Candle>,
    /// Of the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Candle>,
}

impl RunningCandles {
    /// The one of this length.
    #[must_use]
    pub fn of(&self, interval: Interval) -> Option<Candle> {
        match interval {
            Interval::Minute => self.minute,
            Interval::Hour => self.hour,
            Interval::Day => self.day,
        }
    }
}
