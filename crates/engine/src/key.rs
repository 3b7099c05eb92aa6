//! Prices as ordered 64-bit keys.
//!
//! A key is a price cut to 17 significant digits: the decimal exponent in the top 6 bits, the digits in
//! the next 57. The lowest bit says that something was cut off, so a longer price lies between its
//! neighbours of 17 digits. Keys order as prices do and decide nearly everything: only two numbers with
//! the same key that share their first 17 digits and go on behind them need a look at their exact values.
//! Indexes work on keys alone and wake an alert when the price *may* have reached its trigger; the alert
//! then decides on the exact price. So a key may wake in vain and never fails to wake.

use std::cmp::Ordering;

use bellwether_model::{Price, limits};

use crate::exact::Exact;

/// Significant digits of a key: 10^17 is just below 2^57.
const DIGITS: u32 = 17;
const DIGITS_END: u64 = 10u64.pow(DIGITS);
/// Where the exponent begins: behind the digits and the mark of what was cut.
const EXPONENT_AT: u32 = 58;
/// Added to the count of digits before the point: at most 31 for every threshold, at least -27 for every
/// price.
const EXPONENT_BIAS: i32 = 32;
/// The key of all thresholds below every price: something was cut off it, so it decides nothing alone.
const BELOW_ALL: u64 = 1;

const _: () = assert!(DIGITS_END < 1 << (EXPONENT_AT - 1));
const _: () = assert!(31 + EXPONENT_BIAS < 64 && EXPONENT_BIAS >= limits::QUOTE_DECIMALS.cast_signed());

/// What moves a number of so many digits up to [`DIGITS`] of them.
const SHIFTS: [u64; DIGITS as usize + 1] = {
    let mut shifts = [DIGITS_END; DIGITS as usize + 1];
    let mut digits = 1;
    while digits < shifts.len() {
        shifts[digits] = shifts[digits - 1] / 10;
        digits += 1;
    }
    shifts
};

/// The smallest number of one digit more than the index says.
const STARTS: [u64; DIGITS as usize + 1] = {
    let mut starts = [1; DIGITS as usize + 1];
    let mut digits = 1;
    while digits < starts.len() {
        starts[digits] = starts[digits - 1] * 10;
        digits += 1;
    }
    starts
};

/// A price with its key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quote {
    pub(crate) price: Price,
    pub(crate) key: u64,
}

/// A number that a price is compared with: an exact threshold with its key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    exact: Exact,
    key: u64,
}

/// How far a price reaches in both directions, in the terms of [`trigger`](Level::reached): a trigger is
/// due where it is at most this.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) up: u64,
    pub(crate) down: u64,
}

impl Reach {
    /// The reach of a price with this key.
    #[inline]
    pub(crate) fn of(key: u64) -> Self {
        Self { up: key, down: !key }
    }
}

#[inline]
fn assemble(digits: u64, whole_digits: i32, cut: bool) -> u64 {
    let exponent = u64::from((whole_digits + EXPONENT_BIAS).cast_unsigned());
    exponent << EXPONENT_AT | digits << 1 | u64::from(cut)
}

/// How many digits a number of at most [`DIGITS`] of them has.
///
/// `ilog10` divides for it, which took a third of a quiet tick. The bits of a number leave one of two counts.
#[inline]
fn count_digits(number: u64) -> u32 {
    // 1233/4096 is just above the logarithm of 2: right for every count of bits up to 64.
    let count = ((u64::BITS - number.leading_zeros()) * 1233) >> 12;
    count + u32::from(number >= STARTS[count as usize])
}

/// The key of a price.
#[inline]
pub(crate) fn key_of(price: Price) -> u64 {
    short_key_of(price).unwrap_or_else(|| long_key_of(price))
}

