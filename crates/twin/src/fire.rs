//! What the twin says of one fire: all of its evidence.

use bellwether_model::{Instrument, Measure, Price, Resolution, Timestamp};

/// One fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwinFire {
    /// The key that the alert was armed under.
    pub alert: u64,
    /// 1, 2, ... over the alert's whole life.
    pub number: u64,
    /// The instrument of the tick that fired it; of a silence, of the last tick before it.
    pub instrument: Instrument,
    /// That tick's time; of a silence, when it had lasted for long enough.
    pub time: Timestamp,
    /// That tick's own number, where its venue has one.
    pub id: Option<u64>,
    /// That tick's price, p.
    pub price: Price,
    /// The price in force just before it, q; absent where there was none.
    pub previous_price: Option<Price>,
    /// What the price was measured against.
    pub measure: Measure,
    /// Whether a candle stood in for the trades.
    pub resolution: Resolution,
    /// Whether this was the last fire allowed: the alert is triggered.
    pub ended: bool,
}
