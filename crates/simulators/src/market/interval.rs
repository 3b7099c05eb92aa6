//! The lengths of klines, and where each kline begins.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Microseconds in a second.
pub(crate) const SECOND_US: i64 = 1_000_000;
/// Microseconds in a minute.
pub(crate) const MINUTE_US: i64 = 60 * SECOND_US;
/// Microseconds in an hour.
pub(crate) const HOUR_US: i64 = 60 * MINUTE_US;
/// Microseconds in a day.
pub(crate) const DAY_US: i64 = 24 * HOUR_US;

/// From the Unix epoch, a Thursday, to the Monday before it.
const EPOCH_TO_MONDAY_US: i64 = 3 * DAY_US;

/// How long a kline is. Binance's spelling tells months (`1M`) from minutes (`1m`) by case alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Interval {
    /// A fixed length, counted from the epoch; in microseconds, with its name.
    Fixed(i64, &'static str),
    /// Monday to Monday.
    Week,
    /// A calendar month.
    Month,
}

const FIXED: [(i64, &str); 14] = [
    (SECOND_US, "1s"),
    (MINUTE_US, "1m"),
    (3 * MINUTE_US, "3m"),
    (5 * MINUTE_US, "5m"),
    (15 * MINUTE_US, "15m"),
    (30 * MINUTE_US, "30m"),
    (HOUR_US, "1h"),
    (2 * HOUR_US, "2h"),
    (4 * HOUR_US, "4h"),
    (6 * HOUR_US, "6h"),
    (8 * HOUR_US, "8h"),
    (12 * HOUR_US, "12h"),
    (DAY_US, "1d"),
    (3 * DAY_US, "3d"),
];

/// The name is none of Binance's sixteen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnknownInterval;

impl FromStr for Interval {
    type Err = UnknownInterval;

    fn from_str(name: &str) -> Result<Self, UnknownInterval> {
        match name {
            "1w" => Ok(Self::Week),
            "1M" => Ok(Self::Month),
            _ => {
                let found = FIXED.iter().find(|(_, known)| *known == name).ok_or(UnknownInterval)?;
                Ok(Self::Fixed(found.0, found.1))
            }
        }
    }
}

impl Interval {
    /// Binance's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fixed(_, name) => name,
            Self::Week => "1w",
            Self::Month => "1M",
        }
    }

    /// Where the kline around `time_us` begins, with days that begin `offset_us` before those of UTC.
    pub(crate) fn open_us(self, time_us: i64, offset_us: i64) -> i64 {
        let local = time_us + offset_us;
        let open = match self {
            Self::Fixed(length, _) => local.div_euclid(length) * length,
            Self::Week => {
                (local + EPOCH_TO_MONDAY_US).div_euclid(7 * DAY_US) * 7 * DAY_US - EPOCH_TO_MONDAY_US
            }
            Self::Month => month_open(local),
        };
        open - offset_us
    }

    /// Where the kline after the one that begins at `open_us` begins.
    pub(crate) fn next_us(self, open_us: i64, offset_us: i64) -> i64 {
        match self {
            Self::Fixed(length, _) => open_us + length,
            Self::Week => open_us + 7 * DAY_US,
            // 32 days on is always within the next month.
            Self::Month => self.open_us(open_us + 32 * DAY_US, offset_us),
        }
    }

    /// Where the kline before the one that begins at `open_us` begins.
    pub(crate) fn previous_us(self, open_us: i64, offset_us: i64) -> i64 {
        self.open_us(open_us - 1, offset_us)
    }
}

fn month_open(local_us: i64) -> i64 {
    Timestamp::from_microsecond(local_us)
        .map(|time| TimeZone::UTC.to_datetime(time).date().first_of_month())
        .and_then(|first| first.to_zoned(TimeZone::UTC))
        .map_or(local_us, |midnight| midnight.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(interval: &str, at: &str, offset_hours: i64) -> String {
        let at: Timestamp = at.parse().unwrap();
        let interval: Interval = interval.parse().unwrap();
        let open = interval.open_us(at.as_microsecond(), offset_hours * HOUR_US);
        Timestamp::from_microsecond(open).unwrap().to_string()
    }

    #[test]
    fn klines_begin_where_binance_begins_them() {
        for (interval, offset, begins) in [
            ("1s", 0, "2026-11-21T10:33:44Z"),
            ("15m", 0, "2026-11-21T10:30:00Z"),
            ("8h", 0, "2026-11-21T08:00:00Z"),
            ("1d", 0, "2026-11-21T00:00:00Z"),
            ("1d", 8, "2026-11-20T16:00:00Z"),
            ("1w", 0, "2026-11-16T00:00:00Z"),
            ("1M", 0, "2026-11-01T00:00:00Z"),
            ("1M", 8, "2026-10-31T16:00:00Z"),
        ] {
            assert_eq!(opens(interval, "2026-11-21T10:33:44.5Z", offset), begins, "{interval} {offset}");
        }
    }

    #[test]
    fn a_kline_ends_where_the_next_begins() {
        for interval in ["1s", "1m", "3d", "1w", "1M"] {
            let interval: Interval = interval.parse().unwrap();
            let open = interval.open_us(1_795_226_512_737_000, 0);
            let next = interval.next_us(open, 0);
            assert_eq!(interval.open_us(next, 0), next);
            assert_eq!(interval.open_us(next - 1, 0), open);
            assert_eq!(interval.previous_us(next, 0), open);
        }
    }

    #[test]
    fn case_tells_months_from_minutes() {
        assert_ne!("1M".parse::<Interval>(), "1m".parse());
        assert_eq!("1H".parse::<Interval>(), Err(UnknownInterval));
    }
}
