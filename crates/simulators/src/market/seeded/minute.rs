//! One minute of trades between two given prices.

use super::{Character, Parts, quantity};
use crate::market::fixed::{Fixed, as_f64, rounded};
use crate::market::interval::MINUTE_US;
use crate::market::noise::Draws;
use crate::market::trade::Trade;

/// How far a minute's extremes reach beyond its ends, and its trades beside the line, as a share of price.
const REACH: f64 = 0.000_25;
const JITTER: f64 = 0.000_06;

/// What is fixed about a minute before its trades are made.
pub(super) struct Outline {
    pub(super) start_us: i64,
    pub(super) first_id: u64,
    /// One past the last.
    pub(super) end_id: u64,
    /// The first and the last trade's price, before rounding to ticks.
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Outline {
    /// The trades, in order: the first at `from`, the last at `to`, between them a high and a low.
    pub(super) fn trades(&self, character: &Character, parts: &Parts) -> Vec<Trade> {
        let count = self.end_id - self.first_id;
        let prices = self.prices(count, character.tick, &mut parts.minutes.at(self.start_us));
        let slice_us = MINUTE_US.unsigned_abs() / count;
        let mut first = parts.first_single(self.first_id);
        let mut before = prices.first().copied().unwrap_or_default();
        let mut trades = Vec::with_capacity(prices.len());
        for (id, price) in (self.first_id..self.end_id).zip(prices) {
            let mut draws = parts.trades.at(id.cast_signed());
            let next = parts.first_single(id + 1);
            trades.push(Trade {
                id,
                price,
                quantity: quantity(character, &mut draws),
                first_trade: first,
                last_trade: next - 1,
                time_us: self.start_us + self.offset_us(id, slice_us, &mut draws),
                buyer_is_maker: if price == before { draws.below(2) == 0 } else { price < before },
            });
            first = next;
            before = price;
        }
        trades
    }

    /// Each trade has its own slice of the minute, and falls somewhere into it.
    fn offset_us(&self, id: u64, slice_us: u64, draws: &mut Draws) -> i64 {
        let nth = id - self.first_id;
        i64::try_from(nth * slice_us + draws.below(slice_us)).expect("less than a minute")
    }

    fn prices(&self, count: u64, tick: Fixed, draws: &mut Draws) -> Vec<Fixed> {
        let last = count - 1;
        let reach = |draws: &mut Draws| self.from * REACH * draws.unit() * draws.unit();
        let high = (1 + draws.below(last.saturating_sub(1)), self.from.max(self.to) + reach(draws));
        let low = (1 + draws.below(last.saturating_sub(1)), self.from.min(self.to) - reach(draws));
        let mut knots = [(0, self.from), high, low, (last, self.to)];
        knots.sort_by_key(|(place, _)| *place);
        let ticks = as_f64(tick.units()) / 1e8;
        let mut knot = 0;
        (0..count)
            .map(|place| {
                while knot + 2 < knots.len() && knots[knot + 1].0 <= place {
                    knot += 1;
                }
                let price = between(knots[knot], knots[knot + 1], place);
                let jitter = if place == 0 || place == last { 0.0 } else { price * JITTER * draws.normal() };
                let price = (price + jitter).clamp(low.1, high.1);
                Fixed::from_units(rounded(price / ticks).max(1) * tick.units())
            })
            .collect()
    }
}

/// The straight line between two knots, at `place`.
fn between(from: (u64, f64), to: (u64, f64), place: u64) -> f64 {
    let part = |from: u64, to: u64| as_f64(i64::try_from(to.saturating_sub(from)).unwrap_or(i64::MAX));
    let length = part(from.0, to.0);
    if length == 0.0 { to.1 } else { from.1 + (to.1 - from.1) * part(from.0, place) / length }
}
