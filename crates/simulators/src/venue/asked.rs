//! What venues have in common that are only asked: an allowance of requests by the minute, and answers that are spoilt.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;

use super::fault::{Malformed, Strike};
use super::stage::Stage;
use crate::market::interval::SECOND_US;

/// The desk where requests come in. Each lock is held for a moment only.
#[derive(Clone)]
pub(crate) struct Desk {
    stage: Arc<Stage>,
    requests_per_minute: u32,
    /// The running minute, and the requests in it.
    minute: Arc<Mutex<(i64, u32)>>,
    strikes: Arc<Mutex<broadcast::Receiver<Strike>>>,
}

/// What a minute still allows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// How many more requests; nothing where the one that was counted is one too many.
    pub(crate) remaining: Option<u32>,
    /// When the next minute begins, in seconds since the epoch.
    pub(crate) reset_s: i64,
    /// The seconds until then, at least one.
    pub(crate) wait_s: u32,
}

impl Desk {
    pub(crate) fn new(stage: Arc<Stage>, requests_per_minute: u32) -> Self {
        let strikes = Arc::new(Mutex::new(stage.faults.watch().0));
        Self { stage, requests_per_minute, minute: Arc::default(), strikes }
    }

    /// Counts a request, and notes it where it is one too many.
    pub(crate) fn count(&self) -> Allowance {
        let now_s = self.stage.now_us().div_euclid(SECOND_US);
        let minute = now_s.div_euclid(60);
        let mut running = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if running.0 != minute {
            *running = (minute, 0);
        }
        running.1 = running.1.saturating_add(1);
        let remaining = self.requests_per_minute.checked_sub(running.1);
        if remaining.is_none() {
            self.stage.tally.note(|counters| counters.rest_refused += 1);
        }
        let reset_s = (minute + 1) * 60;
        Allowance { remaining, reset_s, wait_s: u32::try_from(reset_s - now_s).unwrap_or(60) }
    }

    /// How the answer at hand is spoilt, if it is.
    pub(crate) fn spoilt(&self) -> Option<Malformed> {
        let mut strikes = self.strikes.lock().unwrap_or_else(PoisonError::into_inner);
        while let Ok(strike) = strikes.try_recv() {
            if let Strike::Malformed(kind) = strike {
                return Some(kind);
            }
        }
        None
    }
}
