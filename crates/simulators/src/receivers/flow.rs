//! How many messages per time a service takes, per bot, chat, webhook or visitor.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// So many at once, and one more in each interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) burst: u32,
    pub(super) interval_us: i64,
}

/// The state of all limits.
#[derive(Debug, Default)]
pub(super) struct Flow(Mutex<HashMap<String, i64>>);

/// Keys that are remembered; beyond, all start afresh. A simulator sees few.
const MOST_KEYS: usize = 100_000;

impl Flow {
    /// Lets one more through, or says after how many microseconds one may come.
    pub(super) fn pass(&self, key: String, rate: Rate, now_us: i64) -> Result<(), i64> {
        let mut busy_until = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if busy_until.len() > MOST_KEYS {
            busy_until.clear();
        }
        let until = busy_until.entry(key).or_insert(now_us);
        *until = (*until).max(now_us);
        let credit = i64::from(rate.burst - 1) * rate.interval_us;
        let wait = *until - now_us - credit;
        if wait > 0 {
            return Err(wait);
        }
        *until += rate.interval_us;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_burst_one_passes_in_each_interval() {
        let flow = Flow::default();
        let rate = Rate { burst: 3, interval_us: 1_000 };
        let pass = |now_us| flow.pass("a".to_owned(), rate, now_us);
        assert_eq!(
            [pass(0), pass(0), pass(0), pass(0), pass(400)],
            [Ok(()), Ok(()), Ok(()), Err(1_000), Err(600)]
        );
        assert_eq!([pass(1_000), pass(1_000)], [Ok(()), Err(1_000)]);
        assert_eq!(flow.pass("b".to_owned(), rate, 0), Ok(()));
    }
}
