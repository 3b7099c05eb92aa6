//! All pairs together: where trades are made known, and where everyone listens for them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use tokio::sync::broadcast;

use super::fixed::Fixed;
use super::ledger::Ledger;
use super::trade::Trade;
use crate::Clock;

/// Trades that wait for the slowest socket. One that falls further behind is cut off, as the venue does.
const BACKLOG: usize = 32_768;

/// Where unthrottled replay waits for the slowest socket.
const FULL: usize = BACKLOG / 2;

/// How many times too high a garbled price is.
pub(crate) const GARBLED: i64 = 1_000;

/// A trade of the pair with that index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traded {
    pub(crate) pair: usize,
    pub(crate) trade: Trade,
}

/// Where the ids of an appended trade come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbering {
    /// They follow the last ones.
    Next,
    /// They are the recorded ones, or follow the last ones where a pushed trade has used those.
    Recorded,
}

/// The pairs, and the stream of their trades.
pub(crate) struct Exchange {
    pub(crate) ledgers: Vec<Ledger>,
    by_name: HashMap<String, usize>,
    trades: broadcast::Sender<Traded>,
    /// How many of the next trades nobody is told of.
    swallowed: AtomicU32,
    /// How many of the next prices are told wrongly.
    garbled: AtomicU32,
    clock: Arc<dyn Clock>,
    /// By how much the venue's clock is off.
    skew_us: AtomicI64,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Exchange").field("pairs", &self.ledgers.len()).finish_non_exhaustive()
    }
}

impl Exchange {
    /// An exchange of these pairs.
    pub(crate) fn new(ledgers: Vec<Ledger>, clock: Arc<dyn Clock>) -> Self {
        let names = ledgers.iter().enumerate().map(|(index, ledger)| (ledger.symbol.name.clone(), index));
        let by_name = names.collect();
        Self {
            ledgers,
            by_name,
            trades: broadcast::channel(BACKLOG).0,
            swallowed: AtomicU32::new(0),
            garbled: AtomicU32::new(0),
            clock,
            skew_us: AtomicI64::new(0),
        }
    }

    /// What time it is, as the venue has it.
    pub(crate) fn now_us(&self) -> i64 {
        self.clock.now_us().saturating_add(self.skew_us.load(Ordering::Relaxed))
    }

    /// Sets the venue's clock so far ahead of the right time, or behind it. Times of trades never fall.
    pub(crate) fn skew(&self, skew_us: i64) {
        self.skew_us.store(skew_us, Ordering::Relaxed);
    }

    /// The index of the pair with this upper-case name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Every trade from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Traded> {
        self.trades.subscribe()
    }

    /// Whether the slowest listener is far behind.
    pub(crate) fn is_backed_up(&self) -> bool {
        self.trades.len() >= FULL
    }

    /// Puts a trade on the tape and tells everyone. Ids are given by `numbering`, times never fall.
    pub(crate) fn append(&self, pair: usize, trade: Trade, numbering: Numbering) -> Trade {
        let ledger = &self.ledgers[pair];
        let before = ledger.last();
        let mut tape = ledger.tape();
        // Between the two locks another trade may have come in; the tape's own last one counts.
        let before = tape.last().copied().or(before);
        let trade = number(trade, before, numbering);
        tape.append(trade);
        if !self.swallows() {
            // A venue that streams nothing tells its prices elsewhere.
            let garbles = self.trades.receiver_count() > 0 && self.garbles();
            let price = if garbles { trade.price.times_whole(GARBLED) } else { trade.price };
            // Sent under the lock, so that listeners see the order of the tape. Nobody listening is no fault.
            let _ = self.trades.send(Traded { pair, trade: Trade { price, ..trade } });
        }
        trade
    }

    /// Lets the next so many trades happen without anybody being told.
    pub(crate) fn swallow(&self, trades: u32) {
        self.swallowed.store(trades, Ordering::SeqCst);
    }

    /// Has the next so many prices told wrongly; history has them right.
    pub(crate) fn garble(&self, prices: u32) {
        self.garbled.store(prices, Ordering::SeqCst);
    }

    /// Whether the price that is about to be told is told wrongly. Uses up one.
    pub(crate) fn garbles(&self) -> bool {
        one_less(&self.garbled)
    }

    fn swallows(&self) -> bool {
        one_less(&self.swallowed)
    }

    /// A trade made by hand, now. The taker bought where the price did not fall.
    pub(crate) fn push(&self, pair: usize, price: Fixed, quantity: Fixed) -> Trade {
        let falls = self.ledgers[pair].last().is_some_and(|last| price < last.price);
        let trade = Trade {
            id: 0,
            price,
            quantity,
            first_trade: 0,
            last_trade: 0,
            time_us: self.now_us(),
            buyer_is_maker: falls,
        };
        self.append(pair, trade, Numbering::Next)
    }
}

/// Takes one of those that are left; whether there was one.
fn one_less(left: &AtomicU32) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

fn number(mut trade: Trade, before: Option<Trade>, numbering: Numbering) -> Trade {
    let (next_id, next_trade, earliest) =
        before.map_or((1, 1, i64::MIN), |last| (last.id + 1, last.last_trade + 1, last.time_us));
    let parts = trade.trade_count();
    let keep = numbering == Numbering::Recorded && trade.id >= next_id && trade.first_trade >= next_trade;
    if !keep {
        trade.id = next_id;
        trade.first_trade = next_trade;
        trade.last_trade = next_trade + parts - 1;
    }
    trade.time_us = trade.time_us.max(earliest);
    trade
}
