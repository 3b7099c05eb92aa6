//! What an alert would have done: recorded candles through the engine that runs live.

use bellwether_engine::{Arming, Engine, Fire, InstrumentKey, Outlook, Policy, Unsupported};
use bellwether_model::{
    AlertSpec, AlertState, Candle, Instrument, Interval, Measure, Observation, Origin, Position, Price,
    Repeat, Span, Standing, Tick, Timestamp,
};

/// Fires that are told one by one, the newest; all of them are counted.
pub(crate) const TOLD_MAX: usize = 200;

/// What is known of one instrument's past.
pub(crate) struct Past {
    pub(crate) instrument: Instrument,
    /// Candles, the oldest first.
    pub(crate) candles: Vec<Candle>,
    /// The newest price, where it is in force.
    pub(crate) now: Option<(Timestamp, Price)>,
}

/// What an alert would have done.
#[derive(Debug)]
pub(crate) struct Previewed {
    /// Fires of the alert as it is asked for.
    pub(crate) fires: u64,
    /// Fires of the same alert, did it fire again and again without a pause.
    pub(crate) fires_unlimited: u64,
    /// The newest of `fires`, oldest first; at most [`TOLD_MAX`].
    pub(crate) newest: Vec<PastFire>,
    /// Prices that were applied; each candle is four.
    pub(crate) ticks: u64,
    /// Where an alert that had watched all this would stand now.
    pub(crate) outlook: Outlook,
}

/// A fire that would have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastFire {
    pub(crate) instrument: Instrument,
    pub(crate) time: Timestamp,
    pub(crate) price: Price,
    pub(crate) previous: Option<Price>,
    pub(crate) measure: Measure,
}

/// Has an alert live through the past of its instruments, in the order of [`AlertSpec::instruments`].
///
/// It is armed before the first price, so that one is its reference. Its expiry is left aside.
///
/// # Errors
/// A condition that the engine does not evaluate.
pub(crate) fn preview(
    spec: &AlertSpec,
    interval: Interval,
    pasts: &[Past],
    now: Timestamp,
) -> Result<Previewed, Unsupported> {
    let mut engine = Engine::new();
    let keys: Vec<InstrumentKey> = pasts.iter().map(|past| engine.instrument(&past.instrument)).collect();
    let unlimited = Repeat::Every { cooldown: Span::ZERO, max_fires: None };
    let policy = |repeat| Policy { repeat, ..Policy::default() };
    let arming = |repeat, order| Arming {
        instrument: keys[0],
        condition: spec.condition.clone(),
        policy: policy(repeat),
        state: AlertState { others: vec![Standing::default(); pasts.len() - 1], ..AlertState::default() },
        order,
    };
    let asked = engine.arm(arming(spec.repeat, 0))?;
    let observer = engine.arm(arming(unlimited, 1))?;

    let ticks = ticks(interval, pasts);
    let (mut fires, mut fires_unlimited, mut newest) = (0, 0, std::collections::VecDeque::new());
    let (mut found, mut position) = (Vec::new(), 0);
    for &(time, index, price) in &ticks {
        position += 1;
        let tick = Tick::unnumbered(price, time, Position(position));
        let observation = Observation { tick, trades: None, origin: Origin::Candle };
        engine.apply(keys[index], &observation, &mut found);
        for fire in found.drain(..) {
            if fire.slot == asked {
                fires += 1;
                newest.push_back(past_fire(fire, &pasts[index].instrument));
                if newest.len() > TOLD_MAX {
                    newest.pop_front();
                }
            } else {
                fires_unlimited += 1;
            }
        }
    }
    let outlook = engine.outlook(observer, &spec.condition, policy(unlimited), now);
    Ok(Previewed { fires, fires_unlimited, newest: newest.into(), ticks: position, outlook })
}

/// The prices of all instruments by their time. Of one time, those of the instrument named first come first.
fn ticks(interval: Interval, pasts: &[Past]) -> Vec<(Timestamp, usize, Price)> {
    let mut ticks = Vec::new();
    for (index, past) in pasts.iter().enumerate() {
        let candles = past.candles.iter().flat_map(|candle| candle.ticks(interval));
        ticks.extend(candles.map(|(time, price)| (time, index, price)));
        let last = ticks.last().filter(|(_, of, _)| *of == index).map(|(time, ..)| *time);
        // The newest candle may run beyond the newest price.
        ticks.extend(past.now.map(|(time, price)| (last.map_or(time, |last| time.max(last)), index, price)));
    }
    ticks.sort_by_key(|(time, ..)| *time);
    ticks
}

