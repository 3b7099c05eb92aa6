//! Exact decimals: prices and percentages.
//!
//! Text in, integers inside, text out. Nothing here ever passes through binary floating point.
//! The syntax is plain: digits, at most one point with digits on both sides, no sign, no exponent.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits;
use crate::plain_text::PlainText;

/// Why a text is not an acceptable decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not plain digits with at most one point.
    #[error("is not a plain decimal such as 0.5 or 1200 (no sign, no exponent, no spaces)")]
    Syntax,
    /// Zero, where only positive numbers make sense.
    #[error("must be greater than zero")]
    NotPositive,
    /// More digits than an exact comparison is promised for.
    #[error("has more than {} significant digits", limits::PRICE_DIGITS)]
    TooManyDigits,
    /// More digits after the point than allowed for this kind of number.
    #[error("has more than {0} decimals")]
    TooManyDecimals(u32),
    /// Beyond the largest value allowed for this kind of number.
    #[error("must be at most {0}")]
    TooLarge(u32),
}

/// An exact positive decimal: a price, or an amount of money by which a price moves.
///
/// At most 28 significant digits and 28 decimals; the midpoint of two quotes may have 29 digits, where its
/// digits are below 2^96. What people write is narrower: see [`written`](Price::written). Kept without
/// trailing zeros, so equal prices are equal in memory and print alike, and whatever was printed is read
/// back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Price(Decimal);

impl Price {
    /// The price `digits / 10^decimals`, as venues with integer prices state it.
    ///
    /// # Errors
    /// Where the number is zero or has more digits or decimals than a price may have.
    pub fn from_parts(digits: u128, decimals: u32) -> Result<Self, DecimalError> {
        let mantissa = i128::try_from(digits).map_err(|_| DecimalError::TooManyDigits)?;
        let (mantissa, decimals) = trim_zeros(mantissa, decimals);
        if decimals > limits::QUOTE_DECIMALS {
            return Err(DecimalError::TooManyDecimals(limits::QUOTE_DECIMALS));
        }
        if mantissa == 0 {
            return Err(DecimalError::NotPositive);
        }
        Decimal::try_from_i128_with_scale(mantissa, decimals)
            .map(Self)
            .map_err(|_| DecimalError::TooManyDigits)
    }

    /// The price, if people may write it: in an alert, in a pushed tick.
    ///
    /// # Errors
    /// Where it has more than 28 digits or 18 decimals.
    pub fn written(self) -> Result<Self, DecimalError> {
        if self.0.scale() > limits::PRICE_DECIMALS {
            return Err(DecimalError::TooManyDecimals(limits::PRICE_DECIMALS));
        }
        if digits(self.0.mantissa().unsigned_abs()) > limits::PRICE_DIGITS {
            return Err(DecimalError::TooManyDigits);
        }
        Ok(self)
    }

    /// Exactly half the sum of two prices. It may have one decimal more than either.
    ///
    /// # Errors
    /// Where the exact midpoint needs more digits than can be held.
    pub fn midpoint(bid: Price, ask: Price) -> Result<Self, DecimalError> {
        let (low, high) = (bid.0, ask.0);
        let scale = low.scale().max(high.scale());
        let at_scale = |d: Decimal| {
            10i128.checked_pow(scale - d.scale()).and_then(|factor| d.mantissa().checked_mul(factor))
        };
        let half_sum = at_scale(low)
            .zip(at_scale(high))
            .and_then(|(a, b)| a.checked_add(b))
            .and_then(|sum| sum.checked_mul(5))
            .ok_or(DecimalError::TooManyDigits)?;
        Self::from_parts(half_sum.unsigned_abs(), scale + 1)
    }

    /// The integer `m` and the count of decimals `s` with `self == m / 10^s`; `m` has no trailing
    /// zeros unless `s` is 0, and is below 2^96.
    #[must_use]
    #[inline]
    pub fn parts(self) -> (u128, u32) {
        (self.0.mantissa().unsigned_abs(), self.0.scale())
    }

    /// The price as the decimal library's own type, for arithmetic that may be rounded (charts, words).
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        self.0
    }

    /// The usual case of `from_str`: at most 19 digits, which fit one machine word. Nothing for any
    /// other text, be it a price or not: that goes the long way.
    fn from_short(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let (whole, fraction) = match text.iter().position(|&byte| byte == b'.') {
            Some(point) if point + 1 == text.len() => return None,
            Some(point) => (&text[..point], &text[point + 1..]),
            None => (text, &text[text.len()..]),
        };
        let zeros = fraction.iter().rev().take_while(|&&byte| byte == b'0').count();
        let fraction = &fraction[..fraction.len() - zeros];
        if whole.is_empty() || whole.len() + fraction.len() > 19 {
            return None;
        }
        let mantissa = append_digits(append_digits(0, whole)?, fraction)?;
        let decimals = u32::try_from(fraction.len()).ok()?;
        if mantissa == 0 || decimals > limits::QUOTE_DECIMALS {
            return None;
        }
        let mut exact = Decimal::from(mantissa);
        exact.set_scale(decimals).ok()?;
        Some(Self(exact))
    }

    fn from_plain(text: &str) -> Result<Self, DecimalError> {
        let digits = PlainDigits::read(text)?;
        Self::from_parts(digits.mantissa, digits.decimals)
    }
}

