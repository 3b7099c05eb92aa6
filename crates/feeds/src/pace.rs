//! At most so many events in any stretch of so long: messages on a socket, attempts to connect.

use std::collections::VecDeque;
use std::time::Duration;

/// At most `max` events in any stretch of length `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many, at least one.
    pub max: u32,
    /// In how long.
    pub per: Duration,
}

/// The events of the last stretch.
///
/// A sliding record and not a bucket: a bucket lets nearly twice its size through around a refill,
/// and venues drop a connection for the first message too many. Times are a clock's uptime.
#[derive(Debug)]
pub(crate) struct Pace {
    max: usize,
    per: Duration,
    recent: VecDeque<Duration>,
}

impl Pace {
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            max: usize::try_from(rate.max.max(1)).unwrap_or(usize::MAX),
            per: rate.per,
            recent: VecDeque::new(),
        }
    }

    /// When the next event is in order: `now`, or later.
    pub(crate) fn free_at(&mut self, now: Duration) -> Duration {
        while self.recent.front().is_some_and(|&at| at + self.per <= now) {
            self.recent.pop_front();
        }
        match self.recent.len().checked_sub(self.max) {
            None => now,
            Some(oldest_that_counts) => self.recent[oldest_that_counts] + self.per,
        }
    }

    /// Notes an event, in order or not: the answer to a ping cannot be put off.
    pub(crate) fn note(&mut self, now: Duration) {
        self.recent.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn no_stretch_ever_holds_more_than_its_maximum() {
        let mut pace = Pace::new(Rate { max: 3, per: ms(1_000) });
        let mut now = ms(0);
        let mut sent = Vec::new();
        for step in [0, 0, 0, 0, 10, 400, 0, 0, 0, 0, 999, 1] {
            now = pace.free_at(now + ms(step));
            pace.note(now);
            sent.push(now);
        }
        for window in sent.windows(4) {
            assert!(window[3] - window[0] >= ms(1_000), "{window:?}");
        }
    }

    #[test]
    fn an_event_out_of_order_is_paid_for_later() {
        let mut pace = Pace::new(Rate { max: 2, per: ms(100) });
        for at in [0, 1, 2] {
            pace.note(ms(at));
        }
        assert_eq!(pace.free_at(ms(3)), ms(101));
        assert_eq!(pace.free_at(ms(101)), ms(101));
    }
}
