//! What happened in a stretch of time: first, highest, lowest, last price, and how much was traded.

use super::fixed::{Fixed, Volume};
use super::trade::Trade;

/// The sum of the trades of one stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candle {
    pub(crate) open: Fixed,
    pub(crate) high: Fixed,
    pub(crate) low: Fixed,
    pub(crate) close: Fixed,
    pub(crate) volume: Volume,
    pub(crate) quote_volume: Volume,
    pub(crate) taker_volume: Volume,
    pub(crate) taker_quote_volume: Volume,
    pub(crate) first_trade: u64,
    pub(crate) last_trade: u64,
    pub(crate) last_quantity: Fixed,
    /// Single trades. Zero for a stretch in which the price only stood.
    pub(crate) trades: u64,
}

impl Candle {
    /// The candle of one trade.
    pub(crate) fn of(trade: &Trade) -> Self {
        let volume = Volume::from(trade.quantity);
        let quote_volume = trade.price.times(trade.quantity);
        let none = Volume::default();
        Self {
            open: trade.price,
            high: trade.price,
            low: trade.price,
            close: trade.price,
            volume,
            quote_volume,
            taker_volume: if trade.buyer_is_maker { none } else { volume },
            taker_quote_volume: if trade.buyer_is_maker { none } else { quote_volume },
            first_trade: trade.first_trade,
            last_trade: trade.last_trade,
            last_quantity: trade.quantity,
            trades: trade.trade_count(),
        }
    }

    /// Takes in one trade more. The same as [`Candle::then`] with its candle, for the millions of a year.
    fn add(&mut self, trade: &Trade) {
        let volume = Volume::from(trade.quantity);
        let quote_volume = trade.price.times(trade.quantity);
        self.high = self.high.max(trade.price);
        self.low = self.low.min(trade.price);
        self.close = trade.price;
        self.volume += volume;
        self.quote_volume += quote_volume;
        if !trade.buyer_is_maker {
            self.taker_volume += volume;
            self.taker_quote_volume += quote_volume;
        }
        self.last_trade = trade.last_trade;
        self.last_quantity = trade.quantity;
        self.trades += trade.trade_count();
    }

    /// The candle of a stretch without a trade: the price stood where it was.
    pub(crate) fn flat(price: Fixed) -> Self {
        Self {
            open: price,
            high: price,
            low: price,
            close: price,
            volume: Volume::default(),
            quote_volume: Volume::default(),
            taker_volume: Volume::default(),
            taker_quote_volume: Volume::default(),
            first_trade: 0,
            last_trade: 0,
            last_quantity: Fixed::default(),
            trades: 0,
        }
    }

    /// Both stretches as one; `later` comes after `self`.
    pub(crate) fn then(self, later: Self) -> Self {
        Self {
            open: self.open,
            high: self.high.max(later.high),
            low: self.low.min(later.low),
            close: later.close,
            volume: self.volume + later.volume,
            quote_volume: self.quote_volume + later.quote_volume,
            taker_volume: self.taker_volume + later.taker_volume,
            taker_quote_volume: self.taker_quote_volume + later.taker_quote_volume,
            first_trade: self.first_trade,
            last_trade: later.last_trade,
            last_quantity: later.last_quantity,
            trades: self.trades + later.trades,
        }
    }

    /// Sums up candles in the order of time.
    pub(crate) fn join(candles: impl IntoIterator<Item = Self>) -> Option<Self> {
        candles.into_iter().reduce(Self::then)
    }
}

/// Sums up trades in the order of time.
pub(crate) fn sum_up<'a>(trades: impl IntoIterator<Item = &'a Trade>) -> Option<Candle> {
    let mut trades = trades.into_iter();
    let mut candle = Candle::of(trades.next()?);
    trades.for_each(|trade| candle.add(trade));
    Some(candle)
}
