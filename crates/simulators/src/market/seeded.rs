//! The lively market of one pair, past and future, as a function of the seed.
//!
//! Any minute can be made on demand: its place in the sequence of ids has a closed form, and its prices
//! hang between points of the pair's walk. Candles are sums of those very trades, so that both agree.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::candle::{Candle, sum_up};
use super::fixed::{Fixed, as_f64};
use super::interval::MINUTE_US;
use super::noise::{Draws, Noise};
use super::trade::Trade;
use super::walk::{HourPath, MINUTES_PER_HOUR, Walk};

mod minute;

/// 2024-01-01T00:00:00Z in minutes since the Unix epoch: before it nothing was traded.
pub(crate) const GENESIS_MINUTE: i64 = 28_401_120;

/// Hours whose candle is remembered, about six years of one pair.
const REMEMBERED_HOURS: usize = 50_000;

/// How a pair moves and how it is traded.
#[derive(Clone, Debug)]
pub(crate) struct Character {
    pub(crate) tick: Fixed,
    pub(crate) step: Fixed,
    /// Aggregate trades in a minute, on average; at least 16.
    pub(crate) per_minute: u32,
    pub(crate) typical_quantity: f64,
    /// The price where all walks stand at nought.
    pub(crate) anchor: f64,
    pub(crate) market: Walk,
    pub(crate) market_share: f64,
    pub(crate) base: Walk,
    pub(crate) quote: Walk,
}

/// The random fields of one pair, looked up millions of times for a year of candles.
#[derive(Clone, Copy, Debug)]
struct Parts {
    /// Where a minute's ids begin.
    ids: Noise,
    /// How many single trades an aggregate trade stands for.
    singles: Noise,
    trades: Noise,
    minutes: Noise,
}

/// The process of one pair.
#[derive(Debug)]
pub(crate) struct Seeded {
    parts: Parts,
    character: Character,
    /// Candles of whole hours: long klines are asked for again and again.
    hours: Mutex<HashMap<i64, Candle>>,
}

impl Seeded {
    /// The process under `noise`.
    pub(crate) fn new(noise: Noise, character: Character) -> Self {
        let part = |name| noise.part(name);
        let (ids, singles) = (part("ids"), part("singles"));
        let parts = Parts { ids, singles, trades: part("trades"), minutes: part("minutes") };
        Self { parts, character, hours: Mutex::default() }
    }

    /// The aggregate trades of one minute, counted from the epoch, in order. None before genesis.
    pub(crate) fn trades(&self, minute: i64) -> Vec<Trade> {
        let prices = self.prices(minute.div_euclid(60));
        self.trades_along(minute, &prices)
    }

    /// The candles of the minutes `from..to`.
    pub(crate) fn minutes(&self, from: i64, to: i64) -> Vec<(i64, Candle)> {
        let mut candles = Vec::new();
        let mut minute = from.max(GENESIS_MINUTE);
        while minute < to {
            let hour = minute.div_euclid(60);
            let prices = self.prices(hour);
            let end = to.min((hour + 1) * 60);
            candles.extend((minute..end).filter_map(|minute| {
                sum_up(&self.trades_along(minute, &prices)).map(|candle| (minute, candle))
            }));
            minute = end;
        }
        candles
    }

    /// The candle of one whole hour, counted from the epoch.
    pub(crate) fn hour(&self, hour: i64) -> Option<Candle> {
        let known = self.hours.lock().unwrap_or_else(PoisonError::into_inner).get(&hour).copied();
        if known.is_some() {
            return known;
        }
        let minutes = self.minutes(hour * 60, (hour + 1) * 60);
        let candle = Candle::join(minutes.into_iter().map(|(_, candle)| candle))?;
        let mut hours = self.hours.lock().unwrap_or_else(PoisonError::into_inner);
        if hours.len() >= REMEMBERED_HOURS {
            hours.clear();
        }
        hours.insert(hour, candle);
        Some(candle)
    }

    /// The minute in which the aggregate trade `id` happens.
    pub(crate) fn minute_of(&self, id: u64) -> i64 {
        let guess = i64::try_from(id).unwrap_or(i64::MAX) / i64::from(self.character.per_minute);
        // The wobble is less than one minute's worth, so the guess is late by one minute at most.
        let minute = GENESIS_MINUTE + guess;
        if self.first_id(minute) > id { minute - 1 } else { minute }
    }

    /// The id of the first aggregate trade of a minute; ids start with 0 at genesis, about.
    pub(crate) fn first_id(&self, minute: i64) -> u64 {
        let rate = u64::from(self.character.per_minute);
        let elapsed = u64::try_from(minute - GENESIS_MINUTE).unwrap_or(0);
        let wobble = self.parts.ids.at(minute).below(rate * 7 / 10);
        elapsed * rate + wobble
    }

    fn trades_along(&self, minute: i64, prices: &HourPath) -> Vec<Trade> {
        if minute < GENESIS_MINUTE {
            return Vec::new();
        }
        let of_hour = usize::try_from(minute.rem_euclid(60)).expect("below 60");
        let outline = minute::Outline {
            start_us: minute * MINUTE_US,
            first_id: self.first_id(minute),
            end_id: self.first_id(minute + 1),
            from: prices[of_hour],
            to: prices[of_hour + 1],
        };
        outline.trades(&self.character, &self.parts)
    }

    /// Prices at the minute marks of an hour.
    fn prices(&self, hour: i64) -> HourPath {
        let Character { market, market_share, base, quote, anchor, .. } = &self.character;
        let (market, base, quote) = (market.hour(hour), base.hour(hour), quote.hour(hour));
        let mut prices = [0.0; MINUTES_PER_HOUR + 1];
        for (mark, price) in prices.iter_mut().enumerate() {
            *price = anchor * (market_share * market[mark] + base[mark] - quote[mark]).exp();
        }
        prices
    }
}

impl Parts {
    /// The first single trade of aggregate trade `id`. Each has one to three, so that `f` and `l` differ at
    /// times.
    const fn first_single(&self, id: u64) -> u64 {
        2 * id + (self.singles.at(id.cast_signed()).bits() & 1)
    }
}

/// A quantity with a long tail: most trades are small, a few are fifty times as large.
fn quantity(character: &Character, draws: &mut Draws) -> Fixed {
    let size = 0.25 / (draws.unit() + 0.02);
    let steps = (size * character.typical_quantity / character.step.approximate()).max(3.0);
    Fixed::nearest(steps * as_f64(character.step.units()) / 1e8, character.step)
}
