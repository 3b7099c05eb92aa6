//! Local times: what a clock on the wall shows, and the instant at which it shows that.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span as Calendar, Unit};
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Why a text is not a time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a time of the day such as 09:00, from 00:00 to 23:59")]
pub struct LocalTimeError;

/// A time of the day on the clocks of some place, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime {
    hour: i8,
    minute: i8,
}

impl FromStr for LocalTime {
    type Err = LocalTimeError;

    fn from_str(text: &str) -> Result<Self, LocalTimeError> {
        let two_digits = |part: &str, end: i8| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|&number: &i8| digits && number < end).ok_or(LocalTimeError)
        };
        let (hour, minute) = text.split_once(':').ok_or(LocalTimeError)?;
        Ok(Self { hour: two_digits(hour, 24)?, minute: two_digits(minute, 60)? })
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl TryFrom<String> for LocalTime {
    type Error = LocalTimeError;

    fn try_from(text: String) -> Result<Self, LocalTimeError> {
        text.parse()
    }
}

impl From<LocalTime> for String {
    fn from(time: LocalTime) -> Self {
        time.to_string()
    }
}

/// The zone of a name that was checked when it was read; UTC where it is not known any more.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// What the clocks of a zone show at an instant, without fractions of a second.
pub(super) fn shown(instant: Timestamp, zone: &TimeZone) -> Option<DateTime> {
    let clock = zone.to_datetime(instant.to_jiff()?);
    clock.with().subsec_nanosecond(0).build().ok()
}

/// The instant for which a local time stands. Of two local times the later one never stands for the earlier
/// instant.
pub(super) fn instant(clock: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let instant = match zone.to_ambiguous_timestamp(clock).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(clock).ok()?,
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(clock).ok()?,
        // Read by the clocks as they go after the jump, the time lies before it: the jump comes next.
        AmbiguousOffset::Gap { after, .. } => {
            zone.following(after.to_timestamp(clock).ok()?).next()?.timestamp()
        }
    };
    Some(Timestamp::from_micros(instant.as_microsecond()))
}

/// The first `at` later than `after`, of those every so many days from the first after `anchor` on.
pub(super) fn next_daily(
    days: i64,
    at: LocalTime,
    zone: &TimeZone,
    anchor: Timestamp,
    after: Timestamp,
) -> Option<Timestamp> {
    let on = |date: Date| instant(date.at(at.hour, at.minute, 0, 0), zone);
    let mut first = shown(anchor, zone)?.date();
    if on(first)? <= anchor {
        first = first.tomorrow().ok()?;
    }
    let passed = first.until((Unit::Day, shown(after, zone)?.date())).ok()?.get_days();
    let mut rounds = i64::from(passed).checked_div(days)?.max(0);
    loop {
        let date = first.checked_add(Calendar::new().try_days(rounds.checked_mul(days)?).ok()?).ok()?;
        let next = on(date)?;
        if next > after {
            return Some(next);
        }
        rounds += 1;
    }
}
