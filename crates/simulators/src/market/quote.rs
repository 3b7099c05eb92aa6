//! Bids and asks around the last trade. They are drawn, not matched: plausible, and the same every time.

use super::fixed::Fixed;
use super::ledger::Ledger;
use super::noise::Noise;
use super::trade::Trade;

/// One price with what is offered at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) price: Fixed,
    pub(crate) quantity: Fixed,
}

/// The order book, best prices first.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    /// Grows with every trade.
    pub(crate) update_id: u64,
    pub(crate) bids: Vec<Level>,
    pub(crate) asks: Vec<Level>,
}

impl Book {
    /// The best `depth` levels of each side. Empty before the first trade.
    pub(crate) fn of(ledger: &Ledger, depth: usize) -> Self {
        ledger.last().map_or_else(
            || Self { update_id: 0, bids: Vec::new(), asks: Vec::new() },
            |last| Self::around(&last, ledger, depth),
        )
    }

    /// The book that a trade leaves behind: it took from one side, the other is a tick away.
    pub(crate) fn around(last: &Trade, ledger: &Ledger, depth: usize) -> Self {
        let (tick, step) = (ledger.symbol.tick, ledger.symbol.step);
        let down = |price: Fixed| Fixed::from_units(price.units() - tick.units());
        let best_bid = if last.buyer_is_maker { last.price } else { down(last.price) };
        let mut draws = Noise::new(last.id).part(&ledger.symbol.name).at(0);
        let mut level = |price: i64| {
            let lots = i64::try_from(1 + draws.below(400) * draws.below(50)).unwrap_or(1);
            Level { price: Fixed::from_units(price), quantity: Fixed::from_units(lots * step.units()) }
        };
        let steps = (0..i64::try_from(depth).unwrap_or(i64::MAX)).map(|nth| nth * tick.units());
        let bids = steps.clone().map(|below| best_bid.units() - below).take_while(|price| *price > 0);
        let bids = bids.map(&mut level).collect();
        let asks = steps.map(|above| level(best_bid.units() + tick.units() + above)).collect();
        Self { update_id: last.id, bids, asks }
    }
}
