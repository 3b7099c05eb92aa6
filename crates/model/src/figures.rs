//! Changes of price in percent, rounded for the eye. Nothing is decided by them.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::{Price, Shift};

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

/// A price moved up or down by a shift, with as many decimals as it has, or more where it would not move otherwise.
/// Rounded on, so that it has moved by the shift at least. `None` where nothing is left of it, or it is beyond what a
/// price may be.
#[must_use]
pub fn moved(from: Price, by: Shift, up: bool) -> Option<Price> {
    let base = from.to_decimal();
    let step = match by {
        Shift::Percent(percent) => {
            let share = Decimal::new(i64::from(percent.ten_thousandths()), 6);
            base.checked_mul(share)?
        }
        Shift::Amount(amount) => amount.to_decimal(),
    };
    let moved = if up { base.checked_add(step)? } else { base.checked_sub(step)? };
    let decimals = base.scale().max(step.scale().min(2));
    let on = if up { RoundingStrategy::AwayFromZero } else { RoundingStrategy::ToZero };
    let rounded = moved.round_dp_with_strategy(decimals, on);
    let shown = if rounded.is_zero() { moved.round_sf_with_strategy(6, on)? } else { rounded };
    shown.normalize().to_string().parse().ok()
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
    fn a_price_is_moved_by_percent_or_by_an_amount() {
        let check = |from: &str, by: Shift, up: bool, expected: Option<&str>| {
            let moved = moved(from.parse().unwrap(), by, up).map(|moved| moved.to_string());
            assert_eq!(moved.as_deref(), expected);
        };
        let percent = |text: &str| Shift::Percent(text.parse().unwrap());
        check("33004.5", percent("5"), true, Some("34654.73"));
        check("33004.5", percent("5"), false, Some("31354.27"));
        check("100", percent("0.01"), true, Some("100.01"));
        check("3", percent("0.4"), true, Some("3.02"));
        check("0.01", percent("99.5"), false, Some("0.00005"));
        check("0.00001234", percent("10"), true, Some("0.00001358"));
        check("100", Shift::Amount("0.5".parse().unwrap()), false, Some("99.5"));
        check("100", Shift::Amount("100".parse().unwrap()), false, None);
        check("100", percent("100"), false, None);
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
