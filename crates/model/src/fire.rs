//! A fire's evidence: enough for anyone to check it against the venue's public history.

use serde::{Deserialize, Serialize};

use crate::{Instrument, Price, Timestamp};

/// Why an alert fired: the tick, and what it was measured against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The instrument of the tick that fired the alert; for a composite it may be another than the
    /// alert's own. Of a silence, the tick is the last one before it.
    pub instrument: Instrument,
    /// The tick's time; of a silence, the instant at which it had lasted for as long as was asked.
    pub time: Timestamp,
    /// The tick's own number, where its venue has one.
    pub id: Option<u64>,
    /// The tick's price, p.
    pub price: Price,
    /// The price in force just before it, q; absent where the alert fired on the first tick it saw, and of
    /// a silence.
    pub previous_price: Option<Price>,
    /// What the price was measured against.
    #[serde(flatten)]
    pub measure: Measure,
    /// Whether it was a single trade or a candle that showed it.
    #[serde(default)]
    pub resolution: Resolution,
}

/// What a fire was measured against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The price of the condition, or the bound of the channel.
    Threshold(Price),
    /// R, m, M, H or L before the fire changed it, or the former extreme.
    Reference(Price),
    /// The parts of a composite condition, in their order.
    Parts(Vec<PartTruth>),
    /// The time of the last tick before a silence.
    SilentSince(Timestamp),
}

/// Whether one part of a composite condition held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartTruth {
    /// The instrument that the part looks at.
    pub instrument: Instrument,
    /// The name of what it looks for: `above`, `moving`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it held.
    pub holds: bool,
}

/// How finely the stretch was seen in which the alert fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Resolution {
    /// Single trades or quotes.
    #[default]
    #[serde(rename = "tick")]
    Tick,
    /// Candles of one minute stood in for trades that could not be had.
    #[serde(rename = "1m")]
    Minute,
}
