//! Figures of several prices, rounded from their exact values.

use bellwether_model::{Price, limits};

use crate::exact::Exact;

/// Decimals of a mean.
const MEAN_DECIMALS: u32 = 2;

/// By how many percent a price moved, rounded half up to two decimals, without a sign and without trailing
/// zeros; nothing where the figure is beyond any sense.
pub(crate) fn percent(was: Price, now: Price) -> Option<String> {
    hundredths(was, now).map(of_hundredths)
}

/// The same in hundredths of a percent.
pub(crate) fn hundredths(was: Price, now: Price) -> Option<u128> {
    let (low, high) = if was < now { (was, now) } else { (now, was) };
    let Some(moved) = Exact::from(high).minus(Exact::from(low)) else { return Some(0) };
    moved.quotient(Exact::from(was), 4)
}

/// Hundredths as a decimal without trailing zeros.
pub(crate) fn of_hundredths(hundredths: u128) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The price in the middle of some in order, exactly between the two where there are two.
pub(crate) fn median(sorted: &[Price]) -> Option<Price> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get((sorted.len() / 2).checked_sub(1)?)?;
    // Where no price is exactly between them, the lower one is as good.
    Some(Price::midpoint(lower, upper).unwrap_or(lower))
}

/// The mean, rounded half up to the cent; below a cent, to two digits.
pub(crate) fn mean(prices: &[Price]) -> Option<Price> {
    let sum = prices.iter().map(|price| Exact::from(*price)).reduce(Exact::plus)?;
    let tiny = sum < Exact::new(u128::try_from(prices.len()).ok()?, MEAN_DECIMALS);
    mean_of(prices, if tiny { 10 } else { 1 })
}

/// The mean, rounded half up to the cent, or to as many decimals more as it takes for its digits to be `least` as a
/// whole number.
pub(crate) fn mean_of(prices: &[Price], least: u128) -> Option<Price> {
    let count = Exact::new(u128::try_from(prices.len()).ok()?, 0);
    let sum = prices.iter().map(|price| Exact::from(*price)).reduce(Exact::plus)?;
    // With fewer decimals only where the digits would be too many for a price.
    let mut decimals = (MEAN_DECIMALS..=limits::QUOTE_DECIMALS).chain((0..MEAN_DECIMALS).rev());
    decimals.find_map(|decimals| {
        let digits = sum.quotient(count, decimals).filter(|digits| *digits >= least)?;
        Price::from_parts(digits, decimals).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices(texts: &[&str]) -> Vec<Price> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn percentages_are_rounded_half_up_to_two_decimals() {
        let check = |was: &str, now: &str, expected: &str| {
            assert_eq!(percent(was.parse().unwrap(), now.parse().unwrap()).as_deref(), Some(expected));
        };
        check("100", "98", "2");
        check("100", "98.01", "1.99");
        check("100", "87.655", "12.35");
        check("100", "87.6551", "12.34");
        check("3", "2", "33.33");
        check("3", "1", "66.67");
        check("1", "251.5", "25050");
        check("100", "99.999", "0");
        check("5", "5", "0");
        let absurd =
            percent("0.0000000000000000000000000001".parse().unwrap(), "9999999999999999".parse().unwrap());
        assert_eq!(absurd, None);
    }

    #[test]
    fn the_median_is_exactly_in_the_middle() {
        let check = |texts: &[&str], expected: Option<&str>| {
            assert_eq!(median(&prices(texts)).map(|price| price.to_string()).as_deref(), expected);
        };
        check(&[], None);
        check(&["5"], Some("5"));
        check(&["5", "6"], Some("5.5"));
        check(&["5", "5.01", "9"], Some("5.01"));
        check(&["1", "0.01", "0.02", "9"], Some("0.015"));
    }

    #[test]
    fn the_mean_is_rounded_half_up_to_the_cent() {
        let check = |texts: &[&str], expected: Option<&str>| {
            assert_eq!(mean(&prices(texts)).map(|price| price.to_string()).as_deref(), expected, "{texts:?}");
        };
        check(&[], None);
        check(&["10", "20"], Some("15"));
        check(&["10", "10", "11"], Some("10.33"));
        check(&["0.01", "0.02"], Some("0.02"));
        check(&["0.004", "0.005"], Some("0.0045"));
        check(&["0.00001234", "0.00001235"], Some("0.000012"));
        check(&["9999999999999999999999999999", "0.01"], Some("4999999999999999999999999999.5"));
    }
}
