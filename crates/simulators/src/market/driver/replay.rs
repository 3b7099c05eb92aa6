//! A recording, played at a chosen speed.

use std::sync::atomic::Ordering;

use super::Dials;
use crate::market::exchange::{Exchange, Numbering};
use crate::market::fixed::{as_f64, rounded};
use crate::market::trade::Trade;
use crate::venue::config::{Speed, Stamps};

/// Trades made in one beat at most, so that sockets have their turn.
const BURST: usize = 2_048;

/// How a recording is played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Playback {
    pub(crate) speed: Speed,
    pub(crate) stamps: Stamps,
}

impl Playback {
    /// The time that a trade before the start of playing carries.
    pub(crate) const fn stamp_history(self, trade: &Trade, origin_us: i64, now_us: i64) -> i64 {
        match self.stamps {
            Stamps::Recorded => trade.time_us,
            Stamps::ShiftedToNow => now_us - (origin_us - trade.time_us),
        }
    }
}

/// A recording under way.
#[derive(Debug)]
pub(crate) struct Replaying {
    trades: std::vec::IntoIter<(usize, Trade)>,
    playback: Playback,
    /// The recording's time at which playing starts.
    origin_us: i64,
    /// How much of the recording's time has been played.
    played_us: f64,
    last_beat_us: i64,
}

impl Replaying {
    /// Plays `trades`, whose first one is due at once, from `now_us` on.
    pub(crate) fn new(trades: Vec<(usize, Trade)>, playback: Playback, now_us: i64) -> Self {
        let origin_us = trades.first().map_or(0, |(_, trade)| trade.time_us);
        Self { trades: trades.into_iter(), playback, origin_us, played_us: 0.0, last_beat_us: now_us }
    }

    /// Makes the trades that are due. While paused, the recording's time stands still.
    pub(super) fn beat(&mut self, exchange: &Exchange, dials: &Dials) {
        let now_us = exchange.now_us();
        let elapsed = as_f64(now_us - self.last_beat_us);
        self.last_beat_us = now_us;
        if dials.is_paused() {
            return;
        }
        if let Speed::Times(factor) = self.playback.speed {
            self.played_us += elapsed * factor;
        }
        for _ in 0..BURST {
            // Unthrottled, the slowest reader sets the pace, and nobody loses a trade.
            if self.playback.speed == Speed::Unthrottled && exchange.is_backed_up() {
                break;
            }
            let Some((pair, trade)) = self.trades.as_slice().first().copied() else { break };
            if !self.is_due(&trade) {
                break;
            }
            self.trades.next();
            let time_us = self.stamp(&trade, now_us);
            exchange.append(pair, Trade { time_us, ..trade }, Numbering::Recorded);
        }
        dials.remaining.store(u64::try_from(self.trades.len()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    fn is_due(&self, trade: &Trade) -> bool {
        match self.playback.speed {
            Speed::Unthrottled => true,
            Speed::Times(_) => as_f64(trade.time_us - self.origin_us) <= self.played_us,
        }
    }

    fn stamp(&self, trade: &Trade, now_us: i64) -> i64 {
        match (self.playback.stamps, self.playback.speed) {
            (Stamps::Recorded, _) => trade.time_us,
            (Stamps::ShiftedToNow, Speed::Unthrottled) => now_us,
            (Stamps::ShiftedToNow, Speed::Times(factor)) => {
                let ago = (self.played_us - as_f64(trade.time_us - self.origin_us)) / factor;
                now_us - rounded(ago)
            }
        }
    }
}
