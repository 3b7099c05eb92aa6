//! Whether eBay may be asked.
//!
//! One search that keeps failing is left alone by itself, and then says nothing about eBay any more. What fails
//! for any search, or for several in a row, closes the gate for all: after a while one caller tries, and the
//! others come back when that worked. Nobody tries twice in a row while another waits, so that one search which
//! always fails cannot keep the gate closed. Nothing here waits or runs by itself.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bellwether_model::Timestamp;

use super::{EbayConfig, limits};
use crate::world::Clock;
use crate::{Closed, MarketError, MarketHealth};

#[cfg(test)]
mod tests;

/// The gate in front of eBay.
pub(super) struct Gate {
    clock: Arc<dyn Clock>,
    failures: u32,
    rest: Duration,
    /// Held for a few instructions, never across an await.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    has_answered: bool,
    /// Failed calls since the last answer.
    failures: u32,
    /// The searches that they were made for.
    failing: BTreeSet<String>,
    /// Whether one of them would have failed for any search.
    is_wide: bool,
    closed: Option<Bar>,
    /// Searches that failed since their last answer.
    searches: HashMap<String, Failing>,
}

/// Why nobody passes, and until when. Instants are by the clock that never goes back.
struct Bar {
    why: MarketError,
    until: Duration,
    /// Who tried last whether eBay answers.
    tried_by: Option<String>,
    /// Whether that is not decided yet.
    is_tried: bool,
    /// Whether somebody else was turned away since.
    others_wait: bool,
}

impl Bar {
    fn new(why: MarketError, until: Duration) -> Self {
        Self { why, until, tried_by: None, is_tried: false, others_wait: false }
    }

    /// Whether this one may try now; otherwise, when to come back.
    fn admit(&mut self, key: &str, now: Duration) -> Result<(), Duration> {
        let is_same = self.tried_by.as_deref() == Some(key);
        if now < self.until {
            self.others_wait |= !is_same;
            return Err(self.until);
        }
        if is_same && self.others_wait {
            return Err(now + limits::TRIAL);
        }
        self.tried_by = Some(key.to_owned());
        (self.until, self.is_tried, self.others_wait) = (now + limits::TRIAL, true, false);
        Ok(())
    }
}

#[derive(Default)]
struct Failing {
    failures: u32,
    not_before: Duration,
    reason: String,
}

impl State {
    /// Notes that a search failed; whether it did so too often.
    fn search_failed(&mut self, key: &str, reason: &str, most: u32) -> bool {
        if self.searches.len() >= limits::FAILING_SEARCHES && !self.searches.contains_key(key) {
            return false;
        }
        let search = self.searches.entry(key.to_owned()).or_default();
        search.failures = search.failures.saturating_add(1);
        reason.clone_into(&mut search.reason);
        search.failures >= most
    }
}

impl Gate {
    pub(super) fn new(config: &EbayConfig, clock: Arc<dyn Clock>) -> Self {
        Self { clock, failures: config.failures.max(1), rest: config.rest, state: Mutex::default() }
    }

    /// Lets a caller pass who asks for this; or says why not. Of those who come when a closed gate is to be
    /// tried again, one passes.
    pub(super) fn admit(&self, key: &str) -> Result<(), MarketError> {
        let now = self.clock.uptime();
        let mut state = self.state();
        if let Some(search) = state.searches.get(key).filter(|search| now < search.not_before) {
            let reason = search.reason.clone();
            return Err(self.dated(&MarketError::Unavailable { reason, not_before: None }, search.not_before));
        }
        if let Some(bar) = &mut state.closed
            && let Err(until) = bar.admit(key, now)
        {
            return Err(self.dated(&bar.why, until));
        }
        if let Some(search) = state.searches.get_mut(key).filter(|search| search.failures >= self.failures) {
            search.not_before = now + limits::TRIAL;
        }
        Ok(())
    }

    /// Whether nobody else would pass now.
    pub(super) fn is_closed(&self) -> bool {
        self.state().closed.is_some()
    }

    /// Notes an answer, be it a refusal: eBay works.
    pub(super) fn answered(&self, key: &str) {
        let mut state = self.state();
        state.searches.remove(key);
        let was_closed = state.closed.take().is_some();
        (state.has_answered, state.failures, state.is_wide) = (true, 0, false);
        state.failing.clear();
        drop(state);
        if was_closed {
            tracing::info!("eBay answers again");
        }
    }

    /// Notes a call that failed however often it was tried; when this search may be tried again, where it is
    /// to be left alone.
    pub(super) fn failed(&self, key: &str, reason: &str, is_wide: bool) -> Option<Timestamp> {
        let now = self.clock.uptime();
        let mut state = self.state();
        let was_closed = state.closed.is_some();
        let rests = (!is_wide && state.search_failed(key, reason, self.failures)).then_some(now + self.rest);
        if let (Some(not_before), Some(search)) = (rests, state.searches.get_mut(key)) {
            search.not_before = not_before;
        }
        if rests.is_none() {
            state.failures = state.failures.saturating_add(1);
            state.is_wide |= is_wide;
            state.failing.insert(key.to_owned());
        }
        let closes = state.failures >= self.failures && (state.is_wide || state.failing.len() > 1);
        if closes || was_closed {
            let why = MarketError::Unavailable { reason: reason.to_owned(), not_before: None };
            let before = state.closed.take();
            let tried_by = before.as_ref().and_then(|bar| bar.tried_by.clone());
            let others_wait = before.is_some_and(|bar| bar.others_wait);
            let bar = Bar { tried_by, others_wait, ..Bar::new(why, now + self.rest) };
            state.closed = Some(bar);
        }
        drop(state);
        if closes && !was_closed {
            tracing::warn!(reason, rest = ?self.rest, "eBay is left alone for a while");
        }
        rests.or((closes || was_closed).then_some(now + self.rest)).map(|at| self.timestamp(at))
    }

    /// Lets nobody pass for so long; whether that is news.
    pub(super) fn close(&self, why: MarketError, wait: Duration) -> bool {
        let until = self.clock.uptime() + wait.min(limits::AWAY_LONGEST);
        tracing::warn!(%why, ?wait, "eBay is left alone");
        let before = self.state().closed.replace(Bar::new(why, until));
        before.is_none_or(|bar| bar.is_tried)
    }

    /// How eBay is doing.
    pub(super) fn health(&self) -> MarketHealth {
        let now = self.clock.uptime();
        let state = self.state();
        MarketHealth {
            has_answered: state.has_answered,
            failures: state.failures,
            closed: state
                .closed
                .as_ref()
                .map(|bar| Closed { why: self.dated(&bar.why, bar.until), until: self.timestamp(bar.until) }),
            resting_searches: state.searches.values().filter(|search| search.not_before > now).count(),
        }
    }

    /// The same error, saying when to come back.
    fn dated(&self, why: &MarketError, until: Duration) -> MarketError {
        match why {
            MarketError::Unavailable { reason, .. } => {
                MarketError::Unavailable { reason: reason.clone(), not_before: Some(self.timestamp(until)) }
            }
            other => other.clone(),
        }
    }

    fn timestamp(&self, uptime: Duration) -> Timestamp {
        let wait = uptime.saturating_sub(self.clock.uptime());
        let wait_us = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.clock.now().micros().saturating_add(wait_us))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
