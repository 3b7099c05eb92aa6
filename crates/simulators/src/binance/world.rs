//! What all parts of one simulated Binance share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::counters::Tally;
use super::fault::Faults;
use super::limits::Limits;
use super::market::driver::Dials;
use super::market::exchange::Exchange;
use super::market::interval::SECOND_US;
use super::market::statistics::Day;
use super::rest::weight::Scale;

/// The stretch over which connection attempts are counted.
const CONNECT_WINDOW: Duration = Duration::from_mins(5);

/// The shared state. Each lock in it is held for a moment only, never across a wait.
#[derive(Debug)]
pub(super) struct World {
    pub(super) exchange: Exchange,
    pub(super) dials: Dials,
    pub(super) limits: Limits,
    pub(super) faults: Faults,
    pub(super) tally: Tally,
    pub(super) scale: Scale,
    connects: Mutex<VecDeque<Instant>>,
    /// Days by pair, remade once a second: every ticker of every socket asks for the same.
    days: Mutex<HashMap<usize, (i64, Option<Day>)>>,
}

impl World {
    pub(super) fn new(exchange: Exchange, dials: Dials, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            exchange,
            dials,
            scale: Scale::new(limits.clone()),
            limits,
            faults: Faults::default(),
            tally: Tally::default(),
            connects: Mutex::default(),
            days: Mutex::default(),
        })
    }

    /// What time it is.
    pub(super) fn now_us(&self) -> i64 {
        self.exchange.clock.now_us()
    }

    /// Counts an attempt to connect; false where it is one too many.
    pub(super) fn admits_connect(&self) -> bool {
        let now = Instant::now();
        let mut connects = self.connects.lock().unwrap_or_else(PoisonError::into_inner);
        while connects.front().is_some_and(|at| now.duration_since(*at) > CONNECT_WINDOW) {
            connects.pop_front();
        }
        let admitted = connects.len() < self.limits.connects;
        if admitted {
            connects.push_back(now);
        }
        admitted
    }

    /// The last 24 hours of a pair, as the venue's tickers have them: anew each second.
    pub(super) fn day(&self, pair: usize) -> Option<Day> {
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
