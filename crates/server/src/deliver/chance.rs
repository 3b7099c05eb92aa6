//! Chance, passed in to the deliverers, so that a test draws the same waits again.

use std::sync::{Arc, Mutex, PoisonError};

use rand::SeedableRng as _;
use rand::rngs::StdRng;

/// The one source of chance of the deliverers of a process. Clones share it.
#[derive(Debug, Clone)]
pub struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    /// Seeded by the machine.
    #[must_use]
    pub fn of_the_machine() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_rng(&mut rand::rng()))))
    }

    /// The sequence of draws that belongs to a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Draws something. Nothing else may be waited for meanwhile.
    pub(super) fn draw<T>(&self, what: impl FnOnce(&mut StdRng) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
