//! Lengths of time as people write them: `30s`, `15m`, `1h`, `7d`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits;

/// Why a text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Not one whole number followed by one unit.
    #[error("is not a duration such as 30s, 15m, 1h or 7d")]
    Syntax,
    /// Longer than any duration accepted.
    #[error("is longer than {} days", limits::SPAN_MAX_S / 86_400)]
    TooLong,
}

/// A length of time in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    seconds: u32,
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span { seconds: 0 };

    /// One minute.
    pub const MINUTE: Span = Span { seconds: 60 };

    /// So many seconds.
    ///
    /// # Errors
    /// Where that is longer than any duration accepted.
    pub fn from_seconds(seconds: u64) -> Result<Self, SpanError> {
        match u32::try_from(seconds) {
            Ok(short) if seconds <= limits::SPAN_MAX_S => Ok(Self { seconds: short }),
            _ => Err(SpanError::TooLong),
        }
    }

    /// The length in seconds.
    #[must_use]
    pub fn seconds(self) -> u64 {
        u64::from(self.seconds)
    }

    /// The length in microseconds, the unit of [`crate::Timestamp`].
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.seconds as i64 * 1_000_000
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let unit_at = text.len().checked_sub(1).filter(|&at| text.is_char_boundary(at));
        let (number, unit) = text.split_at(unit_at.ok_or(SpanError::Syntax)?);
        let unit_s = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(SpanError::Syntax),
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SpanError::Syntax);
        }
        let number: u64 = number.parse().map_err(|_| SpanError::TooLong)?;
        Self::from_seconds(number.checked_mul(unit_s).ok_or(SpanError::TooLong)?)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.seconds;
        match s {
            _ if s != 0 && s.is_multiple_of(86_400) => write!(f, "{}d", s / 86_400),
            _ if s != 0 && s.is_multiple_of(3_600) => write!(f, "{}h", s / 3_600),
            _ if s != 0 && s.is_multiple_of(60) => write!(f, "{}m", s / 60),
            _ => write!(f, "{s}s"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format_args!("'{text}' {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_one_number_and_one_unit() {
        let check = |text: &str, expected: Result<u64, SpanError>| {
            assert_eq!(text.parse::<Span>().map(Span::seconds), expected, "reading {text:?}");
        };
        check("0s", Ok(0));
        check("90s", Ok(90));
        check("15m", Ok(900));
        check("1h", Ok(3_600));
        check("7d", Ok(604_800));
        for text in ["", "s", "1", "1 m", "-1m", "1.5h", "1w", "1h30m", "m1", "1µ"] {
            check(text, Err(SpanError::Syntax));
        }
        check("999999999999d", Err(SpanError::TooLong));
        check("99999999999999999999999s", Err(SpanError::TooLong));
    }

    #[test]
    fn a_duration_prints_in_its_largest_whole_unit() {
        for (text, printed) in [("60s", "1m"), ("90s", "90s"), ("24h", "1d"), ("0m", "0s"), ("3600s", "1h")] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), printed);
        }
    }
}
