//! The calls of a day, counted by the store for all processes.

use bellwether_model::{Span, Timestamp};
use bellwether_store::{Store, StoreError};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;

/// The source that calls are counted for.
const SOURCE: &str = "ebay";
/// Where the marketplace's day begins at midnight.
const ZONE: &str = "America/Los_Angeles";

/// The calls of a day.
#[derive(Clone)]
pub(super) struct Quota {
    store: Store,
    daily: u64,
}

/// How many calls are left, and until when they must last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) calls: u64,
    pub(super) resets_at: Timestamp,
}

impl Left {
    /// How long the calls must last.
    pub(super) fn lasts(&self, now: Timestamp) -> Span {
        let seconds = u64::try_from(self.resets_at.micros_since(now) / 1_000_000).unwrap_or(0);
        Span::from_seconds(seconds.max(1)).unwrap_or(Span::MINUTE)
    }
}

impl Quota {
    pub(super) fn new(store: Store, daily: u64) -> Self {
        Self { store, daily }
    }

    /// What is left now.
    pub(super) async fn left(&self, now: Timestamp) -> Result<Left, StoreError> {
        let (day, resets_at) = day_of(now);
        let used = self.store.calls_used(SOURCE, day).await?;
        Ok(Left { calls: self.daily.saturating_sub(used), resets_at })
    }

    /// Takes so many calls; where they are not all left, none is to be made.
    pub(super) async fn take(&self, calls: u64, now: Timestamp) -> Result<bool, StoreError> {
        let (day, _) = day_of(now);
        if self.store.calls_used(SOURCE, day).await? + calls > self.daily {
            return Ok(false);
        }
        // Two processes may both find the last call free: whoever takes it second learns so by the new count.
        Ok(self.store.use_calls(SOURCE, day, calls).await? <= self.daily)
    }

    /// Counts calls that were made already.
    pub(super) async fn used(&self, calls: u64, now: Timestamp) -> Result<(), StoreError> {
        match calls {
            0 => Ok(()),
            calls => self.store.use_calls(SOURCE, day_of(now).0, calls).await.map(drop),
        }
    }

    /// Holds the day's calls for used up, because the marketplace says so.
    pub(super) async fn exhausted(&self, now: Timestamp) -> Result<(), StoreError> {
        let (day, _) = day_of(now);
        let used = self.store.calls_used(SOURCE, day).await?;
        self.store.use_calls(SOURCE, day, self.daily.saturating_sub(used)).await.map(drop)
    }
}

/// The number of the marketplace's day that an instant lies in, and when the next one begins.
fn day_of(now: Timestamp) -> (i64, Timestamp) {
    let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    let day_us = 86_400_000_000;
    let fallback = (now.micros().div_euclid(day_us), Timestamp::from_micros(now.micros() + day_us));
    let Some(local) = now.to_jiff().map(|time| time.to_zoned(zone)) else { return fallback };
    let Ok(tomorrow) =
        local.date().checked_add(1.day()).and_then(|day| day.to_zoned(local.time_zone().clone()))
    else {
        return fallback;
    };
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = (local.date() - epoch).get_days();
    (i64::from(days), Timestamp::from_micros(tomorrow.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(now: &str, day: i64, resets_at: &str) {
        assert_eq!(day_of(now.parse().unwrap()), (day, resets_at.parse().unwrap()), "{now}");
    }

    #[test]
    fn a_day_is_that_of_the_marketplace_also_where_the_clocks_change() {
        check("2026-11-21T07:59:59Z", 20_777, "2026-11-21T08:00:00Z");
        check("2026-11-21T08:00:00Z", 20_778, "2026-11-22T08:00:00Z");
        // A day of 23 hours, and one of 25.
        check("2026-03-08T12:00:00Z", 20_520, "2026-03-09T07:00:00Z");
        check("2026-11-01T12:00:00Z", 20_758, "2026-11-02T08:00:00Z");
    }
}
