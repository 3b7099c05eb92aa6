//! Tickers: what a pair is bought and sold for now, in both directions.

use serde_json::{Value, json};

use super::quotes::Quote;
use crate::market::fixed::Fixed;
use crate::market::ledger::Ledger;

/// Of what is paid, this part is the venue's on either side of the middle.
const SPREAD_PARTS: i64 = 2_000;
/// Decimals of a rate that was turned round.
const INVERSE_DECIMALS: usize = 20;

/// One direction of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticker {
    pub(super) base: String,
    pub(super) currency: String,
    pub(super) quote: Quote,
}

impl Ticker {
    /// Both directions of a pair around so many times its last trade's price; nothing where there was none.
    pub(super) fn both(ledger: &Ledger, times: i64) -> Vec<Self> {
        let Some(last) = ledger.last() else { return Vec::new() };
        let middle = last.price.times_whole(times);
        let symbol = &ledger.symbol;
        // Money for money has no spread here, as the venue often has none.
        let half = if symbol.base == "EUR" { 0 } else { middle.units() / SPREAD_PARTS };
        let side = |units: i64| Fixed::from_units(units.max(1));
        let (bid, ask) = (side(middle.units() - half), side(middle.units() + half));
        let shown = |price: Fixed| price.with_decimals_of(symbol.tick);
        vec![
            Self {
                base: symbol.base.clone(),
                currency: symbol.quote.clone(),
                quote: Quote { bid: shown(bid), ask: shown(ask) },
            },
            Self {
                base: symbol.quote.clone(),
                currency: symbol.base.clone(),
                quote: Quote { bid: inverse(ask), ask: inverse(bid) },
            },
        ]
    }

    /// As it stands in a list.
    pub(super) fn listed(&self) -> Value {
        let pair = format!("{}{}", self.base, self.currency);
        json!({"ask": self.quote.ask, "bid": self.quote.bid, "currency": self.currency, "pair": pair})
    }

    /// As it stands alone: without its name.
    pub(super) fn single(&self) -> Value {
        json!({"ask": self.quote.ask, "bid": self.quote.bid, "currency": self.currency})
    }
}

/// One through a price, cut to 20 decimals.
fn inverse(price: Fixed) -> String {
    // 10^8 units are one, so 10^28 through the units is the inverse in units of 10^-20.
    let units = 10u128.pow(28) / u128::from(price.units().unsigned_abs().max(1));
    let digits = format!("{units:0>width$}", width = INVERSE_DECIMALS + 1);
    let (whole, fraction) = digits.split_at(digits.len() - INVERSE_DECIMALS);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_turned_round_to_twenty_decimals() {
        let check = |price: &str, expected: &str| assert_eq!(inverse(price.parse().unwrap()), expected);
        check("2", "0.5");
        check("0.25", "4");
        check("1", "1");
        check("96000", "0.00001041666666666666");
        check("3", "0.33333333333333333333");
    }
}
