//! A venue's allowance of requests, shared by everyone in this process who asks that venue.
//!
//! Requests have weights. The allowance runs from one full interval of the wall clock to the next, as
//! venues count it. What the venue itself reports as used goes before our own count, since other
//! programs behind the same address share the allowance. A refusal with a time to wait closes the
//! budget for everybody until then.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bellwether_model::Timestamp;

use crate::world::Clock;
use crate::{BudgetUse, Rate};

/// The shared allowance.
pub(crate) struct Budget {
    clock: Arc<dyn Clock>,
    /// Held for a few instructions, never across an await.
    account: Mutex<Account>,
}

struct Account {
    limit: u32,
    interval_us: i64,
    /// Which interval `used` belongs to, counted from the epoch.
    interval: i64,
    used: u32,
    closed_until: Timestamp,
}

impl Budget {
    pub(crate) fn new(clock: Arc<dyn Clock>, rate: Rate) -> Self {
        let account = Account {
            limit: rate.max.max(1),
            interval_us: i64::try_from(rate.per.as_micros()).unwrap_or(i64::MAX).max(1),
            interval: i64::MIN,
            used: 0,
            closed_until: Timestamp::EPOCH,
        };
        Self { clock, account: Mutex::new(account) }
    }

    /// Waits until a request of this weight is in order, and takes it from the allowance.
    pub(crate) async fn spend(&self, weight: u32) {
        self.spend_below(weight, |limit| limit).await;
    }

    /// The same for what can wait: it takes no more than the first half of each interval's allowance, so
    /// that there is always some left for what cannot.
    pub(crate) async fn spend_spare(&self, weight: u32) {
        self.spend_below(weight, |limit| limit / 2).await;
    }

    async fn spend_below(&self, weight: u32, part: impl Fn(u32) -> u32) {
        loop {
            let wait = {
                let mut account = self.account();
                let limit = part(account.limit);
                account.take(self.clock.now(), weight, limit)
            };
            match wait {
                None => return,
                Some(wait) => self.clock.sleep(wait).await,
            }
        }
    }

    /// Notes what the venue says has been used in the present interval.
    pub(crate) fn observe(&self, used: u32) {
        let now = self.clock.now();
        let mut account = self.account();
        account.turn(now);
        account.used = account.used.max(used);
    }

    /// Lets nobody ask before `wait` has passed.
    pub(crate) fn close_for(&self, wait: Duration) {
        let wait_us = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        let until = self.clock.now().micros().saturating_add(wait_us);
        let mut account = self.account();
        account.closed_until = account.closed_until.max(Timestamp::from_micros(until));
    }

    /// Lowers the allowance to what the venue says it is; it never rises above what was configured.
    pub(crate) fn lower_to(&self, limit: u32) {
        let mut account = self.account();
        account.limit = account.limit.min(limit.max(1));
    }

    /// How it stands.
    pub(crate) fn in_use(&self) -> BudgetUse {
        let now = self.clock.now();
        let mut account = self.account();
        account.turn(now);
        let resets_us = account.interval.saturating_add(1).saturating_mul(account.interval_us);
        BudgetUse {
            used: account.used,
            limit: account.limit,
            resets_at: Timestamp::from_micros(resets_us),
            closed_until: (account.closed_until > now).then_some(account.closed_until),
        }
    }

    /// How much of the present interval's allowance is used.
    pub(crate) fn used(&self) -> u32 {
        self.account().used
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    /// Takes the weight where no more than `limit` is used then, or says how long to wait before asking
    /// again.
    fn take(&mut self, now: Timestamp, weight: u32, limit: u32) -> Option<Duration> {
        self.turn(now);
        let until = if now < self.closed_until {
            self.closed_until.micros()
        } else if self.used > 0 && self.used.saturating_add(weight) > limit {
            self.interval.saturating_add(1).saturating_mul(self.interval_us)
        } else {
            self.used = self.used.saturating_add(weight);
            return None;
        };
        let wait_us = u64::try_from(until.saturating_sub(now.micros())).unwrap_or(0).max(1);
        Some(Duration::from_micros(wait_us))
    }

    /// Begins anew where a new interval has begun.
    fn turn(&mut self, now: Timestamp) {
        let interval = now.micros().div_euclid(self.interval_us);
        if interval != self.interval {
            self.interval = interval;
            self.used = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_US: i64 = 60_000_000;

    fn account(limit: u32) -> Account {
        Account { limit, interval_us: MINUTE_US, interval: i64::MIN, used: 0, closed_until: Timestamp::EPOCH }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    impl Account {
        fn take_all(&mut self, now: Timestamp, weight: u32) -> Option<Duration> {
            self.take(now, weight, self.limit)
        }
    }

    #[test]
    fn what_can_wait_leaves_room_for_what_cannot() {
        let mut account = account(10);
        assert_eq!(account.take(at(3_600), 4, 5), None);
        assert_eq!(account.take(at(3_610), 2, 5), Some(Duration::from_secs(50)));
        assert_eq!(account.take_all(at(3_610), 6), None);
        assert_eq!(account.take(at(3_660), 2, 5), None);
    }

    #[test]
    fn a_spent_allowance_waits_for_the_next_full_minute() {
        let mut account = account(10);
        assert_eq!(account.take_all(at(3_600), 6), None);
        assert_eq!(account.take_all(at(3_610), 4), None);
        assert_eq!(account.take_all(at(3_610), 1), Some(Duration::from_secs(50)));
        assert_eq!(account.take_all(at(3_660), 4), None);
    }

    #[test]
    fn a_request_heavier_than_the_allowance_still_gets_its_turn() {
        let mut account = account(10);
        assert_eq!(account.take_all(at(0), 20), None);
        assert_eq!(account.take_all(at(1), 1), Some(Duration::from_secs(59)));
    }

    #[test]
    fn a_closed_budget_opens_when_its_time_has_passed() {
        let mut account = account(10);
        account.closed_until = at(100);
        assert_eq!(account.take_all(at(40), 1), Some(Duration::from_secs(60)));
        assert_eq!(account.take_all(at(100), 1), None);
    }
}
