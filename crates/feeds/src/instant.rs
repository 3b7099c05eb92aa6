//! Times as venues write them: RFC 3339 in UTC, such as `2026-11-21T01:02:03.000451Z`.
//!
//! The model's own reader takes every calendar form and refuses what is finer than a microsecond. Venues
//! write one form, some in nanoseconds, and a feed reads it with every trade.

use bellwether_model::Timestamp;

/// The instant, cut to the microsecond. Nothing for any other form.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.as_bytes();
    let (date_time, fraction) = text.split_first_chunk::<19>()?;
    let [.., b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = date_time else {
        return None;
    };
    let field = |from: usize, to: usize| number(&date_time[from..to]);
    let day = days_since_epoch(field(0, 4)?, field(5, 7)?, field(8, 10)?)?;
    let (hour, minute, second) = (field(11, 13)?, field(14, 16)?, field(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = day * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(Timestamp::from_micros(seconds * 1_000_000 + micros(fraction)?))
}

/// `Z`, or a point, one to nine digits, and `Z`.
fn micros(fraction: &[u8]) -> Option<i64> {
    let fraction = fraction.strip_suffix(b"Z")?;
    if fraction.is_empty() {
        return Some(0);
    }
    let digits = fraction.strip_prefix(b".")?;
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let micros = &digits[..digits.len().min(6)];
    let scale = 10i64.pow(6 - u32::try_from(micros.len()).ok()?);
    Some(number(micros)? * scale)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March so that
/// the leap day comes last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    const MONTH_DAYS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let of_month = MONTH_DAYS.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if day < 1 || day > of_month + i64::from(leap && month == 2) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_instant_is_read_to_the_microsecond() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(instant(text).map(Timestamp::micros), expected, "{text}");
        };
        check("1970-01-01T00:00:00Z", Some(0));
        check("1969-12-31T23:59:59.999999Z", Some(-1));
        check("2026-11-21T10:00:00.123456Z", Some(1_795_255_200_123_456));
        check("2026-11-21T10:00:00.5Z", Some(1_795_255_200_500_000));
        check("2026-11-21T10:00:00.123456789Z", Some(1_795_255_200_123_456));
        check("2024-02-29T00:00:00Z", Some(1_709_164_800_000_000));
        for text in [
            "",
            "2026-11-21",
            "2026-11-21 10:00:00Z",
            "2026-11-21T10:00:00",
            "2026-11-21T10:00:00.Z",
            "2026-11-21T10:00:00.1234567890Z",
            "2026-11-21T10:00:00+00:00",
            "2026-11-21T24:00:00Z",
            "2026-13-21T10:00:00Z",
            "2026-00-21T10:00:00Z",
            "2026-11-31T10:00:00Z",
            "2025-02-29T10:00:00Z",
            "2026-11-2１T10:00:0Z",
            "-026-11-21T10:00:00Z",
        ] {
            check(text, None);
        }
    }

    proptest! {
        /// The calendar library agrees on every day from 1600 to 2400.
        #[test]
        fn every_instant_is_read_as_the_calendar_has_it(micros in -11_670_000_000_000_000i64..13_600_000_000_000_000) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(instant(&time.to_string()), Some(time));
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,30}|[0-9T:.Z-]{0,30}") {
            let _ = instant(&text);
        }
    }
}
