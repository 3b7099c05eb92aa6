//! Prices as ordered 64-bit keys.
//!
//! A key is a price cut to 17 significant digits: the decimal exponent in the top 7 bits, the digits in
//! the low 57. Keys order as prices do, and are exact for prices of up to 17 digits, which is every
//! price of every venue but a few. Longer ones get a [`Bracket`]: the key just below and the key just
//! above. Indexes work on keys alone and wake an alert when the price *may* have reached its trigger;
//! the alert then decides on the exact price. So a key may wake in vain (only where two numbers share
//! their first 17 digits) and never fails to wake.

use std::cmp::Ordering;

use bellwether_model::Price;

use crate::exact::Exact;

/// Significant digits of a key: 10^17 is just below 2^57.
const DIGITS: u32 = 17;
const DIGITS_END: u64 = 10u64.pow(DIGITS);
const DIGIT_BITS: u32 = 57;
/// Added to the count of digits before the point, which lies between -24 and 32 for every threshold.
const EXPONENT_BIAS: i32 = 40;

const _: () = assert!(DIGITS_END < 1 << DIGIT_BITS);

/// The keys around a number; equal where the number has at most 17 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bracket {
    pub(crate) floor: u64,
    pub(crate) ceil: u64,
}

/// A price with its keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quote {
    pub(crate) price: Price,
    pub(crate) bracket: Bracket,
}

/// A number that a price is compared with: an exact threshold with its keys.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    exact: Exact,
    bracket: Bracket,
}

/// How far a price reaches in both directions, in the terms of [`trigger`](Level::reached): a trigger is
/// due where it is at most this.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) up: u64,
    pub(crate) down: u64,
}

impl Bracket {
    #[inline]
    fn new(digits: u64, whole_digits: i32, cut: bool) -> Self {
        let exponent = u64::from((whole_digits + EXPONENT_BIAS).cast_unsigned());
        let floor = exponent << DIGIT_BITS | digits;
        Self { floor, ceil: floor + u64::from(cut) }
    }

    /// The keys around a price.
    #[inline]
    pub(crate) fn of(price: Price) -> Self {
        let (mantissa, decimals) = price.parts();
        match u64::try_from(mantissa) {
            Ok(short) if short < DIGITS_END => {
                let count = short.ilog10() + 1;
                let digits = short * 10u64.pow(DIGITS - count);
                Self::new(digits, count.cast_signed() - decimals.cast_signed(), false)
            }
            _ => Self::around(Exact::new(mantissa, decimals)),
        }
    }

    /// The keys around a threshold.
    pub(crate) fn around(exact: Exact) -> Self {
        let (digits, whole_digits, cut) = exact.leading(DIGITS);
        Self::new(digits, whole_digits, cut)
    }

    /// Whether the number is its key.
    #[inline]
    pub(crate) fn is_exact(self) -> bool {
        self.floor == self.ceil
    }

    #[inline]
    pub(crate) fn reach(self) -> Reach {
        Reach { up: self.ceil, down: !self.floor }
    }
}

impl Quote {
    #[inline]
    pub(crate) fn of(price: Price) -> Self {
        Self { price, bracket: Bracket::of(price) }
    }

    /// Compares the exact price with an exact threshold.
    pub(crate) fn versus(&self, level: &Level) -> Ordering {
        self.bracket.floor.cmp(&level.bracket.floor).then_with(|| {
            if self.bracket.is_exact() && level.bracket.is_exact() {
                Ordering::Equal
            } else {
                Exact::from(self.price).cmp(&level.exact)
            }
        })
    }
}

/// A price with what it takes to put it in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rank {
    floor: u64,
    pub(crate) price: Price,
}

impl From<Quote> for Rank {
    #[inline]
    fn from(quote: Quote) -> Self {
        Self { floor: quote.bracket.floor, price: quote.price }
    }
}

impl PartialOrd for Rank {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rank {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        match self.floor.cmp(&other.floor) {
            Ordering::Equal => self.price.cmp(&other.price),
            unequal => unequal,
        }
    }
}

/// Triggers: where a price must come for an alert to be looked at. Those for a price that comes from
/// below are keys, due where `trigger <= reach.up`; those for a price that comes from above are inverted
/// keys, due where `trigger <= reach.down`. So the nearest is the smallest on both sides.
impl Level {
    pub(crate) fn of(price: Price) -> Self {
        Self { exact: Exact::from(price), bracket: Bracket::of(price) }
    }

