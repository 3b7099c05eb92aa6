//! Instants: microseconds since the Unix epoch, in UTC.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Span;

/// Why a text is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an RFC 3339 time such as 2026-11-21T10:00:00Z, with at most six decimals of a second")]
pub struct TimestampError;

/// An instant, in microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    micros: i64,
}

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Timestamp = Timestamp { micros: 0 };

    /// The instant so many microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self { micros }
    }

    /// The instant so many milliseconds after the epoch, at the range's end where it lies beyond.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self { micros: millis.saturating_mul(1_000) }
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// Milliseconds since the epoch, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.micros.div_euclid(1_000)
    }

    /// This instant and a span later, at the range's end where it lies beyond.
    #[must_use]
    pub const fn saturating_add(self, span: Span) -> Self {
        Self { micros: self.micros.saturating_add(span.micros()) }
    }

    /// This instant less a span, at the range's end where it lies beyond.
    #[must_use]
    pub const fn saturating_sub(self, span: Span) -> Self {
        Self { micros: self.micros.saturating_sub(span.micros()) }
    }

    /// Microseconds from `earlier` to this instant; negative where `earlier` is the later one.
    #[must_use]
    pub const fn micros_since(self, earlier: Timestamp) -> i64 {
        self.micros.saturating_sub(earlier.micros)
    }

    /// The instant in the calendar library's own type, where it lies within that library's range.
    #[must_use]
    pub fn to_jiff(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_microsecond(self.micros).ok()
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        // The calendar library accepts more than RFC 3339 has.
        if !has_shape(text.as_bytes()) {
            return Err(TimestampError);
        }
        let read: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        Ok(Self { micros: read.as_microsecond() })
    }
}

/// Whether a text has the shape of an instant of RFC 3339 with at most six decimals.
fn has_shape(text: &[u8]) -> bool {
    let fits = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                _ => byte.eq_ignore_ascii_case(shape),
            })
    };
    let Some((date_and_time, rest)) = text.split_at_checked(19) else { return false };
    let decimals = match rest {
        [b'.', digits @ ..] => digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let zone = match (rest, decimals) {
        ([b'.', ..], 0 | 7..) => return false,
        ([b'.', rest @ ..], _) => &rest[decimals..],
        _ => rest,
    };
    let is_zone = match zone {
        [b'+' | b'-', offset @ ..] => fits(offset, b"00:00") && offset < b"24".as_slice(),
        _ => fits(zone, b"Z"),
    };
    is_zone && fits(date_and_time, b"0000-00-00T00:00:00")
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_jiff() {
            Some(instant) => write!(f, "{instant}"),
            None => write!(f, "{}us", self.micros),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format_args!("'{text}' {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_to_the_microsecond() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(text.parse::<Timestamp>().ok().map(Timestamp::micros), expected, "reading {text:?}");
        };
        check("1970-01-01T00:00:01Z", Some(1_000_000));
        check("1970-01-01T01:00:01+01:00", Some(1_000_000));
        check("2026-11-21T10:00:00.123456Z", Some(1_795_255_200_123_456));
        check("2026-11-21T10:00:00.1234567Z", None);
        check("2026-11-21t09:30:00.5-00:30", Some(1_795_255_200_500_000));
        for text in ["", "2026-11-21", "2026-11-21 10:00:00Z", "2026-11-21T10:00:00", "now", "1795255200"] {
            check(text, None);
        }
        for rest in [
            "10Z",
            "10:00Z",
            "100000Z",
            "10:00:00+00",
            "10:00:00+0000",
            "10:00:00+24:00",
            "10:00:00+01:00:30",
        ] {
            check(&format!("2026-11-21T{rest}"), None);
        }
        for rest in [".Z", ".0000000Z", ",5Z", "Z[UTC]", "+-1:00", "ZZ", "é"] {
            check(&format!("2026-11-21T10:00:00{rest}"), None);
        }
    }

    #[test]
    fn an_instant_prints_as_it_is_read() {
        for text in ["2026-11-21T10:00:00Z", "2026-11-21T10:00:00.5Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
    }
}
