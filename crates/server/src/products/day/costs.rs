//! What a day cost.

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_store::job::JobKind;

use super::size::Size;
use super::{AT_ONCE, MINUTE_US, START_US};

/// What the day cost, by the wall. It is printed, and nothing is concluded from it.
#[derive(Debug, Default)]
pub(super) struct Costs {
    /// By ten minutes of the day: claims, and the time that they took.
    claims: BTreeMap<i64, (u32, Duration)>,
    polls: Duration,
    digests: Duration,
    pub(super) plans: Vec<Duration>,
}

impl Costs {
    pub(super) fn claim(&mut self, now: Timestamp, took: Duration) {
        let part = now.micros().saturating_sub(START_US) / (10 * MINUTE_US);
        let (count, whole) = self.claims.entry(part).or_default();
        *count += 1;
        *whole += took;
    }

    pub(super) fn work(&mut self, kind: JobKind, took: Duration) {
        match kind {
            JobKind::Poll => self.polls += took,
            _ => self.digests += took,
        }
    }

    pub(super) fn print(&self, size: Size, reports: usize, oldest_us: i64, asked: u64) {
        println!("{size:?}");
        println!("{reports} reports in {:?}, {asked} calls in {:?}", self.digests, self.polls);
        println!("the oldest data was {} s old; plans took {:?}", oldest_us / 1_000_000, self.plans);
        for (part, (count, took)) in &self.claims {
            println!("from minute {}: {count} claims of {AT_ONCE}, {:?} each", part * 10, *took / *count);
        }
    }
}
