//! What happened, in the past tense: "reached 33,000", "rose 5.2 % within 1 hour".
//!
//! The words for what an alert waits for are the model's ([`words`]); these say what became of it, with
//! the figures of the fire's evidence.

use bellwether_model::{
    Condition, Event, Evidence, Instrument, Measure, Price, Shift, Side, State, figures, words,
};

/// What the fire says of the alert's instrument, to follow its name; and the price now, where the
/// words do not name it already.
pub(super) fn headline(instrument: &Instrument, condition: &Condition, evidence: &Evidence) -> String {
    let happened = happened(condition, evidence);
    let joint = if happened.starts_with(|c: char| c.is_ascii_digit()) || happened.starts_with("all ") {
        ": "
    } else {
        " "
    };
    let symbol = instrument.symbol();
    let price = words::number(evidence.price);
    let now = match &evidence.measure {
        Measure::Threshold(level) if *level == evidence.price && evidence.instrument == *instrument => {
            String::new()
        }
        Measure::SilentSince(_) => format!(" (the last at {price})"),
        _ if evidence.instrument == *instrument => format!(" (now {price})"),
        _ => format!(" ({} now {price})", evidence.instrument.symbol()),
    };
    format!("{symbol}{joint}{happened}{now}")
}

fn happened(condition: &Condition, evidence: &Evidence) -> String {
    match condition {
        Condition::Event(event) => event_words(event),
        Condition::State { state, hold: None } => state_words(state, "is", evidence),
        Condition::State { state, hold: Some(hold) } => {
            format!("{} for {}", state_words(state, "has been", evidence), words::span(*hold))
        }
        Condition::Silent { span } => format!("has had no trade for {}", words::span(*span)),
    }
}

fn event_words(event: &Event) -> String {
    match event {
        Event::Crossing { price } => format!("reached {}", words::number(*price)),
        Event::CrossingUp { price } => format!("rose to {}", words::number(*price)),
        Event::CrossingDown { price } => format!("fell to {}", words::number(*price)),
        Event::EnteringChannel { low, high } => format!("entered {}", range(*low, *high)),
        Event::ExitingChannel { low, high } => format!("left {}", range(*low, *high)),
    }
}

fn state_words(state: &State, be: &str, evidence: &Evidence) -> String {
    match state {
        State::Above { price, .. } => format!("{be} at or above {}", words::number(*price)),
        State::Below { price, .. } => format!("{be} at or below {}", words::number(*price)),
        State::InsideChannel { low, high } => format!("{be} within {}", range(*low, *high)),
        State::OutsideChannel { low, high } => format!("{be} outside {}", range(*low, *high)),
        State::NewHigh { window } => format!("{be} higher than at any time in {}", words::span(*window)),
        State::NewLow { window } => format!("{be} lower than at any time in {}", words::span(*window)),
        State::Change { by, .. } => moved(state, *by, "", evidence),
        State::Moving { by, window, .. } => {
            moved(state, *by, &format!(" within {}", words::span(*window)), evidence)
        }
        State::Trailing { by, side } => {
            let extreme = match side {
                Side::Down => " from its highest",
                Side::Up => " from its lowest",
            };
            moved(state, *by, extreme, evidence)
        }
        State::All { of } => format!("all {} conditions hold", of.len()),
        State::Any { of } => format!("{} of {} conditions hold", held(evidence), of.len()),
    }
}

/// A move from the reference, in the unit that the alert asked for.
fn moved(state: &State, by: Shift, of_what: &str, evidence: &Evidence) -> String {
    let Measure::Reference(reference) = evidence.measure else {
        return words::state(state);
    };
    let size = match by {
        Shift::Percent(_) => figures::size(reference, evidence.price),
        Shift::Amount(_) => figures::difference(reference, evidence.price).map(words::number),
    };
    match size {
        Some(size) if evidence.price < reference => format!("fell {size}{of_what}"),
        Some(size) => format!("rose {size}{of_what}"),
        None => words::state(state),
    }
}

fn held(evidence: &Evidence) -> usize {
    match &evidence.measure {
        Measure::Parts(parts) => parts.iter().filter(|part| part.holds).count(),
        Measure::Threshold(_) | Measure::Reference(_) | Measure::SilentSince(_) => 0,
    }
}

fn range(low: Price, high: Price) -> String {
    format!("{} to {}", words::number(low), words::number(high))
}

