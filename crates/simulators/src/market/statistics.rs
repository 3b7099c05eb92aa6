//! The rolling 24 hours of a pair, as venues' tickers tell them.

use super::candle::Candle;
use super::fixed::Fixed;
use super::interval::{DAY_US, MINUTE_US};
use super::ledger::Ledger;

/// What happened within a day up to now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    /// Where the window begins. It moves in whole minutes, of which candles are kept.
    pub(crate) open_us: i64,
    pub(crate) close_us: i64,
    /// The price of the last trade before the window.
    pub(crate) before: Fixed,
    pub(crate) sum: Candle,
}

impl Day {
    /// The day up to `now_us`. None where there never was a trade.
    pub(crate) fn until(ledger: &Ledger, now_us: i64) -> Option<Self> {
        let open_us = (now_us - DAY_US).div_euclid(MINUTE_US) * MINUTE_US + MINUTE_US;
        let end_us = now_us.div_euclid(MINUTE_US) * MINUTE_US + MINUTE_US;
        let before = ledger.price_before(open_us);
        let sum = ledger.sum(open_us, end_us).or_else(|| before.map(Candle::flat))?;
        Some(Self { open_us, close_us: now_us, before: before.unwrap_or(sum.open), sum })
    }

    /// The price change over the window.
    pub(crate) fn change(&self) -> Fixed {
        Fixed::from_units(self.sum.close.units() - self.sum.open.units())
    }

    /// The same in percent, with three decimals as Binance prints it.
    pub(crate) fn change_percent(&self) -> String {
        let percent = self.change().approximate() / self.sum.open.approximate() * 100.0;
        format!("{:.3}", if percent.is_finite() { percent } else { 0.0 })
    }

    /// Money by quantity.
    pub(crate) fn average(&self) -> Fixed {
        self.sum.quote_volume.per(self.sum.volume)
    }
}