fn past_fire(fire: Fire, instrument: &Instrument) -> PastFire {
    PastFire {
        instrument: instrument.clone(),
        time: fire.tick.time,
        price: fire.tick.price,
        previous: fire.previous,
        measure: fire.measure,
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::Node;

    use super::*;

    fn spec(condition: &str, repeat: &str) -> AlertSpec {
        let json = format!(
            r#"{{"instrument": "binance:BTCUSDT", "condition": {condition}, "repeat": {{"mode": "{repeat}"}}}}"#
        );
        let node: Node = crate::json::read_node(json.as_bytes()).unwrap();
        AlertSpec::from_input(&node).unwrap()
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + minute * 60_000_000)
    }

    /// Minutes of open, high, low, close.
    fn past(candles: &[[&str; 4]]) -> Past {
        let candle = |(minute, [open, high, low, close]): (usize, &[&str; 4])| Candle {
            open_time: at(i64::try_from(minute).unwrap()),
            open: open.parse().unwrap(),
            high: high.parse().unwrap(),
            low: low.parse().unwrap(),
            close: close.parse().unwrap(),
            partial: false,
        };
        Past {
            instrument: "binance:BTCUSDT".parse().unwrap(),
            candles: candles.iter().enumerate().map(candle).collect(),
            now: None,
        }
    }

    #[test]
    fn every_fire_of_the_past_is_found() {
        let spec = spec(r#"{"type": "crossing", "price": "103"}"#, "every");
        // Up through it, down through it within one minute, and up again to touch it.
        let pasts = [past(&[
            ["100", "104", "99", "104"],
            ["104", "105", "101", "102"],
            ["102", "103", "102", "103"],
        ])];
        let found = preview(&spec, Interval::Minute, &pasts, at(9)).unwrap();
        assert_eq!((found.fires, found.fires_unlimited, found.ticks), (3, 3, 12));
        let prices: Vec<_> = found.newest.iter().map(|fire| fire.price.to_string()).collect();
        assert_eq!(prices, ["104", "101", "103"]);
        assert_eq!(found.newest[0].time, at(0).saturating_add("40s".parse().unwrap()));
        assert_eq!(found.newest[0].previous, Some("99".parse().unwrap()));
    }

    #[test]
    fn an_alert_that_fires_once_says_how_often_it_could_have() {
        let spec = spec(r#"{"type": "crossing", "price": "103"}"#, "once");
        let pasts = [past(&[["100", "104", "99", "104"], ["104", "105", "101", "102"]])];
        let found = preview(&spec, Interval::Minute, &pasts, at(9)).unwrap();
        assert_eq!((found.fires, found.fires_unlimited, found.newest.len()), (1, 2, 1));
    }

    #[test]
    fn what_holds_already_is_said_by_the_newest_price() {
        let above = spec(r#"{"type": "above", "price": "103"}"#, "once");
        let mut pasts = [past(&[["100", "101", "99", "100"]])];
        assert_eq!(preview(&above, Interval::Minute, &pasts, at(9)).unwrap().outlook.holds, Some(false));
        pasts[0].now = Some((at(0), "103".parse().unwrap()));
        let found = preview(&above, Interval::Minute, &pasts, at(9)).unwrap();
        assert_eq!((found.outlook.holds, found.fires), (Some(true), 1));
    }

    #[test]
    fn without_a_past_nothing_would_have_been() {
        let spec = spec(r#"{"type": "crossing", "price": "103"}"#, "once");
        let found = preview(&spec, Interval::Minute, &[past(&[])], at(9)).unwrap();
        assert_eq!((found.fires, found.ticks, found.outlook.market), (0, 0, None));
    }

    #[test]
    fn the_newest_fires_are_told() {
        let spec = spec(r#"{"type": "crossing", "price": "103"}"#, "every");
        let candles = [["100", "106", "100", "106"], ["106", "106", "100", "100"]].repeat(150);
        let found = preview(&spec, Interval::Minute, &[past(&candles)], at(999)).unwrap();
        assert_eq!((found.fires, found.newest.len()), (300, TOLD_MAX));
        assert!(found.newest.first().unwrap().time > at(99) && found.newest.last().unwrap().time > at(298));
    }
}
