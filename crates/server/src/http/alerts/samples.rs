//! A message of an alert that has not fired: as it would be, with figures that are made up.

mod goods;

use bellwether_model::product::{ProductSpec, Schedule};
use bellwether_model::{
    AlertId, AlertSpec, Condition, DeliveryId, Direction, Event, Evidence, Measure, PartTruth, Percent,
    Price, Repeat, Resolution, Shift, Side, Spec, State, Status, Timestamp, figures,
};
use bellwether_notify::{AlertFired, Links, Message, Reader, ReportMessage};
use uuid::Uuid;

/// Whose message it is, and what is known of the moment.
pub(super) struct Sample<'a> {
    pub(super) alert: AlertId,
    /// Its fires so far.
    pub(super) fires: u64,
    pub(super) reader: Reader,
    pub(super) public_url: &'a str,
    /// The last price of the alert's instrument, where one is known.
    pub(super) market: Option<Price>,
    pub(super) now: Timestamp,
}

/// Prices where nothing is known.
const PRICE: u128 = 100;
/// How much a price moves where the alert does not say.
const STEP: &str = "1.5";

impl Sample<'_> {
    /// The message that an alert would make if it fired now.
    pub(super) fn message(self, spec: &Spec) -> Message {
        match spec {
            Spec::Price(spec) => Message::AlertFired(Box::new(self.fired(spec))),
            Spec::Product(spec) => Message::Report(Box::new(self.report(spec))),
        }
    }

    /// Links as they look; what would stop the alert stops nothing.
    fn links(&self) -> Links {
        Links {
            open: Some(format!("{}/app/alerts/{}", self.public_url, self.alert)),
            stop: Some(format!("{}/stop?token=preview", self.public_url)),
            unsubscribe: None,
        }
    }

    fn fired(self, spec: &AlertSpec) -> AlertFired {
        let number = self.fires.saturating_add(1);
        let ends = match spec.repeat {
            Repeat::Once => true,
            Repeat::Every { max_fires, .. } => max_fires.is_some_and(|most| number >= most),
        };
        AlertFired {
            delivery: DeliveryId(Uuid::nil()),
            alert: self.alert,
            alert_name: spec.name.clone(),
            instrument: spec.instrument.clone(),
            condition: spec.condition.clone(),
            repeat: spec.repeat,
            note: spec.note.clone(),
            message: spec.message.clone(),
            fire_number: number,
            evidence: evidence(spec, self.market, self.now),
            trades: None,
            late: false,
            evaluated_at: self.now,
            chart: None,
            status_after: if ends { Status::Triggered } else { Status::Active },
            links: self.links(),
            reader: self.reader,
        }
    }

    fn report(self, spec: &ProductSpec) -> ReportMessage {
        ReportMessage {
            delivery: DeliveryId(Uuid::nil()),
            alert: self.alert,
            alert_name: spec.name.clone(),
            note: spec.note.clone(),
            message: spec.message.clone(),
            report: goods::report(&spec.watch, self.now),
            schedule: spec.watch.schedule().map(Schedule::words),
            links: self.links(),
            reader: self.reader,
        }
    }
}

fn some_price() -> Price {
    Price::from_parts(PRICE, 0).expect("a hundred is a price")
}

fn step() -> Shift {
    Shift::Percent(STEP.parse::<Percent>().expect("it is written as a percentage"))
}

/// What the fire could be measured against, and at which price.
fn evidence(spec: &AlertSpec, market: Option<Price>, now: Timestamp) -> Evidence {
    let market = market.or_else(|| level(&spec.condition)).unwrap_or_else(some_price);
    let (measure, price) = match &spec.condition {
        Condition::Event(Event::EnteringChannel { low, .. }) => (Measure::Threshold(*low), *low),
        Condition::Event(Event::ExitingChannel { high, .. }) => beyond(*high),
        Condition::Event(
            Event::Crossing { price } | Event::CrossingUp { price } | Event::CrossingDown { price },
        ) => (Measure::Threshold(*price), *price),
        Condition::State { state, .. } => measured(spec, state, market),
        Condition::Silent { span } => (Measure::SilentSince(now.saturating_sub(*span)), market),
    };
    Evidence {
        instrument: spec.instrument.clone(),
        time: now,
        id: None,
        price,
        previous_price: before(&spec.condition, price),
        measure,
        resolution: Resolution::Tick,
    }
}

/// The bounds belong to a channel: whatever left it is beyond them.
fn beyond(high: Price) -> (Measure, Price) {
    (Measure::Threshold(high), figures::moved(high, step(), true).unwrap_or(high))
}

fn measured(spec: &AlertSpec, state: &State, market: Price) -> (Measure, Price) {
    let shifted = |by, up| {
        let price = figures::moved(market, by, up).unwrap_or(market);
        (Measure::Reference(market), price)
    };
    match state {
        State::Above { price, .. } | State::Below { price, .. } => (Measure::Threshold(*price), *price),
        State::InsideChannel { low, .. } => (Measure::Threshold(*low), *low),
        State::OutsideChannel { high, .. } => beyond(*high),
        State::Change { by, direction, .. } | State::Moving { by, direction, .. } => {
            shifted(*by, *direction != Direction::Down)
        }
        State::Trailing { by, side } => shifted(*by, *side == Side::Up),
        State::NewHigh { .. } => shifted(step(), true),
        State::NewLow { .. } => shifted(step(), false),
        State::All { of } | State::Any { of } => {
            let truths = of.iter().map(|part| PartTruth {
                instrument: part.instrument.clone().unwrap_or_else(|| spec.instrument.clone()),
                kind: part.state.name().to_owned(),
                holds: true,
            });
            (Measure::Parts(truths.collect()), market)
        }
    }
}

/// A price from which the last step could have come, where there was one.
fn before(condition: &Condition, price: Price) -> Option<Price> {
    let rose = match condition {
        Condition::Event(Event::CrossingDown { .. }) => false,
        Condition::Event(_) => true,
        Condition::State { state, .. } => match state {
            State::Below { .. } | State::NewLow { .. } | State::Trailing { side: Side::Down, .. } => false,
            State::Change { direction, .. } | State::Moving { direction, .. } => {
                *direction != Direction::Down
            }
            _ => true,
        },
        Condition::Silent { .. } => return None,
    };
    let little = Shift::Percent("0.05".parse().expect("it is written as a percentage"));
    Some(figures::moved(price, little, !rose).unwrap_or(price))
}

/// A price that the condition names, where it names one.
fn level(condition: &Condition) -> Option<Price> {
    let of_state = |state: &State| match state {
        State::Above { price, .. } | State::Below { price, .. } => Some(*price),
        State::InsideChannel { low, .. } | State::OutsideChannel { low, .. } => Some(*low),
        _ => None,
    };
    match condition {
        Condition::Event(_) | Condition::Silent { .. } => None,
        Condition::State { state: State::All { of } | State::Any { of }, .. } => {
            let own = of.iter().filter(|part| part.instrument.is_none());
            own.filter_map(|part| of_state(&part.state)).next()
        }
        Condition::State { state, .. } => of_state(state),
    }
}
