//! What all parts of one simulated venue share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::counters::Tally;
use super::fault::Faults;
use crate::market::driver::Dials;
use crate::market::exchange::Exchange;
use crate::market::interval::SECOND_US;
use crate::market::statistics::Day;

/// The shared state. Each lock in it is held for a moment only, never across a wait.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) exchange: Exchange,
    pub(crate) dials: Dials,
    pub(crate) faults: Faults,
    pub(crate) tally: Tally,
    connects: Mutex<VecDeque<Instant>>,
    /// Days by pair, remade once a second: every ticker of every socket asks for the same.
    days: Mutex<HashMap<usize, (i64, Option<Day>)>>,
}

impl Stage {
    pub(super) fn new(exchange: Exchange, dials: Dials) -> Arc<Self> {
        Arc::new(Self {
            exchange,
            dials,
            faults: Faults::default(),
            tally: Tally::default(),
            connects: Mutex::default(),
            days: Mutex::default(),
        })
    }

    /// What time it is.
    pub(crate) fn now_us(&self) -> i64 {
        self.exchange.now_us()
    }

    /// Counts an attempt to connect; false where it is one too many within `window`.
    pub(crate) fn admits_connect(&self, most: usize, window: Duration) -> bool {
        let now = Instant::now();
        let mut connects = self.connects.lock().unwrap_or_else(PoisonError::into_inner);
        while connects.front().is_some_and(|at| now.duration_since(*at) > window) {
            connects.pop_front();
        }
        let admitted = connects.len() < most;
        if admitted {
            connects.push_back(now);
        }
        admitted
    }

    /// The last 24 hours of a pair, as tickers have them: anew each second.
    pub(crate) fn day(&self, pair: usize) -> Option<Day> {
        let now_us = self.now_us();
        let second = now_us.div_euclid(SECOND_US);
        let known = self.days.lock().unwrap_or_else(PoisonError::into_inner).get(&pair).copied();
        if let Some((_, day)) = known.filter(|(made, _)| *made == second) {
            return day;
        }
        let day = Day::until(&self.exchange.ledgers[pair], now_us);
        self.days.lock().unwrap_or_else(PoisonError::into_inner).insert(pair, (second, day));
        day
    }
}
