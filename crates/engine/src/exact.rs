//! Thresholds as exact numbers.
//!
//! A threshold such as `R * (100 + P) / 100` may need 38 digits, and one such as `R - A` may need 47.
//! [`Exact`] holds both without rounding: a 256-bit integer and a count of decimals. It is built and
//! compared, nothing else; no division ever decides anything. What is divided, for figures that people read,
//! is divided in [`quotient`].

mod quotient;

use std::cmp::Ordering;

use bellwether_model::{Price, Shift, Side, limits};

/// No price has more digits than this number less one.
const PRICE_END: u128 = 10u128.pow(limits::PRICE_DIGITS);
/// Ten-thousandths of a percent in the whole.
const WHOLE: u64 = 100 * 10_000;
/// Decimals that one multiplication by a percentage adds: those of [`WHOLE`].
const WHOLE_DECIMALS: u32 = 6;

/// An exact number, not negative: `mantissa / 10^decimals`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exact {
    mantissa: Wide,
    decimals: u32,
}

/// An unsigned integer of 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Exact {
    /// The number `mantissa / 10^decimals`.
    pub(crate) const fn new(mantissa: u128, decimals: u32) -> Self {
        Self { mantissa: Wide { high: 0, low: mantissa }, decimals }
    }

    /// Where a price that rose from `base` by at least `by` begins: `R * (100 + P) / 100`, or `R + A`.
    pub(crate) fn risen(base: Price, by: Shift) -> Self {
        let base = Exact::from(base);
        match by {
            Shift::Percent(percent) => base.times_parts(WHOLE + u64::from(percent.ten_thousandths())),
            Shift::Amount(amount) => base.plus(Exact::from(amount)),
        }
    }

    /// Where a price that fell from `base` by at least `by` begins: `R * (100 - P) / 100`, or `R - A`;
    /// `None` where no price is that low.
    pub(crate) fn fallen(base: Price, by: Shift) -> Option<Self> {
        let base = Exact::from(base);
        match by {
            Shift::Percent(percent) => base.shifted_parts(u64::from(percent.ten_thousandths()), Side::Down),
            Shift::Amount(amount) => base.minus(Exact::from(amount)),
        }
    }

    /// This number moved by so many ten-thousandths of a percent of itself; `None` where nothing is left.
    pub(crate) fn shifted_parts(self, parts: u64, side: Side) -> Option<Self> {
        match side {
            Side::Up => Some(self.times_parts(WHOLE + parts)),
            Side::Down => {
                WHOLE.checked_sub(parts).filter(|&left| left > 0).map(|left| self.times_parts(left))
            }
        }
    }

    /// Whether `price` reaches what `base` moved by `by` comes to: `p * 100 >= R * (100 + P)` on the way up,
    /// `p * 100 <= R * (100 - P)` on the way down, and likewise for amounts.
    pub(crate) fn reaches(price: Price, base: Price, by: Shift, side: Side) -> bool {
        if let Some(reaches) = Self::reaches_shortly(price, base, by, side) {
            return reaches;
        }
        let price = Exact::from(price);
        match side {
            Side::Up => price >= Exact::risen(base, by),
            Side::Down => Exact::fallen(base, by).is_some_and(|threshold| price <= threshold),
        }
    }

    /// The same for percentages of prices with as many decimals and a mantissa of one machine word, as
    /// nearly all of one instrument have; nothing for any other.
    #[inline]
    fn reaches_shortly(price: Price, base: Price, by: Shift, side: Side) -> Option<bool> {
        let Shift::Percent(percent) = by else { return None };
        let ((price, decimals), (base, base_decimals)) = (price.parts(), base.parts());
        let scaled = |mantissa: u128, missing: u32| {
            u64::try_from(mantissa).ok()?.checked_mul(10u64.checked_pow(missing)?)
        };
        let price = scaled(price, base_decimals.saturating_sub(decimals))?;
        let base = scaled(base, decimals.saturating_sub(base_decimals))?;
        let (price, base) = (u128::from(price) * u128::from(WHOLE), u128::from(base));
        let parts = u64::from(percent.ten_thousandths());
        Some(match side {
            Side::Up => price >= base * u128::from(WHOLE + parts),
            Side::Down => parts < WHOLE && price <= base * u128::from(WHOLE - parts),
        })
    }

    /// `self * parts / 1,000,000`.
    fn times_parts(self, parts: u64) -> Self {
        Self { mantissa: self.mantissa.times(parts), decimals: self.decimals + WHOLE_DECIMALS }
    }

    /// The sum of two numbers.
    pub(crate) fn plus(self, other: Exact) -> Self {
        let (a, b, decimals) = self.aligned(other);
        Self { mantissa: a.plus(b), decimals }
    }

    /// The difference of two numbers, where it is above zero.
    pub(crate) fn minus(self, other: Exact) -> Option<Self> {
        let (a, b, decimals) = self.aligned(other);
        (a > b).then(|| Self { mantissa: a.minus(b), decimals })
    }

    /// The first price at or beyond this number, seen from the other side: the smallest one that is not
    /// below it (`Side::Up`), or the largest that is not above it (`Side::Down`). `None` where no price
    /// is that high or that low.
    pub(crate) fn first_price(self, from: Side) -> Option<Price> {
        let (mut rest, mut decimals, mut cut) = (self.mantissa, self.decimals, false);
        while rest.high > 0 || rest.low >= PRICE_END || decimals > limits::PRICE_DECIMALS {
            decimals = decimals.checked_sub(1)?;
            let remainder;
            (rest, remainder) = rest.divided_by(10);
            cut |= remainder > 0;
        }
        let digits = rest.low + u128::from(cut && from == Side::Up);
        Price::from_parts(digits, decimals).ok()
    }

    /// The leading `digits` decimal digits as an integer, the count of digits before the point (negative
    /// where zeros follow the point), and whether anything was cut off. `digits` is at most 19.
    pub(crate) fn leading(self, digits: u32) -> (u64, i32, bool) {
        match u64::try_from(self.mantissa.low) {
            Ok(short) if self.mantissa.high == 0 => self.leading_short(short, digits),
            _ => self.leading_long(digits),
        }
    }

    /// The same for a mantissa of one machine word, as nearly all are.
    fn leading_short(self, mantissa: u64, digits: u32) -> (u64, i32, bool) {
        let count = mantissa.checked_ilog10().map_or(0, |log| log + 1);
        let whole_digits = count.cast_signed() - self.decimals.cast_signed();
        if count > digits {
            let unit = 10u64.pow(count - digits);
            (mantissa / unit, whole_digits, !mantissa.is_multiple_of(unit))
        } else {
            (mantissa * 10u64.pow(digits - count), whole_digits, false)
        }
    }

    fn leading_long(self, digits: u32) -> (u64, i32, bool) {
        let (mut rest, mut decimals, mut cut) = (self.mantissa, self.decimals.cast_signed(), false);
        while rest.high > 0 {
            let remainder;
            (rest, remainder) = rest.divided_by(10_000_000_000);
            decimals -= 10;
            cut |= remainder > 0;
        }
        let count = rest.low.checked_ilog10().map_or(0, |log| log + 1);
        let whole_digits = count.cast_signed() - decimals;
        let lead = if count > digits {
            let unit = 10u128.pow(count - digits);
            cut |= rest.low % unit > 0;
            rest.low / unit
        } else {
            rest.low * 10u128.pow(digits - count)
        };
        let lead = u64::try_from(lead).expect("at most 19 digits were asked for");
        (lead, whole_digits, cut)
    }

    /// Both mantissas at the larger count of decimals. With at most 39 digits at 25 decimals on either
    /// side nothing overflows: that is 2^97 * 10^31 at the most.
    fn aligned(self, other: Exact) -> (Wide, Wide, u32) {
        let decimals = self.decimals.max(other.decimals);
        (
            self.mantissa.scaled(decimals - self.decimals),
            other.mantissa.scaled(decimals - other.decimals),
            decimals,
        )
    }
}

