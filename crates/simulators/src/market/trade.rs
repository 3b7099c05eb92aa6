//! A trade. Where the venue aggregates, it stands for several single ones.

use super::fixed::Fixed;

/// A trade as the venue numbers them. At Binance these are aggregates: fills of one taker order at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Grows by one per symbol, without holes.
    pub id: u64,
    /// Quote units per base unit.
    pub price: Fixed,
    /// Base units, all fills together.
    pub quantity: Fixed,
    /// Id of the first single trade.
    pub first_trade: u64,
    /// Id of the last single trade.
    pub last_trade: u64,
    /// When, in microseconds since the Unix epoch.
    pub time_us: i64,
    /// True where the taker sold.
    pub buyer_is_maker: bool,
}

/// One fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SingleTrade {
    pub(crate) id: u64,
    pub(crate) quantity: Fixed,
}

impl Trade {
    /// How many single trades it stands for.
    pub(crate) const fn trade_count(&self) -> u64 {
        self.last_trade - self.first_trade + 1
    }

    /// The single trades: the quantity in equal parts of whole steps, and the last one has the rest.
    pub(crate) fn singles(self, step: Fixed) -> impl DoubleEndedIterator<Item = SingleTrade> {
        let count = i64::try_from(self.trade_count()).unwrap_or(i64::MAX);
        let step = step.units().max(1);
        let share = self.quantity.units() / step / count * step;
        (self.first_trade..=self.last_trade).map(move |id| {
            let units =
                if id == self.last_trade { self.quantity.units() - share * (count - 1) } else { share };
            SingleTrade { id, quantity: Fixed::from_units(units) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_make_up_the_whole() {
        let whole = Trade {
            id: 1,
            price: "10".parse().unwrap(),
            quantity: "0.00010".parse().unwrap(),
            first_trade: 40,
            last_trade: 42,
            time_us: 0,
            buyer_is_maker: false,
        };
        let parts: Vec<_> = whole.singles("0.00001".parse().unwrap()).collect();
        let quantities: Vec<_> = parts.iter().map(|part| part.quantity.to_string()).collect();
        assert_eq!(quantities, ["0.00003000", "0.00003000", "0.00004000"]);
        assert_eq!(parts.iter().map(|part| part.id).collect::<Vec<_>>(), [40, 41, 42]);
    }
}