    pub(crate) fn at(exact: Exact) -> Self {
        Self { exact, bracket: Bracket::around(exact) }
    }

    /// From below, `p >= level`.
    pub(crate) fn reached(&self) -> u64 {
        self.bracket.ceil
    }

    /// From below, `p > level`.
    pub(crate) fn passed(&self) -> u64 {
        self.bracket.ceil + u64::from(self.bracket.is_exact())
    }

    /// From above, `p <= level`.
    pub(crate) fn sunk_to(&self) -> u64 {
        !self.bracket.floor
    }

    /// From above, `p < level`.
    pub(crate) fn sunk_below(&self) -> u64 {
        !(self.bracket.floor - u64::from(self.bracket.is_exact()))
    }
}

/// The number that an exact key stands for.
pub(crate) fn exact_of(key: u64) -> Exact {
    let digits = u128::from(key & ((1 << DIGIT_BITS) - 1));
    let biased = i32::try_from(key >> DIGIT_BITS).expect("an exponent has 7 bits");
    let decimals = DIGITS.cast_signed() - (biased - EXPONENT_BIAS);
    if decimals < 0 {
        Exact::new(digits * 10u128.pow(decimals.unsigned_abs()), 0)
    } else {
        Exact::new(digits, decimals.cast_unsigned())
    }
}

/// The price that an exact key stands for.
pub(crate) fn price_of(key: u64) -> Price {
    let mut digits = u128::from(key & ((1 << DIGIT_BITS) - 1));
    let biased = i32::try_from(key >> DIGIT_BITS).expect("an exponent has 7 bits");
    let mut decimals = DIGITS.cast_signed() - (biased - EXPONENT_BIAS);
    while decimals > 0 && digits.is_multiple_of(10) {
        digits /= 10;
        decimals -= 1;
    }
    let zeros = decimals.min(0).unsigned_abs();
    Price::from_parts(digits * 10u128.pow(zeros), decimals.max(0).cast_unsigned())
        .expect("the key was made of a price")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(text: &str) -> Quote {
        Quote::of(text.parse().unwrap())
    }

    #[test]
    fn keys_order_as_prices_do() {
        let ascending = [
            "0.000000000000000001",
            "0.00000000000000001",
            "0.5",
            "0.99999999999999999",
            "0.999999999999999999",
            "1",
            "1.00000000000000001",
            "1.0000000000000001",
            "9.9",
            "10",
            "99999999999",
            "99999999999.00000000000000001",
            "9999999999999999999999999999",
        ];
        for pair in ascending.windows(2) {
            let (low, high) = (quote(pair[0]), quote(pair[1]));
            assert!(Rank::from(low) < Rank::from(high), "{pair:?}");
            assert!(low.bracket.floor <= high.bracket.floor, "{pair:?}");
            assert!(low.bracket.ceil <= high.bracket.ceil, "{pair:?}");
        }
    }

    #[test]
    fn a_price_of_17_digits_is_its_key() {
        for text in ["33000", "0.000000000000000001", "12345678901234567", "0.00001234", "99999999999"] {
            let quote = quote(text);
            assert!(quote.bracket.is_exact(), "{text}");
            assert_eq!(price_of(quote.bracket.floor).to_string(), text);
            assert_eq!(exact_of(quote.bracket.floor), Exact::from(quote.price));
        }
        assert!(!quote("37.537537537537537538").bracket.is_exact());
    }

    #[test]
    fn no_trigger_sleeps_through_a_price_that_meets_it() {
        let prices =
            ["10000", "10000.000000000000000001", "10000.000000000000000002", "10000.000000000001", "20000"];
        for at in prices {
            let level = Level::of(at.parse().unwrap());
            for p in prices {
                let (quote, reach) = (quote(p), quote(p).bracket.reach());
                let order = quote.versus(&level);
                let check = |meets: bool, due: bool| assert!(!meets || due, "{p} against {at}");
                check(order.is_ge(), level.reached() <= reach.up);
                check(order.is_gt(), level.passed() <= reach.up);
                check(order.is_le(), level.sunk_to() <= reach.down);
                check(order.is_lt(), level.sunk_below() <= reach.down);
            }
        }
        let (one, level) = (quote("10000"), Level::of("10000".parse().unwrap()));
        assert!(level.passed() > one.bracket.reach().up && level.sunk_below() > one.bracket.reach().down);
    }
}