impl From<Price> for Exact {
    fn from(price: Price) -> Self {
        let (mantissa, decimals) = price.parts();
        Self::new(mantissa, decimals)
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Exact {}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, _) = self.aligned(*other);
        a.cmp(&b)
    }
}

impl Wide {
    fn times(self, factor: u64) -> Self {
        let (low, carry) = self.low.carrying_times(factor);
        let high = self
            .high
            .checked_mul(u128::from(factor))
            .and_then(|high| high.checked_add(carry))
            .expect("thresholds have far fewer than 256 bits");
        Self { high, low }
    }

    fn scaled(mut self, mut zeros: u32) -> Self {
        while zeros > 0 {
            let step = zeros.min(19);
            self = self.times(10u64.pow(step));
            zeros -= step;
        }
        self
    }

    fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { high: self.high + other.high + u128::from(carry), low }
    }

    fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - u128::from(borrow), low }
    }

    /// Quotient and remainder, by long division in limbs of 64 bits.
    fn divided_by(self, divisor: u64) -> (Self, u64) {
        let divisor = u128::from(divisor);
        let mut remainder = 0u128;
        let mut step = |limb: u128| {
            let part = (remainder << 64) | limb;
            remainder = part % divisor;
            part / divisor
        };
        let low_limb = u128::from(u64::MAX);
        let high = (step(self.high >> 64) << 64) | step(self.high & low_limb);
        let low = (step(self.low >> 64) << 64) | step(self.low & low_limb);
        let remainder = u64::try_from(remainder).expect("a remainder is below its divisor");
        (Self { high, low }, remainder)
    }
}

