//! How long to wait after a failure.
//!
//! Exponential with full jitter: a delay drawn evenly from nothing up to a ceiling that doubles. When
//! a venue comes back after an outage, its clients then arrive spread out and not in step.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A ceiling that doubles with every failure in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    /// The ceiling after the first failure.
    pub base: Duration,
    /// The highest ceiling.
    pub cap: Duration,
}

impl BackOff {
    /// The longest delay after so many failures in a row; none after none.
    #[must_use]
    pub fn ceiling(self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        let factor = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }
}

/// The one source of chance. Seeded, so that a whole run can be repeated.
#[derive(Debug)]
pub struct Jitter {
    /// Held for one draw at a time, never across an await.
    rng: Mutex<StdRng>,
}

impl Jitter {
    /// The sequence of draws that belongs to a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { rng: Mutex::new(StdRng::seed_from_u64(seed)) }
    }

    /// A duration drawn evenly from nothing up to and with `ceiling`.
    pub fn up_to(&self, ceiling: Duration) -> Duration {
        let micros = u64::try_from(ceiling.as_micros()).unwrap_or(u64::MAX);
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        Duration::from_micros(rng.random_range(0..=micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_its_cap() {
        let back_off = BackOff { base: Duration::from_millis(500), cap: Duration::from_secs(60) };
        let ceilings: Vec<u128> = (0..10).map(|n| back_off.ceiling(n).as_millis()).collect();
        assert_eq!(ceilings, [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(back_off.ceiling(u32::MAX), back_off.cap);
    }

    #[test]
    fn jitter_fills_the_whole_range_and_repeats_by_seed() {
        let ceiling = Duration::from_secs(8);
        let draw = |seed| {
            let jitter = Jitter::seeded(seed);
            (0..1_000).map(|_| jitter.up_to(ceiling)).collect::<Vec<_>>()
        };
        let delays = draw(7);
        assert!(delays.iter().all(|&delay| delay <= ceiling));
        assert!(delays.iter().any(|&delay| delay < ceiling / 10));
        assert!(delays.iter().any(|&delay| delay > ceiling * 9 / 10));
        assert_eq!(delays, draw(7));
        assert_ne!(delays, draw(8));
    }
}