/// The key of a price that is said by it wholly, as nearly all are. Nothing for some that end in zeros, too.
#[inline]
pub(crate) fn short_key_of(price: Price) -> Option<u64> {
    let (mantissa, decimals) = price.parts();
    let short = u64::try_from(mantissa).ok().filter(|&short| short < DIGITS_END)?;
    let count = count_digits(short);
    let digits = short * SHIFTS.get(count as usize)?;
    Some(assemble(digits, count.cast_signed() - decimals.cast_signed(), false))
}

#[cold]
fn long_key_of(price: Price) -> u64 {
    key_at(Exact::from(price))
}

/// The key of a threshold.
fn key_at(exact: Exact) -> u64 {
    let (digits, whole_digits, cut) = exact.leading(DIGITS);
    if whole_digits < -EXPONENT_BIAS { BELOW_ALL } else { assemble(digits, whole_digits, cut) }
}

/// Whether a key says all of its number.
#[inline]
pub(crate) fn is_exact(key: u64) -> bool {
    key & 1 == 0
}

/// The key of the largest number of 17 digits that is not above a number with this key.
pub(crate) fn floor(key: u64) -> u64 {
    key & !1
}

/// The key of the smallest number of 17 digits that is not below a number with this key.
pub(crate) fn ceil(key: u64) -> u64 {
    key + (key & 1)
}

impl Quote {
    #[inline]
    pub(crate) fn of(price: Price) -> Self {
        Self { price, key: key_of(price) }
    }

    /// Compares the exact price with an exact threshold.
    pub(crate) fn versus(&self, level: &Level) -> Ordering {
        self.key.cmp(&level.key).then_with(|| {
            if is_exact(self.key) { Ordering::Equal } else { Exact::from(self.price).cmp(&level.exact) }
        })
    }

    #[inline]
    pub(crate) fn reach(&self) -> Reach {
        Reach::of(self.key)
    }
}

/// A price with what it takes to put it in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rank {
    key: u64,
    pub(crate) price: Price,
}

impl Rank {
    /// The rank of the price that an exact key stands for.
    pub(crate) fn of_key(key: u64) -> Self {
        Self { key, price: price_of(key) }
    }

    #[inline]
    pub(crate) fn key(&self) -> u64 {
        self.key
    }

    /// Puts this price in order with one that is given by its key, and by itself where that is not exact.
    #[inline]
    pub(crate) fn versus(&self, key: u64, longer: Option<Price>) -> Ordering {
        self.key.cmp(&key).then_with(|| longer.map_or(Ordering::Equal, |price| self.price.cmp(&price)))
    }
}

impl From<Quote> for Rank {
    #[inline]
    fn from(quote: Quote) -> Self {
        Self { key: quote.key, price: quote.price }
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
        match self.key.cmp(&other.key) {
            Ordering::Equal if !is_exact(self.key) => self.price.cmp(&other.price),
            decided => decided,
        }
    }
}

/// Triggers: where a price must come for an alert to be looked at. Those for a price that comes from
/// below are keys, due where `trigger <= reach.up`; those for a price that comes from above are inverted
/// keys, due where `trigger <= reach.down`. So the nearest is the smallest on both sides.
impl Level {
    pub(crate) fn of(price: Price) -> Self {
        Self { exact: Exact::from(price), key: key_of(price) }
    }

    pub(crate) fn at(exact: Exact) -> Self {
        Self { exact, key: key_at(exact) }
    }

    /// From below, `p >= level`.
    pub(crate) fn reached(&self) -> u64 {
        self.key
    }

    /// From below, `p > level`.
    pub(crate) fn passed(&self) -> u64 {
        self.key | 1
    }

    /// From above, `p <= level`.
    pub(crate) fn sunk_to(&self) -> u64 {
        !self.key
    }

    /// From above, `p < level`.
    pub(crate) fn sunk_below(&self) -> u64 {
        !(self.key - u64::from(is_exact(self.key)))
    }
}

