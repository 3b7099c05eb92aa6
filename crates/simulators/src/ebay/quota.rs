//! How often something may be done in a day. A day begins at midnight in California.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{Timestamp, ToSpan};

const DAY_US: i64 = 86_400_000_000;

/// An allowance per day. Locked for one look or one change.
#[derive(Debug)]
pub(super) struct Quota(Mutex<Day>);

#[derive(Clone, Copy, Debug)]
struct Day {
    limit: u32,
    used: u32,
    ends_us: i64,
}

/// The state of an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) used: u32,
    pub(super) resets_us: i64,
}

impl Quota {
    pub(super) fn of(limit: u32) -> Self {
        Self(Mutex::new(Day { limit, used: 0, ends_us: i64::MIN }))
    }

    /// Takes one, where there is one left.
    pub(super) fn take(&self, now_us: i64) -> bool {
        let mut day = self.today(now_us);
        let there = day.used < day.limit;
        day.used += u32::from(there);
        there
    }

    /// How it stands.
    pub(super) fn left(&self, now_us: i64) -> Left {
        let day = self.today(now_us);
        Left { limit: day.limit, used: day.used, resets_us: day.ends_us }
    }

    /// Says how many a day has, or how many were taken today.
    pub(super) fn set(&self, now_us: i64, limit: Option<u32>, used: Option<u32>) {
        let mut day = self.today(now_us);
        day.limit = limit.unwrap_or(day.limit);
        day.used = used.unwrap_or(day.used);
    }

    fn today(&self, now_us: i64) -> MutexGuard<'_, Day> {
        let mut day = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now_us >= day.ends_us {
            (day.used, day.ends_us) = (0, next_midnight_us(now_us));
        }
        day
    }
}

fn next_midnight_us(now_us: i64) -> i64 {
    let now = Timestamp::from_microsecond(now_us).unwrap_or(Timestamp::UNIX_EPOCH);
    let midnight = now
        .in_tz("America/Los_Angeles")
        .and_then(|here| here.checked_add(1.day()))
        .and_then(|tomorrow| tomorrow.start_of_day());
    midnight.map_or(now_us + DAY_US, |midnight| midnight.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_california() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        let quota = Quota::of(2);
        let now = at("2026-11-21T07:59:00Z");
        assert_eq!([quota.take(now), quota.take(now), quota.take(now)], [true, true, false]);
        assert_eq!(quota.left(now), Left { limit: 2, used: 2, resets_us: at("2026-11-21T08:00:00Z") });
        assert!(quota.take(at("2026-11-21T08:00:00Z")));
        // In summer it is an hour earlier.
        assert_eq!(quota.left(at("2026-06-21T07:00:00Z")).resets_us, at("2026-11-22T08:00:00Z"));
        assert_eq!(next_midnight_us(at("2026-06-21T07:00:00Z")), at("2026-06-22T07:00:00Z"));
    }
}
