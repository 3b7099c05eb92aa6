//! Amounts of money in hundredths, and the fixed rates by which sites tell prices of other sites' items.

/// Hundredths of a currency, from a text with at most two decimals that count.
pub(super) fn cents(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() || whole.len() > 12 || fraction.len() > 2 || !plain(whole) || !plain(fraction) {
        return None;
    }
    let hundredths: i64 = format!("{fraction:0<2}").parse().ok()?;
    whole.parse::<i64>().ok().map(|whole| whole * 100 + hundredths)
}

/// As eBay writes amounts: always two decimals.
pub(super) fn text(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// An amount in another currency, rounded down; nothing where a currency has no rate.
pub(super) fn converted(cents: i64, from: &str, to: &str) -> Option<i64> {
    if from == to {
        return Some(cents);
    }
    Some(cents * rate(from)? / rate(to)?)
}

/// Hundredths of a dollar that one is worth.
fn rate(currency: &str) -> Option<i64> {
    match currency {
        "USD" => Some(100),
        "GBP" => Some(131),
        "EUR" => Some(115),
        "CAD" => Some(71),
        "AUD" => Some(65),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written() {
        let check = |amount: &str, expected: Option<i64>| assert_eq!(cents(amount), expected, "{amount}");
        check("84.90", Some(8_490));
        check("84.9", Some(8_490));
        check("84", Some(8_400));
        check("0.05", Some(5));
        check("10.500", Some(1_050));
        for bad in ["", ".5", "-1", "1e3", "0.005", "1,5", "9999999999999"] {
            check(bad, None);
        }
        assert_eq!([text(5), text(8_490), text(120_000)], ["0.05", "84.90", "1200.00"]);
    }

    #[test]
    fn other_currencies_are_told_at_fixed_rates() {
        assert_eq!(converted(10_000, "GBP", "USD"), Some(13_100));
        assert_eq!(converted(13_100, "USD", "GBP"), Some(10_000));
        assert_eq!(converted(777, "EUR", "EUR"), Some(777));
        assert_eq!(converted(777, "XYZ", "EUR"), None);
    }
}