/// The number that an exact key stands for.
pub(crate) fn exact_of(key: u64) -> Exact {
    let (digits, decimals) = parts_of(key);
    let digits = u128::from(digits);
    if decimals < 0 {
        Exact::new(digits * 10u128.pow(decimals.unsigned_abs()), 0)
    } else {
        Exact::new(digits, decimals.cast_unsigned())
    }
}

/// The price that an exact key stands for.
pub(crate) fn price_of(key: u64) -> Price {
    let (mut digits, mut decimals) = parts_of(key);
    for (zeros, unit) in [(8, 100_000_000), (4, 10_000), (2, 100), (1, 10)] {
        while decimals >= zeros && digits.is_multiple_of(unit) {
            digits /= unit;
            decimals -= zeros;
        }
    }
    let zeros = decimals.min(0).unsigned_abs();
    Price::from_parts(u128::from(digits) * 10u128.pow(zeros), decimals.max(0).cast_unsigned())
        .expect("the key was made of a price")
}

/// The digits of an exact key, and how many of them are decimals: none and some zeros to be added where
/// that is negative.
fn parts_of(key: u64) -> (u64, i32) {
    let digits = (key & ((1 << EXPONENT_AT) - 1)) >> 1;
    let biased = i32::try_from(key >> EXPONENT_AT).expect("an exponent has 6 bits");
    (digits, DIGITS.cast_signed() - (biased - EXPONENT_BIAS))
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
            assert!(low.key <= high.key, "{pair:?}");
        }
    }

    #[test]
    fn digits_are_counted() {
        for digits in 1..=DIGITS {
            let (first, last) = (10u64.pow(digits - 1), 10u64.pow(digits) - 1);
            let middles = (1..64).map(|bit| 1u64 << bit).filter(|power| (first..=last).contains(power));
            for number in [first, last].into_iter().chain(middles) {
                assert_eq!(count_digits(number), digits, "{number}");
            }
        }
    }

    #[test]
    fn a_price_of_17_digits_is_its_key() {
        for text in ["33000", "0.000000000000000001", "12345678901234567", "0.00001234", "99999999999"] {
            let quote = quote(text);
            assert!(is_exact(quote.key), "{text}");
            assert_eq!(price_of(quote.key).to_string(), text);
            assert_eq!(exact_of(quote.key), Exact::from(quote.price));
        }
        assert!(!is_exact(quote("37.537537537537537538").key));
    }

    #[test]
    fn thresholds_of_the_smallest_price_are_in_order() {
        let smallest = Price::from_parts(1, limits::QUOTE_DECIMALS).unwrap();
        let fallen = |percent: &str| {
            let by = bellwether_model::Shift::Percent(percent.parse().unwrap());
            Level::at(Exact::fallen(smallest, by).unwrap())
        };
        let levels = [fallen("99.9999"), fallen("99.9998"), fallen("99.99"), fallen("50")];
        assert!(levels.windows(2).all(|pair| pair[0].key <= pair[1].key));
        assert!(levels.iter().all(|level| Quote::of(smallest).versus(level).is_gt()));
    }

    #[test]
    fn no_trigger_sleeps_through_a_price_that_meets_it() {
        let prices =
            ["10000", "10000.000000000000000001", "10000.000000000000000002", "10000.000000000001", "20000"];
        for at in prices {
            let level = Level::of(at.parse().unwrap());
            for p in prices {
                let (quote, reach) = (quote(p), quote(p).reach());
                let order = quote.versus(&level);
                let check = |meets: bool, due: bool| assert!(!meets || due, "{p} against {at}");
                check(order.is_ge(), level.reached() <= reach.up);
                check(order.is_gt(), level.passed() <= reach.up);
                check(order.is_le(), level.sunk_to() <= reach.down);
                check(order.is_lt(), level.sunk_below() <= reach.down);
            }
        }
        let (one, level) = (quote("10000"), Level::of("10000".parse().unwrap()));
        assert!(level.passed() > one.reach().up && level.sunk_below() > one.reach().down);
    }
}