impl FromStr for Price {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        match Self::from_short(text) {
            Some(price) => Ok(price),
            None => Self::from_plain(text),
        }
    }
}

/// The shortest plain decimal: `33000`, `0.00001234`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mantissa, decimals) = self.parts();
        f.pad_integral(true, "", PlainText::new(mantissa, decimals).as_str())
    }
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer)
    }
}

/// A percentage, `0 < percent <= 10000`, with at most four decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Percent {
    ten_thousandths: u32,
}

impl Percent {
    /// How many ten-thousandths of one percent this is: `0.01 %` is 100.
    #[must_use]
    pub fn ten_thousandths(self) -> u32 {
        self.ten_thousandths
    }

    /// Whether a price can fall by this much and stay above zero.
    #[must_use]
    pub fn can_fall(self) -> bool {
        self.ten_thousandths < 100 * 10_000
    }
}

impl FromStr for Percent {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let digits = PlainDigits::read(text)?;
        if digits.decimals > limits::PERCENT_DECIMALS {
            return Err(DecimalError::TooManyDecimals(limits::PERCENT_DECIMALS));
        }
        let scaled = 10u128
            .checked_pow(limits::PERCENT_DECIMALS - digits.decimals)
            .and_then(|factor| digits.mantissa.checked_mul(factor))
            .and_then(|scaled| u32::try_from(scaled).ok())
            .filter(|&scaled| scaled <= limits::PERCENT_MAX * 10_000)
            .ok_or(DecimalError::TooLarge(limits::PERCENT_MAX))?;
        if scaled == 0 {
            return Err(DecimalError::NotPositive);
        }
        Ok(Self { ten_thousandths: scaled })
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = Decimal::new(i64::from(self.ten_thousandths), limits::PERCENT_DECIMALS);
        fmt::Display::fmt(&exact.normalize(), f)
    }
}

impl fmt::Debug for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}%")
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text(deserializer)
    }
}

/// The digits of a plain decimal, trailing zeros after the point dropped.
struct PlainDigits {
    mantissa: u128,
    decimals: u32,
}

impl PlainDigits {
    fn read(text: &str) -> Result<Self, DecimalError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(DecimalError::Syntax),
            Some((whole, fraction)) => (whole, fraction),
            None => (text, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(DecimalError::Syntax);
        }
        let fraction = fraction.trim_end_matches('0');
        let mut mantissa = 0u128;
        for digit in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|m| m.checked_add(u128::from(digit - b'0')))
                .ok_or(DecimalError::TooManyDigits)?;
        }
        let decimals = u32::try_from(fraction.len()).map_err(|_| DecimalError::TooManyDigits)?;
        Ok(Self { mantissa, decimals })
    }
}

/// The number with these digits written after it. The caller sees to it that it fits.
fn append_digits(mut number: u64, digits: &[u8]) -> Option<u64> {
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// How many digits a number has, zeros at its end not counted.
fn digits(mut number: u128) -> u32 {
    while number > 0 && number.is_multiple_of(10) {
        number /= 10;
    }
    number.checked_ilog10().map_or(0, |last| last + 1)
}

fn trim_zeros(mut mantissa: i128, mut decimals: u32) -> (i128, u32) {
    while decimals > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        decimals -= 1;
    }
    (mantissa, decimals)
}

