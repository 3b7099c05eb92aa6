//! What was seen so far.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Tokens that were sold.
    pub tokens: u64,
    /// Requests for tokens that were refused, by faults too.
    pub tokens_refused: u64,
    /// Searches that were answered.
    pub searches: u64,
    /// Requests for items that were answered, gone ones among them.
    pub items: u64,
    /// Requests whose token was worth nothing.
    pub unauthorised: u64,
    /// Requests beyond the day's calls.
    pub over_quota: u64,
    /// Requests that were wrong.
    pub refused: u64,
    /// Requests that a fault struck.
    pub struck: u64,
    /// Events that a receiver has acknowledged.
    pub events: u64,
    /// Attempts to tell one that were not.
    pub events_failed: u64,
    /// Events that were given up, or lost since too many waited.
    pub events_lost: u64,
}

/// The counts of one simulator. Locked for one change.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counters>);

impl Tally {
    pub(super) fn note(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn read(&self) -> Counters {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
