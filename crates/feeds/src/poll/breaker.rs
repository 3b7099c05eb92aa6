//! When a question that fails is asked again.
//!
//! After a failure it waits a while that grows with each one, with jitter. After several in a row the
//! breaker opens: the question rests, is tried once, and rests again until an answer comes.

use std::time::Duration;

use crate::{Jitter, PollRules};

/// The record of one question. Instants are by the clock that never goes back.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Failures since the last answer.
    pub(super) failures: u32,
    /// Whether the question is left alone, but for one attempt now and then.
    pub(super) is_open: bool,
    /// Before this nobody asks.
    pub(super) not_before: Duration,
}

impl Breaker {
    /// Notes an answer; whether that closes the breaker.
    pub(super) fn closes(&mut self) -> bool {
        let was_open = self.is_open;
        *self = Self::default();
        was_open
    }

    /// Notes a failure; whether that opens the breaker.
    pub(super) fn fails(&mut self, rules: &PollRules, now: Duration, jitter: &Jitter) -> bool {
        self.failures = self.failures.saturating_add(1);
        let was_open = self.is_open;
        self.is_open = self.failures >= rules.failures;
        let ceiling = rules.back_off.ceiling(self.failures);
        let wait = if self.is_open { rules.rest } else { ceiling / 2 + jitter.up_to(ceiling / 2) };
        self.not_before = now + wait;
        self.is_open && !was_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BackOff;

    #[test]
    fn it_opens_once_tries_now_and_then_and_closes_at_an_answer() {
        let rules = PollRules {
            back_off: BackOff { base: Duration::from_secs(1), cap: Duration::from_secs(8) },
            failures: 3,
            rest: Duration::from_secs(60),
            patience: Duration::from_secs(10),
        };
        let (mut breaker, jitter) = (Breaker::default(), Jitter::seeded(1));
        let now = Duration::from_secs(100);
        assert!(!breaker.fails(&rules, now, &jitter));
        assert!(
            (now + Duration::from_millis(500)..=now + Duration::from_secs(1)).contains(&breaker.not_before)
        );
        assert!(!breaker.fails(&rules, now, &jitter));
        assert!(breaker.fails(&rules, now, &jitter), "the third in a row opens it");
        assert_eq!(breaker.not_before, now + rules.rest);
        assert!(!breaker.fails(&rules, now + rules.rest, &jitter), "it is open already");
        assert_eq!(breaker.not_before, now + rules.rest * 2);
        assert!(breaker.closes());
        assert_eq!((breaker.failures, breaker.not_before), (0, Duration::ZERO));
        assert!(!breaker.closes());
    }
}