fn read_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = DecimalError>,
{
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    text.parse().map_err(|error| serde::de::Error::custom(format_args!("'{text}' {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, DecimalError>) {
        let read = text.parse::<Price>().map(|price| price.to_string());
        assert_eq!(read, expected.map(str::to_owned), "reading {text:?}");
    }

    #[test]
    fn a_price_is_read_exactly_and_printed_shortest() {
        check("33000", Ok("33000"));
        check("33000.00000000", Ok("33000"));
        check("0.00001234", Ok("0.00001234"));
        check("37.537537537537537538", Ok("37.537537537537537538"));
        check("0.000000000000000001", Ok("0.000000000000000001"));
        check("9999999999999999999999999999", Ok("9999999999999999999999999999"));
        check("1.5000000000000000000000000000000", Ok("1.5"));
        check("007", Ok("7"));
        assert_eq!(format!("{:>8}", "0.05".parse::<Price>().unwrap()), "    0.05");
    }

    proptest::proptest! {
        #[test]
        fn the_short_way_and_the_long_way_agree(text in "[0-9]{0,22}(\\.[0-9]{0,22}0{0,4})?|[0-9.]{0,6}|\\PC{0,4}") {
            let (short, long) = (Price::from_short(&text), Price::from_plain(&text));
            if let Some(short) = short {
                proptest::prop_assert_eq!(Ok(short.parts()), long.map(Price::parts));
            }
            proptest::prop_assert_eq!(text.parse::<Price>(), long);
        }

        #[test]
        fn what_is_printed_is_what_the_decimal_library_prints(
            digits in 1u128..10u128.pow(28), cut in 0u32..28, decimals in 0u32..19,
        ) {
            let price = Price::from_parts((digits / 10u128.pow(cut)).max(1), decimals).unwrap();
            proptest::prop_assert_eq!(price.to_string(), price.to_decimal().to_string());
        }
    }

    #[test]
    fn what_is_not_a_price_is_refused_with_the_reason() {
        for text in ["", ".", ".5", "5.", "-1", "+1", "1e3", "1E3", " 1", "1 ", "1,5", "1.2.3", "NaN", "٣"] {
            check(text, Err(DecimalError::Syntax));
        }
        check("0", Err(DecimalError::NotPositive));
        check("0.000", Err(DecimalError::NotPositive));
        check("0.00000000000000000000000000001", Err(DecimalError::TooManyDecimals(28)));
        check("92345678901234567890123456789", Err(DecimalError::TooManyDigits));
        check(&"9".repeat(500), Err(DecimalError::TooManyDigits));
    }

    #[test]
    fn people_write_fewer_decimals_than_venues_quote() {
        let written = |text: &str| text.parse().and_then(Price::written).map(|price| price.to_string());
        assert_eq!(written("37.537537537537537538"), Ok("37.537537537537537538".into()));
        assert_eq!(written("0.0000000000000000001"), Err(DecimalError::TooManyDecimals(18)));
        assert_eq!(written("12345678901234567890123456789"), Err(DecimalError::TooManyDigits));
        let great = "10000000000000000000000000000";
        assert_eq!(written(great), Ok(great.into()), "zeros at the end are no digits");
        assert_eq!(written("10000000000000000000000000001"), Err(DecimalError::TooManyDigits));
        check("0.00001115718600796037", Ok("0.00001115718600796037"));
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_midpoint_is_printed_as_is_read_back(
            bid in 1u128..10u128.pow(28), ask in 1u128..10u128.pow(28), decimals in 0u32..28,
        ) {
            let quotes = (Price::from_parts(bid, decimals)?, Price::from_parts(ask, decimals)?);
            if let Ok(mid) = Price::midpoint(quotes.0, quotes.1) {
                proptest::prop_assert_eq!(mid.to_string().parse(), Ok(mid));
                let json = serde_json::to_string(&mid)?;
                proptest::prop_assert_eq!(serde_json::from_str::<Price>(&json)?, mid);
            }
        }
    }

    #[test]
    fn the_midpoint_is_exactly_half_the_sum() {
        let mid = |a: &str, b: &str| {
            Price::midpoint(a.parse().unwrap(), b.parse().unwrap()).map(|mid| mid.to_string())
        };
        assert_eq!(mid("1", "2"), Ok("1.5".to_owned()));
        assert_eq!(
            mid("37.537537537537537538", "37.537537537537537539"),
            Ok("37.5375375375375375385".into())
        );
        assert_eq!(mid("100", "100"), Ok("100".into()));
        assert_eq!(
            mid("0.00001114797741541687", "0.00001115718600796037"),
            Ok("0.00001115258171168862".into())
        );
    }

    #[test]
    fn a_percentage_has_bounds_and_four_decimals() {
        let read = |text: &str| text.parse::<Percent>().map(|percent| percent.to_string());
        assert_eq!(read("0.01"), Ok("0.01".into()));
        assert_eq!(read("0.0001"), Ok("0.0001".into()));
        assert_eq!(read("10000"), Ok("10000".into()));
        assert_eq!(read("5.000000"), Ok("5".into()));
        assert_eq!(read("10000.0001"), Err(DecimalError::TooLarge(10_000)));
        assert_eq!(read("0.00001"), Err(DecimalError::TooManyDecimals(4)));
        assert_eq!(read("0"), Err(DecimalError::NotPositive));
        assert!(read("99.9999").is_ok_and(|_| "99.9999".parse::<Percent>().unwrap().can_fall()));
        assert!(!"100".parse::<Percent>().unwrap().can_fall());
    }
}
