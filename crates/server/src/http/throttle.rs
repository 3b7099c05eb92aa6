//! How often one client may try: a bucket of attempts per key that fills again with time.
//!
//! Buckets are few and bounded; a key that is pushed out begins with a full bucket again, which takes a
//! flood from more addresses than are remembered.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bellwether_model::Timestamp;
use quick_cache::sync::Cache;

/// Keys that are remembered per throttle.
const KEYS: usize = 65_536;
const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;

/// A limit of attempts per key.
pub(super) struct Throttle<K> {
    window_us: i64,
    per_window: u32,
    buckets: Cache<K, Arc<Mutex<Bucket>>>,
}

/// What is left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    /// Attempts in a window.
    pub(super) limit: u32,
    /// Attempts that could be made now.
    pub(super) remaining: u32,
    /// After how long all of them could be.
    pub(super) full_in: Duration,
}

/// Instead of attempts it counts time: each attempt costs a share of the window, and at most a window may
/// be owed. `paid_until` is when everything taken will have been paid.
struct Bucket {
    paid_until: Timestamp,
}

impl Bucket {
    fn check(&self, cost_us: i64, window_us: i64, now: Timestamp) -> Result<(), Duration> {
        let beyond_us = self.owed_us(now) + cost_us - window_us;
        match u64::try_from(beyond_us) {
            Ok(wait_us @ 1..) => Err(Duration::from_micros(wait_us)),
            _ => Ok(()),
        }
    }

    fn spend(&mut self, cost_us: i64, now: Timestamp) {
        let owed_us = self.owed_us(now) + cost_us;
        self.paid_until = Timestamp::from_micros(now.micros().saturating_add(owed_us));
    }

    fn owed_us(&self, now: Timestamp) -> i64 {
        self.paid_until.micros_since(now).max(0)
    }
}

impl<K: Hash + Eq + Clone> Throttle<K> {
    /// So many attempts in a minute.
    pub(super) fn new(per_minute: u32) -> Self {
        Self { window_us: MINUTE_US, per_window: per_minute, buckets: Cache::new(KEYS) }
    }

    /// So many attempts in an hour.
    pub(super) fn per_hour(per_hour: u32) -> Self {
        Self { window_us: HOUR_US, per_window: per_hour, buckets: Cache::new(KEYS) }
    }

    /// Takes an attempt, or says how long until there is one.
    pub(super) fn take(&self, key: &K, now: Timestamp) -> Result<(), Duration> {
        self.with(key, |bucket| {
            bucket.check(self.cost_us(), self.window_us, now)?;
            bucket.spend(self.cost_us(), now);
            Ok(())
        })
    }

    /// The same, and what is left then.
    pub(super) fn take_and_tell(&self, key: &K, now: Timestamp) -> (Allowance, Result<(), Duration>) {
        let (owed_us, taken) = self.with(key, |bucket| {
            let taken = bucket.check(self.cost_us(), self.window_us, now);
            if taken.is_ok() {
                bucket.spend(self.cost_us(), now);
            }
            (bucket.owed_us(now), taken)
        });
        let left = (self.window_us - owed_us).max(0) / self.cost_us();
        let remaining = u32::try_from(left).unwrap_or(self.per_window).min(self.per_window);
        let full_in = Duration::from_micros(owed_us.cast_unsigned());
        (Allowance { limit: self.per_window, remaining, full_in }, taken)
    }

    /// Whether there is an attempt, or how long until there is one.
    pub(super) fn check(&self, key: &K, now: Timestamp) -> Result<(), Duration> {
        self.with(key, |bucket| bucket.check(self.cost_us(), self.window_us, now))
    }

    /// Counts an attempt that was made.
    pub(super) fn spend(&self, key: &K, now: Timestamp) {
        self.with(key, |bucket| bucket.spend(self.cost_us(), now));
    }

    fn cost_us(&self) -> i64 {
        self.window_us / i64::from(self.per_window.max(1))
    }

    fn with<T>(&self, key: &K, work: impl FnOnce(&mut Bucket) -> T) -> T {
        let full = || Ok(Arc::new(Mutex::new(Bucket { paid_until: Timestamp::EPOCH })));
        let bucket = match self.buckets.get_or_insert_with::<_, std::convert::Infallible>(key, full) {
            Ok(bucket) => bucket,
            Err(never) => match never {},
        };
        work(&mut bucket.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The client behind an address. One household has a whole /64 of IPv6 addresses.
pub(super) fn client_key(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6([a, b, c, d, 0, 0, 0, 0].into())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn so_many_at_once_and_then_one_by_one() {
        let throttle = Throttle::new(3);
        for _ in 0..3 {
            assert_eq!(throttle.take(&"a", at(0)), Ok(()));
        }
        assert_eq!(throttle.take(&"a", at(0)), Err(Duration::from_secs(20)));
        assert_eq!(throttle.take(&"b", at(0)), Ok(()), "another key");
        assert_eq!(throttle.take(&"a", at(20)), Ok(()));
        assert!(throttle.take(&"a", at(20)).is_err());
        assert!(throttle.check(&"a", at(39)).is_err());
        assert_eq!(throttle.check(&"a", at(40)), Ok(()), "looking takes nothing");
        assert_eq!(throttle.take(&"a", at(40)), Ok(()));
        throttle.spend(&"a", at(40));
        assert_eq!(throttle.check(&"a", at(40)), Err(Duration::from_secs(40)), "an attempt too many is owed");
    }

    #[test]
    fn it_tells_what_is_left() {
        let throttle = Throttle::new(3);
        let allowance =
            |remaining, full_in| Allowance { limit: 3, remaining, full_in: Duration::from_secs(full_in) };
        assert_eq!(throttle.take_and_tell(&"a", at(0)), (allowance(2, 20), Ok(())));
        assert_eq!(throttle.take_and_tell(&"a", at(0)), (allowance(1, 40), Ok(())));
        assert_eq!(throttle.take_and_tell(&"a", at(0)), (allowance(0, 60), Ok(())));
        let (left, taken) = throttle.take_and_tell(&"a", at(5));
        assert_eq!((left, taken), (allowance(0, 55), Err(Duration::from_secs(15))));
        assert_eq!(throttle.take_and_tell(&"a", at(600)), (allowance(2, 20), Ok(())));
    }

    #[test]
    fn hours_are_counted_likewise() {
        let throttle = Throttle::per_hour(2);
        assert_eq!((throttle.take(&"a", at(0)), throttle.take(&"a", at(0))), (Ok(()), Ok(())));
        assert_eq!(throttle.take(&"a", at(0)), Err(Duration::from_secs(1_800)));
        assert_eq!(throttle.take(&"a", at(1_800)), Ok(()));
    }

    #[test]
    fn addresses_of_one_network_are_one_client() {
        let key = |text: &str| client_key(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }
}
