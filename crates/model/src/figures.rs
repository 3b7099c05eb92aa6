//! Changes of price in percent, rounded for the eye. Nothing is decided by them.

use rust_decimal::Decimal;

use crate::Price;

/// The change from one price to another, as "+5.01 %" or "−0.014 %"; `None` where nothing changed or
/// the figure is beyond any sense.
#[must_use]
pub fn change(from: Price, to: Price) -> Option<String> {
    let percent = percent(from, to)?;
    let sign = if percent.is_sign_negative() { '−' } else { '+' };
    Some(format!("{sign}{} %", rounded(percent.abs())?))
}

/// The size of the change from one price to another, as "5.01 %".
#[must_use]
pub fn size(from: Price, to: Price) -> Option<String> {
    Some(format!("{} %", rounded(percent(from, to)?.abs())?))
}

/// The absolute difference of two prices that are not equal.
#[must_use]
pub fn difference(from: Price, to: Price) -> Option<Price> {
    let (low, high) = if from < to { (from, to) } else { (to, from) };
    let difference = high.to_decimal().checked_sub(low.to_decimal())?;
    difference.to_string().parse().ok()
}

fn percent(from: Price, to: Price) -> Option<Decimal> {
    let from = from.to_decimal();
    let percent = to.to_decimal().checked_sub(from)?.checked_div(from)?.checked_mul(Decimal::ONE_HUNDRED)?;
    (!percent.is_zero()).then_some(percent)
}

/// Two decimals, and below one percent two significant digits.
fn rounded(percent: Decimal) -> Option<String> {
    let rounded = if percent >= Decimal::ONE { percent.round_dp(2) } else { percent.round_sf(2)? };
    Some(rounded.normalize().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_rounded_for_the_eye() {
        let check = |from: &str, to: &str, expected: Option<&str>| {
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            assert_eq!(change(from, to).as_deref(), expected, "{from} to {to}");
        };
        check("100", "105.0123", Some("+5.01 %"));
        check("100", "98", Some("−2 %"));
        check("32999.9", "33004.5", Some("+0.014 %"));
        check("10000", "10000.01", Some("+0.0001 %"));
        check("3", "1", Some("−66.67 %"));
        check("1", "251.5", Some("+25050 %"));
        check("0.00001234", "0.00001235", Some("+0.081 %"));
        check("5", "5", None);
        check("0.000000000000000001", "9999999999999999999999999999", None);
    }

    #[test]
    fn a_difference_has_no_sign() {
        let check = |a: &str, b: &str, expected: Option<&str>| {
            let text = difference(a.parse().unwrap(), b.parse().unwrap()).map(|d| d.to_string());
            assert_eq!(text.as_deref(), expected);
        };
        check("100", "98.5", Some("1.5"));
        check("98.5", "100", Some("1.5"));
        check("7", "7", None);
    }
}
