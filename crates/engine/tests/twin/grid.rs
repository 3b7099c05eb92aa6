//! The prices that a script draws from: few, so that ticks hit thresholds, bounds and windows' extremes
//! exactly and often.

use bellwether_model::Price;

/// A handful of prices in ascending order, and amounts by which they differ.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    pub(crate) prices: Vec<Price>,
    pub(crate) amounts: Vec<Price>,
}

impl Grid {
    /// 95, 96, ... 105.
    pub(crate) fn whole() -> Self {
        Self::steps(95, 1, 0)
    }

    /// Prices a percent, two, five, ten, twenty apart: 0.80, 0.90, ... 1.20.
    pub(crate) fn round_percentages() -> Self {
        Self::read(
            &["0.8", "0.9", "0.95", "0.99", "0.999999", "1", "1.000001", "1.01", "1.05", "1.1", "1.2"],
            &["0.1", "0.05", "0.000001"],
        )
    }

    /// Eleven times the smallest price that there is.
    pub(crate) fn smallest() -> Self {
        Self::steps(1, 1, 18)
    }

    /// Prices of 28 digits that differ in the last.
    pub(crate) fn longest() -> Self {
        Self::steps(9_999_999_999_999_999_999_999_999_980, 1, 18)
    }

    /// Quotes of 20 decimals and their midpoints, and the smallest steps that there are.
    pub(crate) fn quoted() -> Self {
        Self::read(
            &[
                "0.0000000000000000000000000001",
                "0.0000000000000000000000000002",
                "0.00001114797741541687",
                "0.00001115258171168862",
                "0.00001115718600796037",
                "0.0000111571860079603700000001",
                "7.922816251426433759354395033",
                "20.37921400954231018187",
                "20.38149742569266659247",
                "20.381497425692666592475",
                "20.38378084184302300307",
            ],
            &["0.000000000000000001", "0.000000000460429627175", "20.381497425692666592475"],
        )
    }

    /// From the smallest to the greatest price.
    pub(crate) fn mixed() -> Self {
        Self::read(
            &[
                "0.000000000000000001",
                "0.00000000000000001",
                "37.5375375375375375375",
                "37.537537537537537538",
                "37.5375375375375375385",
                "33000",
                "33000.000000000000000001",
                "18446744073709551615",
                "18446744073709551616",
                "9999999999999999999999999998",
                "9999999999999999999999999999",
            ],
            &["0.000000000000000001", "1", "32962.462462462462462462", "9999999999999999999999966999"],
        )
    }

    fn steps(first: u128, step: u128, decimals: u32) -> Self {
        let price = |digits| Price::from_parts(digits, decimals).expect("a price within its limits");
        Self {
            prices: (0..11).map(|n| price(first + n * step)).collect(),
            amounts: [1, 2, 5].map(|n| price(n * step)).to_vec(),
        }
    }

    fn read(prices: &[&str], amounts: &[&str]) -> Self {
        let read = |text: &&str| text.parse().expect("a price within its limits");
        Self { prices: prices.iter().map(read).collect(), amounts: amounts.iter().map(read).collect() }
    }
}