trait CarryingTimes: Sized {
    /// The product's low half and its carry.
    fn carrying_times(self, factor: u64) -> (Self, Self);
}

impl CarryingTimes for u128 {
    fn carrying_times(self, factor: u64) -> (u128, u128) {
        let factor = u128::from(factor);
        let low = (self & u128::from(u64::MAX)) * factor;
        let middle = (self >> 64) * factor + (low >> 64);
        ((middle << 64) | (low & u128::from(u64::MAX)), middle >> 64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn percent(text: &str) -> Shift {
        Shift::Percent(text.parse().unwrap())
    }

    #[test]
    fn thresholds_are_exact_at_both_ends_of_what_prices_may_be() {
        let largest = "9999999999999999999999999999";
        let smallest = "0.000000000000000001";
        let sum = Exact::risen(price(largest), Shift::Amount(price(smallest)));
        assert!(sum > Exact::from(price(largest)));
        assert_eq!(sum.minus(Exact::from(price(largest))), Some(Exact::from(price(smallest))));
        assert!(Exact::fallen(price(smallest), Shift::Amount(price(largest))).is_none());
        assert!(Exact::fallen(price(smallest), Shift::Amount(price(smallest))).is_none());
        assert!(Exact::risen(price(largest), percent("10000")) > sum);
        let low = Exact::fallen(price(smallest), percent("99.9999")).unwrap();
        assert_eq!(low, Exact::new(1, 24));
    }

    #[test]
    fn a_threshold_is_met_exactly_or_not_at_all() {
        let up = Exact::risen(price("100.01"), percent("0.01"));
        assert_eq!(up, Exact::from(price("100.020001")));
        assert!(Exact::from(price("100.02")) < up);
        let down = Exact::fallen(price("120"), percent("10")).unwrap();
        assert_eq!(down, Exact::from(price("108")));
    }

    #[test]
    fn the_first_price_beyond_a_threshold_is_the_nearest_that_meets_it() {
        let third = Exact::risen(price("0.000000000000000001"), percent("50"));
        assert_eq!(third.first_price(Side::Up), Some(price("0.000000000000000002")));
        assert_eq!(third.first_price(Side::Down), Some(price("0.000000000000000001")));
        assert_eq!(Exact::from(price("33000")).first_price(Side::Up), Some(price("33000")));
        let long = Exact::risen(price("9999999999.999999999999999999"), percent("0.0001"));
        assert_eq!(long.first_price(Side::Down), Some(price("10000009999.99999999999999999")));
        assert_eq!(long.first_price(Side::Up), Some(price("10000010000")));
        let beyond = Exact::risen(price("9999999999999999999999999999"), percent("1"));
        assert_eq!(beyond.first_price(Side::Up), None);
    }

    #[test]
    fn leading_digits_say_whether_anything_was_cut() {
        assert_eq!(Exact::from(price("33000")).leading(17), (33_000_000_000_000_000, 5, false));
        assert_eq!(Exact::from(price("0.0012")).leading(17), (12_000_000_000_000_000, -2, false));
        let long = Exact::from(price("1000000000.000000000000000001"));
        assert_eq!(long.leading(17), (10_000_000_000_000_000, 10, true));
        let wide = Exact::new(1, 0).plus(Exact::new(1, 44));
        assert_eq!(wide.leading(17), (10_000_000_000_000_000, 1, true));
    }
}
