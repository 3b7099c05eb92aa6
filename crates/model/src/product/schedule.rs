//! When digests and insights are told.
//!
//! A schedule is a grid of instants and nothing else: [`Schedule::next_after`] computes the next of them from
//! where the alert was armed, however long nobody asked. Local times follow the clocks of their zone. One that
//! does not exist, because the clocks jump over it, stands for the instant at which they jump; one that exists
//! twice stands for the first.

mod cron;
mod local;
mod read;
mod words;

use serde::{Deserialize, Serialize};

pub use local::{LocalTime, LocalTimeError};

use crate::{Span, Timestamp};

/// Microseconds in a day of 24 hours.
const DAY_US: i64 = 86_400 * 1_000_000;

/// When something is told, again and again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Schedule {
    /// At a local time every so many days of the calendar, the first time at the first such time after the alert
    /// was armed.
    Daily {
        /// A whole number of days.
        every: Span,
        /// When on the clock.
        at: LocalTime,
        /// The name of the zone whose clocks are meant, such as `Europe/Berlin`.
        time_zone: String,
    },
    /// At the instants that are whole multiples of a span after the one at which the alert was armed.
    Every {
        /// The span, from one minute up.
        every: Span,
    },
    /// At the local times that a cron expression of five fields names.
    Cron {
        /// Minute, hour, day of the month, month, day of the week.
        cron: String,
        /// The name of the zone whose clocks are meant.
        time_zone: String,
    },
}

impl Schedule {
    /// The first instant of the schedule that is later than `after`, for an alert that was armed at `anchor`.
    /// Nothing where there is none within the calendar.
    #[must_use]
    pub fn next_after(&self, anchor: Timestamp, after: Timestamp) -> Option<Timestamp> {
        // Nothing is told before the alert was armed, or at that very instant.
        let after = after.max(anchor);
        match self {
            Schedule::Every { every } => next_multiple(*every, anchor, after),
            Schedule::Daily { every, at, time_zone } => {
                let days = every.micros() / DAY_US;
                local::next_daily(days, *at, &local::zone(time_zone), anchor, after)
            }
            Schedule::Cron { cron, time_zone } => cron::next(cron, &local::zone(time_zone), after),
        }
    }

    /// The shortest time from one instant to the next by the clock, for planning. It is never below
    /// [`limits::SCHEDULE_MIN_S`](crate::limits::SCHEDULE_MIN_S).
    #[must_use]
    pub fn shortest(&self) -> Span {
        match self {
            Schedule::Every { every } | Schedule::Daily { every, .. } => *every,
            Schedule::Cron { cron, .. } => cron::shortest(cron),
        }
    }

    /// The schedule in words: `every 10 minutes`, `at 09:00 every day, Europe/Berlin`.
    #[must_use]
    pub fn words(&self) -> String {
        words::words(self)
    }
}

fn next_multiple(every: Span, anchor: Timestamp, after: Timestamp) -> Option<Timestamp> {
    let (step, from) = (i128::from(every.micros()), i128::from(anchor.micros()));
    let passed = (i128::from(after.micros()) - from).checked_div(step)?;
    i64::try_from(from + (passed + 1) * step).ok().map(Timestamp::from_micros)
}
