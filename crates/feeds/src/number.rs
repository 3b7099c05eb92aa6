//! Prices out of JSON numbers, by their text: exact, whatever a binary fraction would make of them.

use bellwether_model::{DecimalError, Price};

/// The price that a JSON number states, an exponent included: small prices come as `8.42e-6`.
pub(crate) fn price(text: &str) -> Result<Price, DecimalError> {
    match text.find(['e', 'E']) {
        None => text.parse(),
        Some(at) => scientific(&text[..at], &text[at + 1..]),
    }
}

fn scientific(mantissa: &str, exponent: &str) -> Result<Price, DecimalError> {
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().map_err(|_| DecimalError::Syntax)?;
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(DecimalError::Syntax);
    }
    let point = i32::try_from(whole.len()).ok().and_then(|whole| whole.checked_add(exponent));
    let plain = match point.ok_or(DecimalError::TooManyDigits)? {
        // Further zeros than any price has; written out they would only take memory.
        point if !(-40..=80).contains(&point) => return Err(DecimalError::TooManyDigits),
        point if point <= 0 => format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        point => match digits.split_at_checked(point.unsigned_abs() as usize) {
            Some((whole, "")) => whole.to_owned(),
            Some((whole, fraction)) => format!("{whole}.{fraction}"),
            None => format!("{digits:0<width$}", width = point.unsigned_abs() as usize),
        },
    };
    plain.parse()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_to_the_last_digit() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(price(text).ok().map(|price| price.to_string()).as_deref(), expected, "{text}");
        };
        check("91250.1", Some("91250.1"));
        check("0.00000842", Some("0.00000842"));
        check("8.42e-6", Some("0.00000842"));
        check("8.42E-06", Some("0.00000842"));
        check("842e-8", Some("0.00000842"));
        check("1e5", Some("100000"));
        check("1.25e+3", Some("1250"));
        check("1.25e1", Some("12.5"));
        check("123456789.123456789", Some("123456789.123456789"));
        for text in [
            "",
            "e5",
            ".e5",
            "1e",
            "1e5.0",
            "-1",
            "-1e5",
            "0",
            "0e0",
            "1e999999999999",
            "1e-60",
            "1e60",
            "1e2e3",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn an_exponent_only_moves_the_point(digits in 1u64..1 << 50, shift in 0u32..12) {
            let moved = format!("{digits}e-{shift}");
            prop_assert_eq!(price(&moved), Price::from_parts(u128::from(digits), shift));
        }

        #[test]
        fn any_text_is_survived(text in "[0-9eE.+-]{0,24}|\\PC{0,8}") {
            let _ = price(&text);
        }
    }
}
