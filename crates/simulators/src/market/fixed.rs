//! Exact numbers in Binance's notation: always eight decimals, `"3121.44000000"`.

use std::fmt;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const DECIMALS: usize = 8;
const ONE: i64 = 100_000_000;

/// A price or a quantity, held in units of 1e-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed(i64);

/// What a text that is no such number is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number with at most eight decimals")]
pub struct FixedError;

impl Fixed {
    /// The number that is `units` times 1e-8.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// How many times 1e-8 this is.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The nearest multiple of `step`, at least one step.
    pub(crate) fn nearest(value: f64, step: Self) -> Self {
        let steps = rounded(value * per_one() / as_f64(step.0)).max(1);
        Self(steps * step.0)
    }

    /// For drawing and averaging only; what is compared or printed stays exact.
    pub(crate) fn approximate(self) -> f64 {
        as_f64(self.0) / per_one()
    }

    /// The number in as many decimals as `step` needs, or as itself needs where that is more.
    pub(crate) fn with_decimals_of(self, step: Self) -> String {
        let needed = |value: Self| {
            let text = value.to_string();
            let point = text.len() - DECIMALS;
            text[point..].trim_end_matches('0').len()
        };
        let decimals = needed(self).max(needed(step));
        let text = self.to_string();
        let point = text.len() - DECIMALS;
        if decimals == 0 { text[..point - 1].to_owned() } else { text[..point + decimals].to_owned() }
    }

    /// So many times `self`.
    pub(crate) const fn times_whole(self, times: i64) -> Self {
        Self(self.0.saturating_mul(times))
    }

    /// `self` times `other`, as money.
    pub(crate) fn times(self, other: Self) -> Volume {
        Volume(i128::from(self.0) * i128::from(other.0))
    }
}

impl FromStr for Fixed {
    type Err = FixedError;

    fn from_str(text: &str) -> Result<Self, FixedError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > DECIMALS || !digits(whole) || !digits(fraction) {
            return Err(FixedError);
        }
        let whole: i64 = whole.parse().map_err(|_| FixedError)?;
        let fraction: i64 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| FixedError)?;
        whole.checked_mul(ONE).and_then(|units| units.checked_add(fraction)).map(Self).ok_or(FixedError)
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_units(out, i128::from(self.0))
    }
}

impl Serialize for Fixed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fixed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A sum of quantities or of money, held in units of 1e-16 and printed with eight decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Volume(i128);

impl Volume {
    /// The sum in units of 1e-8, what lies below cut off.
    pub(crate) fn whole(self) -> Fixed {
        Fixed(i64::try_from(self.0 / i128::from(ONE)).unwrap_or(i64::MAX))
    }

    /// The quotient as a price, rounded down; zero where `quantity` is.
    pub(crate) fn per(self, quantity: Self) -> Fixed {
        if quantity.0 == 0 {
            return Fixed(0);
        }
        Fixed(i64::try_from(self.0 * i128::from(ONE) / quantity.0).unwrap_or(i64::MAX))
    }
}

impl From<Fixed> for Volume {
    fn from(value: Fixed) -> Self {
        Self(i128::from(value.0) * i128::from(ONE))
    }
}

impl Add for Volume {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Volume {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_units(out, self.0 / i128::from(ONE))
    }
}

impl Serialize for Volume {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn write_units(out: &mut fmt::Formatter<'_>, units: i128) -> fmt::Result {
    let sign = if units < 0 { "-" } else { "" };
    let units = units.unsigned_abs();
    let one = u128::from(ONE.unsigned_abs());
    write!(out, "{sign}{}.{:0DECIMALS$}", units / one, units % one)
}

/// The nearest integer; what does not fit becomes the limit.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is what is wanted")]
pub(crate) fn rounded(value: f64) -> i64 {
    value.round() as i64
}

/// Drawn prices need no more than the 53 bits that survive.
pub(crate) fn as_f64(value: i64) -> f64 {
    value as f64
}

fn per_one() -> f64 {
    as_f64(ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_decimals_are_read_and_printed() {
        for (text, printed) in [
            ("3121.44", "3121.44000000"),
            ("0.00000001", "0.00000001"),
            ("7", "7.00000000"),
            ("5.100000000000", "5.10000000"),
        ] {
            assert_eq!(text.parse::<Fixed>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_such_number_is_refused() {
        for text in ["", ".5", "-1", "1e5", "0.000000001", "99999999999999", "1.2.3", "+1"] {
            assert_eq!(text.parse::<Fixed>(), Err(FixedError), "{text}");
        }
    }

    #[test]
    fn decimals_are_those_of_the_step_or_more() {
        let write =
            |value: &str, step: &str| value.parse::<Fixed>().unwrap().with_decimals_of(step.parse().unwrap());
        assert_eq!(write("3121.4", "0.01"), "3121.40");
        assert_eq!(write("3121.4567", "0.01"), "3121.4567");
        assert_eq!(write("3000", "1"), "3000");
    }

    #[test]
    fn money_is_price_times_quantity() {
        let money = "3121.44".parse::<Fixed>().unwrap().times("0.25".parse().unwrap());
        assert_eq!(money.to_string(), "780.36000000");
        assert_eq!(money.per(Volume::from("0.25".parse::<Fixed>().unwrap())).to_string(), "3121.44000000");
    }
}
