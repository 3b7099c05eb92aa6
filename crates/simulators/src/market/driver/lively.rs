//! The seeded process, going on from where the past ends.

use std::collections::VecDeque;

use super::Dials;
use crate::market::exchange::{Exchange, Numbering};
use crate::market::interval::MINUTE_US;
use crate::market::trade::Trade;

/// Per pair the trades of the running minute that are not due yet.
#[derive(Debug)]
pub(crate) struct Lively {
    pairs: Vec<Upcoming>,
}

#[derive(Debug)]
struct Upcoming {
    pair: usize,
    minute: i64,
    trades: VecDeque<Trade>,
}

impl Lively {
    /// Goes on after `now_us`.
    pub(crate) fn new(exchange: &Exchange, now_us: i64) -> Self {
        let minute = now_us.div_euclid(MINUTE_US);
        let pairs = exchange.ledgers.iter().enumerate().filter_map(|(pair, ledger)| {
            let trades = ledger.process()?.trades(minute);
            let trades = trades.into_iter().filter(|trade| trade.time_us > now_us).collect();
            Some(Upcoming { pair, minute, trades })
        });
        Self { pairs: pairs.collect() }
    }

    /// Makes the trades that are due. While the market is paused they are left out for good.
    pub(super) fn beat(&mut self, exchange: &Exchange, dials: &Dials) {
        let now_us = exchange.now_us();
        let paused = dials.is_paused();
        for upcoming in &mut self.pairs {
            while let Some(trade) = upcoming.due(exchange, now_us) {
                if !paused {
                    let tick = exchange.ledgers[upcoming.pair].symbol.tick;
                    let price = dials.nudge_of(upcoming.pair).apply(trade.price, tick, now_us);
                    exchange.append(upcoming.pair, Trade { price, ..trade }, Numbering::Next);
                }
            }
        }
    }
}

impl Upcoming {
    fn due(&mut self, exchange: &Exchange, now_us: i64) -> Option<Trade> {
        loop {
            match self.trades.front() {
                Some(next) if next.time_us <= now_us => return self.trades.pop_front(),
                Some(_) => return None,
                None if (self.minute + 1) * MINUTE_US > now_us => return None,
                None => {
                    self.minute += 1;
                    let process = exchange.ledgers[self.pair].process()?;
                    self.trades = process.trades(self.minute).into();
                }
            }
        }
    }
}