#[cfg(test)]
mod tests {
    use bellwether_model::{PartTruth, Resolution, Timestamp};

    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn evidence(now: &str, measure: Measure) -> Evidence {
        Evidence {
            instrument: "binance:BTCUSDT".parse().unwrap(),
            time: Timestamp::EPOCH,
            id: Some(1),
            price: price(now),
            previous_price: None,
            measure,
            resolution: Resolution::Tick,
        }
    }

    fn check(condition: &str, now: &str, measure: Measure, expected: &str) {
        let condition: Condition = serde_json::from_str(condition).unwrap();
        let instrument = "binance:BTCUSDT".parse().unwrap();
        assert_eq!(headline(&instrument, &condition, &evidence(now, measure)), expected);
    }

    #[test]
    fn every_condition_has_its_past_tense() {
        let level = || Measure::Threshold(price("33000"));
        let from = |text: &str| Measure::Reference(price(text));
        for (condition, expected) in [
            (r#"{"type":"crossing","price":"33000"}"#, "reached 33,000"),
            (r#"{"type":"crossing_up","price":"33000"}"#, "rose to 33,000"),
            (r#"{"type":"crossing_down","price":"33000"}"#, "fell to 33,000"),
            (r#"{"type":"entering_channel","low":"33000","high":"34000"}"#, "entered 33,000 to 34,000"),
            (r#"{"type":"exiting_channel","low":"32000","high":"33000"}"#, "left 32,000 to 33,000"),
            (r#"{"type":"above","price":"33000"}"#, "is at or above 33,000"),
            (r#"{"type":"above","price":"33000","for":"10s"}"#, "has been at or above 33,000 for 10 seconds"),
            (r#"{"type":"below","price":"33000","reset":"33500"}"#, "is at or below 33,000"),
            (r#"{"type":"inside_channel","low":"1","high":"33000"}"#, "is within 1 to 33,000"),
            (r#"{"type":"outside_channel","low":"1","high":"33000"}"#, "is outside 1 to 33,000"),
        ] {
            check(condition, "33004.5", level(), &format!("BTCUSDT {expected} (now 33,004.5)"));
        }
        for (condition, reference, expected) in [
            (r#"{"type":"change","percent":"5","direction":"either"}"#, "100", "rose 5.2 %"),
            (r#"{"type":"change","amount":"4","direction":"down"}"#, "110", "fell 4.8"),
            (
                r#"{"type":"moving","percent":"5","direction":"up","window":"1h"}"#,
                "100",
                "rose 5.2 % within 1 hour",
            ),
            (
                r#"{"type":"trailing","percent":"10","direction":"down"}"#,
                "120",
                "fell 12.33 % from its highest",
            ),
            (r#"{"type":"new_high","window":"7d"}"#, "105", "is higher than at any time in 7 days"),
        ] {
            check(condition, "105.2", from(reference), &format!("BTCUSDT {expected} (now 105.2)"));
        }
    }

    #[test]
    fn a_silence_names_the_last_price() {
        let since = Measure::SilentSince(Timestamp::EPOCH);
        let expected = "BTCUSDT has had no trade for 10 minutes (the last at 33,000)";
        check(r#"{"type":"silent","for":"10m"}"#, "33000", since, expected);
    }

    #[test]
    fn a_price_exactly_at_the_level_is_named_once() {
        let level = Measure::Threshold(price("33000"));
        check(r#"{"type":"crossing","price":"33000"}"#, "33000", level, "BTCUSDT reached 33,000");
    }

    #[test]
    fn a_composite_counts_its_parts_and_names_the_tick_of_another_instrument() {
        let part =
            |holds| PartTruth { instrument: "binance:BTCUSDT".parse().unwrap(), kind: "above".into(), holds };
        let any = r#"{"type":"any","of":[{"type":"above","price":"1"},{"type":"above","price":"2"}]}"#;
        let parts = Measure::Parts(vec![part(true), part(false)]);
        check(any, "1.5", parts.clone(), "BTCUSDT: 1 of 2 conditions hold (now 1.5)");

        let condition = serde_json::from_str(any).unwrap();
        let other = "binance:ETHUSDT".parse().unwrap();
        assert_eq!(
            headline(&other, &condition, &evidence("1.5", parts)),
            "ETHUSDT: 1 of 2 conditions hold (BTCUSDT now 1.5)"
        );
    }
}
