//! How a feed fares, in figures: how late trades come, what was missed and fetched, what may still be asked.

use std::collections::VecDeque;
use std::time::Duration;

use bellwether_model::Timestamp;

/// Figures of one venue's feed, said every few seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vitals {
    /// From the venue's time of a trade until it was received, over the last minute; nothing where none came, or
    /// where the venue tells no times.
    pub lag: Option<Lag>,
    /// What was missed.
    pub gaps: Gaps,
    /// What may be asked of the venue, where that is counted.
    pub budget: Option<BudgetUse>,
}

/// How late trades came; at most an eighth more than it was, for one sample of each batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// Half of them came no later.
    pub p50: Duration,
    /// All but one in a hundred came no later.
    pub p99: Duration,
}

/// Stretches in which trades were missed, since the feed began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gaps {
    /// Of so many instruments missed trades are being fetched now.
    pub open: u64,
    /// So often all of them were fetched.
    pub filled: u64,
    /// So often not all of them could be had.
    pub lost: u64,
}

/// A venue's allowance of requests, in the units that the venue counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetUse {
    /// What is used of the present interval, by the venue's count or ours.
    pub used: u32,
    /// What each interval has.
    pub limit: u32,
    /// When the next interval begins.
    pub resets_at: Timestamp,
    /// Until when the venue has told us to stay away.
    pub closed_until: Option<Timestamp>,
}

/// Samples are kept in slots of this length.
const SLOT: Duration = Duration::from_secs(5);
/// Slots of the last minute.
const SLOTS: usize = 12;
/// Each power of two has eight buckets; values are microseconds.
const BUCKETS: usize = 62 * 8;

/// The lags of the last minute, in buckets: a venue with thousands of trades a second costs no more than another.
#[derive(Debug, Default)]
pub(crate) struct Lags {
    /// By the number of the slot; the oldest first.
    slots: VecDeque<(u64, Vec<u32>)>,
}

impl Lags {
    /// Takes a sample at an uptime.
    pub(crate) fn record(&mut self, now: Duration, lag_us: u64) {
        let slot = now.as_secs() / SLOT.as_secs();
        if self.slots.back().is_none_or(|(last, _)| *last != slot) {
            self.forget(slot);
            self.slots.push_back((slot, vec![0; BUCKETS]));
        }
        if let Some(count) = self.slots.back_mut().and_then(|(_, counts)| counts.get_mut(bucket(lag_us))) {
            *count = count.saturating_add(1);
        }
    }

    /// How late trades came in the minute before an uptime.
    pub(crate) fn lag(&mut self, now: Duration) -> Option<Lag> {
        self.forget(now.as_secs() / SLOT.as_secs());
        let mut counts = vec![0u64; BUCKETS];
        for (_, slot) in &self.slots {
            for (sum, count) in counts.iter_mut().zip(slot) {
                *sum += u64::from(*count);
            }
        }
        let all: u64 = counts.iter().sum();
        // The first bucket by which so many hundredths of all have come.
        let at = |hundredths: u64| {
            let mut seen = 0;
            let reaches = |count: &u64| {
                seen += count;
                seen * 100 >= all * hundredths
            };
            counts.iter().position(reaches).map(|bucket| Duration::from_micros(top(bucket)))
        };
        if all == 0 { None } else { Some(Lag { p50: at(50)?, p99: at(99)? }) }
    }

    fn forget(&mut self, slot: u64) {
        while self.slots.front().is_some_and(|(first, _)| first + SLOTS as u64 <= slot) {
            self.slots.pop_front();
        }
    }
}

/// The bucket of a value: below sixteen each its own, above that eight to each power of two.
fn bucket(value: u64) -> usize {
    // The number of its bits beyond four, and the first four of them.
    let shift = 60u32.saturating_sub(value.leading_zeros());
    let first = usize::try_from(value >> shift).unwrap_or(usize::MAX);
    shift as usize * 8 + first
}

/// The largest value of a bucket.
fn top(bucket: usize) -> u64 {
    if bucket < 16 {
        return bucket as u64;
    }
    let shift = bucket / 8 - 1;
    let high = (bucket - shift * 8) as u64;
    ((high + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_at_most_an_eighth_wide_and_none_is_beyond_the_last() {
        let mut before = 0;
        for value in
            (0..100_000).chain((17..62).flat_map(|bits| [(1 << bits) - 1, 1 << bits, (1 << bits) + 1]))
        {
            let place = bucket(value);
            assert!(place >= before || value < 100_000, "{value}");
            assert!(top(place) >= value && top(place) - value <= value / 8, "{value}: {}", top(place));
            before = place;
        }
        assert!(bucket(1 << 60) < BUCKETS);
    }

    #[test]
    fn the_last_minute_counts_and_nothing_before_it() {
        let mut lags = Lags::default();
        let at = Duration::from_secs;
        assert_eq!(lags.lag(at(0)), None);
        for second in 0..60 {
            lags.record(at(second), if second == 30 { 900_000 } else { 8 });
        }
        let lag = lags.lag(at(59)).unwrap();
        assert_eq!(lag.p50, Duration::from_micros(8));
        assert!((900_000..=1_012_500).contains(&u64::try_from(lag.p99.as_micros()).unwrap()), "{lag:?}");
        assert_eq!(lags.lag(at(100)).unwrap().p99, Duration::from_micros(8));
        assert_eq!(lags.lag(at(130)), None);
    }
}
