//! Conditions and numbers in words, the same in mails, in the interface and on the command line.

use crate::product::Money;
use crate::{Condition, Direction, Event, Part, Price, Repeat, Shift, Side, Span, State};

/// What the condition says of its instrument's price, to follow the instrument's name:
/// "reaches 33,000", "is above 102 for 10 seconds".
#[must_use]
pub fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Event(event) => match event {
            Event::Crossing { price } => format!("reaches {}", number(*price)),
            Event::CrossingUp { price } => format!("rises to {}", number(*price)),
            Event::CrossingDown { price } => format!("falls to {}", number(*price)),
            Event::EnteringChannel { low, high } => format!("enters {}", range(*low, *high)),
            Event::ExitingChannel { low, high } => format!("leaves {}", range(*low, *high)),
        },
        Condition::State { state: held, hold: None } => state(held),
        Condition::State { state: held, hold: Some(hold) } => format!("{} for {}", state(held), span(*hold)),
        Condition::Silent { span: without } => format!("goes without a trade for {}", span(*without)),
    }
}

/// What a state says of its instrument's price.
#[must_use]
pub fn state(state: &State) -> String {
    match state {
        State::Above { price, reset: None } => format!("is at or above {}", number(*price)),
        State::Above { price, reset: Some(reset) } => {
            format!("is at or above {} (again after falling below {})", number(*price), number(*reset))
        }
        State::Below { price, reset: None } => format!("is at or below {}", number(*price)),
        State::Below { price, reset: Some(reset) } => {
            format!("is at or below {} (again after rising above {})", number(*price), number(*reset))
        }
        State::InsideChannel { low, high } => format!("is within {}", range(*low, *high)),
        State::OutsideChannel { low, high } => format!("is outside {}", range(*low, *high)),
        State::Change { by, direction, rebase } => {
            let from = if *rebase { "" } else { " from where it stood" };
            format!("{} by {}{from}", moves(*direction), shift(*by))
        }
        State::Moving { by, direction, window } => {
            format!("{} by {} within {}", moves(*direction), shift(*by), span(*window))
        }
        State::NewHigh { window } => format!("is higher than at any time in {}", span(*window)),
        State::NewLow { window } => format!("is lower than at any time in {}", span(*window)),
        State::Trailing { by, side: Side::Down } => format!("falls {} from its highest", shift(*by)),
        State::Trailing { by, side: Side::Up } => format!("rises {} from its lowest", shift(*by)),
        State::All { of } => parts(of, " and "),
        State::Any { of } => parts(of, " or "),
    }
}

/// How often an alert may fire: "once", "every time, at most every 15 minutes".
#[must_use]
pub fn repeat(repeat: Repeat) -> String {
    match repeat {
        Repeat::Once => "once".to_owned(),
        Repeat::Every { cooldown, max_fires } => {
            let mut words = "every time".to_owned();
            if cooldown != Span::ZERO {
                words.push_str(&format!(", at most once in {}", span(cooldown)));
            }
            if let Some(most) = max_fires {
                words.push_str(&format!(", {most} times in all"));
            }
            words
        }
    }
}

/// A price with its thousands set apart: `33,000`, `0.00001234`, `1,234.5`.
#[must_use]
pub fn number(price: Price) -> String {
    let text = price.to_string();
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut grouped = String::with_capacity(text.len() + whole.len() / 3);
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// An amount of money as people write it, with its thousands set apart and two decimals at least:
/// `1,299.00`, `0.005`.
#[must_use]
pub fn amount(price: Price) -> String {
    let mut text = number(price);
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if decimals == 0 {
        text.push('.');
    }
    text.extend(std::iter::repeat_n('0', 2usize.saturating_sub(decimals)));
    text
}

/// The same with its currency: `1,299.00 USD`.
#[must_use]
pub fn money(money: Money) -> String {
    format!("{} {}", amount(money.value), money.currency)
}

/// A span in full words: "15 minutes", "1 hour".
#[must_use]
pub fn span(span: Span) -> String {
    let short = span.to_string();
    let (number, unit) = short.split_at(short.len() - 1);
    let unit = match unit {
        "s" => "second",
        "m" => "minute",
        "h" => "hour",
        _ => "day",
    };
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

fn shift(by: Shift) -> String {
    match by {
        Shift::Percent(percent) => format!("{percent} %"),
        Shift::Amount(amount) => number(amount),
    }
}

fn moves(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "rises",
        Direction::Down => "falls",
        Direction::Either => "moves",
    }
}

fn range(low: Price, high: Price) -> String {
    format!("{} to {}", number(low), number(high))
}

fn parts(parts: &[Part], joint: &str) -> String {
    let words: Vec<_> = parts
        .iter()
        .map(|part| match &part.instrument {
            Some(instrument) => format!("{instrument} {}", state(&part.state)),
            None => state(&part.state),
        })
        .collect();
    words.join(joint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_thousands_set_apart() {
        for (plain, grouped) in [
            ("1", "1"),
            ("999", "999"),
            ("1000", "1,000"),
            ("33000", "33,000"),
            ("1234567.891", "1,234,567.891"),
            ("0.00001234", "0.00001234"),
        ] {
            assert_eq!(number(plain.parse().unwrap()), grouped);
        }
    }

    #[test]
    fn money_has_two_decimals_at_least() {
        for (plain, written) in
            [("1299", "1,299.00"), ("0.5", "0.50"), ("12.34", "12.34"), ("0.005", "0.005")]
        {
            assert_eq!(amount(plain.parse().unwrap()), written);
        }
        let price = Money { value: "1299".parse().unwrap(), currency: crate::product::Currency::USD };
        assert_eq!(money(price), "1,299.00 USD");
    }

    #[test]
    fn a_condition_reads_as_a_sentence() {
        let check = |json: &str, words: &str| {
            assert_eq!(condition(&serde_json::from_str(json).unwrap()), words);
        };
        check(r#"{"type":"crossing","price":"33000"}"#, "reaches 33,000");
        check(r#"{"type":"above","price":"102","for":"10s"}"#, "is at or above 102 for 10 seconds");
        check(
            r#"{"type":"moving","percent":"5","direction":"up","window":"1h"}"#,
            "rises by 5 % within 1 hour",
        );
        check(r#"{"type":"silent","for":"10m"}"#, "goes without a trade for 10 minutes");
        check(
            r#"{"type":"any","of":[{"type":"above","price":"1"},{"type":"below","price":"2","instrument":"push:a/b"}]}"#,
            "is at or above 1 or push:a/b is at or below 2",
        );
    }
}
