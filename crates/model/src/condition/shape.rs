//! The JSON form of conditions, and every check on them.
//!
//! [`Shape`] has a field for each name that may stand in a condition. What people send is read into it
//! with [`Condition::from_input`], which names each fault by its field; what the store keeps is read
//! into it by serde. Both then pass the same [`Shape::check`], so the store cannot hold what the API
//! would refuse.

use serde::{Deserialize, Serialize};

use super::{Condition, Direction, Event, Part, Shift, Side, State};
use crate::input::{Faults, Node};
use crate::{Instrument, Percent, Price, Span, limits};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Crossing,
    CrossingUp,
    CrossingDown,
    EnteringChannel,
    ExitingChannel,
    Above,
    Below,
    InsideChannel,
    OutsideChannel,
    Change,
    Moving,
    NewHigh,
    NewLow,
    Trailing,
    All,
    Any,
    Silent,
}

impl Kind {
    const NAMES: [(&'static str, Kind); 17] = [
        ("crossing", Kind::Crossing),
        ("crossing_up", Kind::CrossingUp),
        ("crossing_down", Kind::CrossingDown),
        ("entering_channel", Kind::EnteringChannel),
        ("exiting_channel", Kind::ExitingChannel),
        ("above", Kind::Above),
        ("below", Kind::Below),
        ("inside_channel", Kind::InsideChannel),
        ("outside_channel", Kind::OutsideChannel),
        ("change", Kind::Change),
        ("moving", Kind::Moving),
        ("new_high", Kind::NewHigh),
        ("new_low", Kind::NewLow),
        ("trailing", Kind::Trailing),
        ("all", Kind::All),
        ("any", Kind::Any),
        ("silent", Kind::Silent),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|&(known, _)| known == name).map(|(_, kind)| kind)
    }

    /// The fields that may stand beside `type`, without `for`.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Kind::Crossing | Kind::CrossingUp | Kind::CrossingDown => &["price"],
            Kind::EnteringChannel | Kind::ExitingChannel | Kind::InsideChannel | Kind::OutsideChannel => {
                &["low", "high"]
            }
            Kind::Above | Kind::Below => &["price", "reset"],
            Kind::Change => &["percent", "amount", "direction", "rebase"],
            Kind::Moving => &["percent", "amount", "direction", "window"],
            Kind::NewHigh | Kind::NewLow => &["window"],
            Kind::Trailing => &["percent", "amount", "direction"],
            Kind::All | Kind::Any => &["of"],
            Kind::Silent => &[],
        }
    }

    fn is_event(self) -> bool {
        matches!(
            self,
            Kind::Crossing
                | Kind::CrossingUp
                | Kind::CrossingDown
                | Kind::EnteringChannel
                | Kind::ExitingChannel
        )
    }

    fn may_be_part(self) -> bool {
        !self.is_event()
            && !matches!(self, Kind::Change | Kind::Trailing | Kind::All | Kind::Any | Kind::Silent)
    }
}

/// Whether a condition of this name may be a part of another one.
pub(super) fn may_be_part(name: &str) -> bool {
    Kind::named(name).is_some_and(Kind::may_be_part)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    Up,
    Down,
    Either,
}

/// A condition as it stands in JSON, not yet checked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instrument: Option<Instrument>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    percent: Option<Percent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    direction: Option<Way>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reset: Option<Price>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rebase: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Vec<Shape>>,
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    hold: Option<Span>,
}

impl Condition {
    /// Reads a condition; faults go to `faults`, named under the path it stands at.
    pub fn from_input(node: &Node, faults: &mut Faults) -> Option<Self> {
        let before = faults.count();
        let shape = Shape::read(node, faults, false)?;
        // A field that could not be read would be reported as missing once more.
        if faults.count() > before { None } else { shape.check(faults) }
    }
}

impl Shape {
    fn empty(kind: Kind) -> Self {
        Self {
            kind,
            instrument: None,
            price: None,
            low: None,
            high: None,
            percent: None,
            amount: None,
            direction: None,
            window: None,
            reset: None,
            rebase: None,
            of: None,
            hold: None,
        }
    }

    fn read(node: &Node, faults: &mut Faults, is_part: bool) -> Option<Self> {
        let mut fields = faults.object(node)?;
        let names = Kind::NAMES.map(|(name, _)| name);
        let name = fields.word(faults, "type", &names)?;
        let kind = Kind::named(name)?;
        let mut shape = Self::empty(kind);
        if is_part {
            if !kind.may_be_part() {
                faults.add("type", "not_applicable", format!("'{name}' cannot be part of another condition"));
                return None;
            }
            shape.instrument = fields.parsed(faults, "instrument");
        }
        for &field in kind.fields() {
            match field {
                "price" => shape.price = fields.price(faults, field),
                "low" => shape.low = fields.price(faults, field),
                "high" => shape.high = fields.price(faults, field),
                "reset" if !is_part => shape.reset = fields.price(faults, field),
                "percent" => shape.percent = fields.decimal(faults, field),
                "amount" => shape.amount = fields.price(faults, field),
                "window" => shape.window = fields.parsed(faults, field),
                "rebase" => shape.rebase = fields.flag(faults, field),
                "direction" => shape.direction = read_way(&mut fields, faults, kind),
                "of" => shape.of = read_parts(fields.given(field), faults),
                _ => {}
            }
        }
        if !is_part && !kind.is_event() {
            shape.hold = fields.parsed(faults, "for");
        }
        fields.finish(faults);
        Some(shape)
    }

    /// The condition that this shape stands for; what is missing or out of bounds goes to `faults`.
    fn check(self, faults: &mut Faults) -> Option<Condition> {
        self.check_applicable(faults);
        if self.kind.is_event() {
            let event = match self.kind {
                Kind::Crossing => Event::Crossing { price: self.level(faults)? },
                Kind::CrossingUp => Event::CrossingUp { price: self.level(faults)? },
                Kind::CrossingDown => Event::CrossingDown { price: self.level(faults)? },
                Kind::EnteringChannel => {
                    let (low, high) = self.channel(faults)?;
                    Event::EnteringChannel { low, high }
                }
                _ => {
                    let (low, high) = self.channel(faults)?;
                    Event::ExitingChannel { low, high }
                }
            };
            return Some(Condition::Event(event));
        }
        if self.kind == Kind::Silent {
            return self.silence(faults).map(|span| Condition::Silent { span });
        }
        let hold = self.hold;
        if hold == Some(Span::ZERO) {
            faults.add("for", "range", "must be at least 1s");
        }
        self.check_state(faults).map(|state| Condition::State { state, hold })
    }

    fn check_state(self, faults: &mut Faults) -> Option<State> {
        Some(match self.kind {
            Kind::Above => State::Above { price: self.level(faults)?, reset: self.reset(faults) },
            Kind::Below => State::Below { price: self.level(faults)?, reset: self.reset(faults) },
            Kind::InsideChannel => {
                let (low, high) = self.channel(faults)?;
                State::InsideChannel { low, high }
            }
            Kind::OutsideChannel => {
                let (low, high) = self.channel(faults)?;
                State::OutsideChannel { low, high }
            }
            Kind::Change => {
                let (by, direction) = (self.shift(faults), self.direction(faults));
                State::Change { by: by?, direction: direction?, rebase: self.rebase.unwrap_or(true) }
            }
            Kind::Moving => {
                let (by, direction, window) =
                    (self.shift(faults), self.direction(faults), self.window(faults));
                State::Moving { by: by?, direction: direction?, window: window? }
            }
            Kind::NewHigh => State::NewHigh { window: self.window(faults)? },
            Kind::NewLow => State::NewLow { window: self.window(faults)? },
            Kind::Trailing => {
                let (by, direction) = (self.shift(faults), self.direction(faults));
                let side = match direction? {
                    Direction::Up => Side::Up,
                    Direction::Down => Side::Down,
                    Direction::Either => {
                        faults.add("direction", "not_applicable", "must be up or down here");
                        return None;
                    }
                };
                State::Trailing { by: by?, side }
            }
            Kind::All => State::All { of: self.parts(faults)? },
            Kind::Any => State::Any { of: self.parts(faults)? },
            Kind::Crossing
            | Kind::CrossingUp
            | Kind::CrossingDown
            | Kind::EnteringChannel
            | Kind::ExitingChannel
            | Kind::Silent => {
                faults.add("type", "not_applicable", "is no state, and cannot be part of another condition");
                return None;
            }
        })
    }

    /// Names fields that this kind does not have; only stored conditions can get this far with one.
    fn check_applicable(&self, faults: &mut Faults) {
        let given = [
            ("price", self.price.is_some()),
            ("low", self.low.is_some()),
            ("high", self.high.is_some()),
            ("percent", self.percent.is_some()),
            ("amount", self.amount.is_some()),
            ("direction", self.direction.is_some()),
            ("window", self.window.is_some()),
            ("reset", self.reset.is_some()),
            ("rebase", self.rebase.is_some()),
            ("of", self.of.is_some()),
        ];
        for (name, given) in given {
            if given && !self.kind.fields().contains(&name) {
                faults.add(name, "unknown_field", "is not a field of this type of condition");
            }
        }
        if self.hold.is_some() && self.kind.is_event() {
            faults.add("for", "unknown_field", "is not a field of this type of condition");
        }
    }

    fn level(&self, faults: &mut Faults) -> Option<Price> {
        required(self.price, "price", faults)
    }

    fn channel(&self, faults: &mut Faults) -> Option<(Price, Price)> {
        let (low, high) = (required(self.low, "low", faults), required(self.high, "high", faults));
        let (low, high) = (low?, high?);
        if low > high {
            faults.add("low", "range", "must be at most 'high'");
            return None;
        }
        Some((low, high))
    }

    fn reset(&self, faults: &mut Faults) -> Option<Price> {
        let (level, reset) = (self.price?, self.reset?);
        let (fits, message) = match self.kind {
            Kind::Above => (reset <= level, "must be at most 'price'"),
            _ => (reset >= level, "must be at least 'price'"),
        };
        if !fits {
            faults.add("reset", "range", message);
        }
        fits.then_some(reset)
    }

    fn shift(&self, faults: &mut Faults) -> Option<Shift> {
        let falls = matches!(self.direction, Some(Way::Down | Way::Either));
        match (self.percent, self.amount) {
            (Some(percent), None) if falls && !percent.can_fall() => {
                faults.add("percent", "range", "must be below 100 where a fall is meant");
                None
            }
            (Some(percent), None) => Some(Shift::Percent(percent)),
            (None, Some(amount)) => Some(Shift::Amount(amount)),
            (Some(_), Some(_)) => {
                faults.add("amount", "not_applicable", "cannot stand beside 'percent'");
                None
            }
            (None, None) => {
                faults.add("percent", "required", "is required (or 'amount' in its place)");
                None
            }
        }
    }

    fn direction(&self, faults: &mut Faults) -> Option<Direction> {
        let way = required(self.direction, "direction", faults)?;
        Some(match way {
            Way::Up => Direction::Up,
            Way::Down => Direction::Down,
            Way::Either => Direction::Either,
        })
    }

    fn window(&self, faults: &mut Faults) -> Option<Span> {
        let window = required(self.window, "window", faults)?;
        if !(limits::WINDOW_MIN_S..=limits::WINDOW_MAX_S).contains(&window.seconds()) {
            faults.add("window", "range", "must be from 10s to 7d");
            return None;
        }
        Some(window)
    }

    fn silence(&self, faults: &mut Faults) -> Option<Span> {
        let span = required(self.hold, "for", faults)?;
        if !(limits::SILENCE_MIN_S..=limits::SILENCE_MAX_S).contains(&span.seconds()) {
            faults.add("for", "range", "must be from 10s to 30d");
            return None;
        }
        Some(span)
    }

    fn parts(self, faults: &mut Faults) -> Option<Vec<Part>> {
        let shapes = required(self.of, "of", faults)?;
        if !(limits::PARTS_MIN..=limits::PARTS_MAX).contains(&shapes.len()) {
            faults.add("of", "range", "must have from 2 to 8 parts");
        }
        faults.within("of", |faults| {
            shapes
                .into_iter()
                .enumerate()
                .map(|(index, shape)| faults.within_index(index, |faults| shape.check_part(faults)))
                // Every part is checked, so that all faults are told, before the first bad one ends it.
                .collect::<Vec<_>>()
                .into_iter()
                .collect()
        })
    }

    fn check_part(mut self, faults: &mut Faults) -> Option<Part> {
        if !self.kind.may_be_part() || self.hold.is_some() || self.reset.is_some() {
            faults.add("", "not_applicable", "cannot be part of another condition");
            return None;
        }
        self.check_applicable(faults);
        let instrument = self.instrument.take();
        self.check_state(faults).map(|state| Part { instrument, state })
    }
}

fn required<T>(value: Option<T>, field: &str, faults: &mut Faults) -> Option<T> {
    if value.is_none() {
        faults.add(field, "required", "is required");
    }
    value
}

fn read_way(fields: &mut crate::input::Fields<'_>, faults: &mut Faults, kind: Kind) -> Option<Way> {
    let words: &[&'static str] =
        if kind == Kind::Trailing { &["up", "down"] } else { &["up", "down", "either"] };
    Some(match fields.word(faults, "direction", words)? {
        "up" => Way::Up,
        "down" => Way::Down,
        _ => Way::Either,
    })
}

fn read_parts(node: Option<&Node>, faults: &mut Faults) -> Option<Vec<Shape>> {
    let Node::List(nodes) = node? else {
        faults.add("of", "type", "must be a list of conditions");
        return None;
    };
    // Bounded here as well, so that a huge list is not read to its end.
    let nodes = nodes.get(..=limits::PARTS_MAX).unwrap_or(nodes);
    faults.within("of", |faults| {
        let read = |(index, node)| faults.within_index(index, |faults| Shape::read(node, faults, true));
        nodes.iter().enumerate().map(read).collect::<Vec<_>>().into_iter().collect()
    })
}

impl Serialize for Condition {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shape::of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shape = Shape::deserialize(deserializer)?;
        let mut faults = Faults::new();
        let checked = shape.check(&mut faults);
        faults.finish(checked).map_err(|faults| {
            let all: Vec<_> = faults.iter().map(ToString::to_string).collect();
            serde::de::Error::custom(all.join("; "))
        })
    }
}

impl Shape {
    fn of(condition: &Condition) -> Self {
        match condition {
            Condition::Event(event) => Self::of_event(event),
            Condition::State { state, hold } => Self { hold: *hold, ..Self::of_state(state) },
            Condition::Silent { span } => Self { hold: Some(*span), ..Self::empty(Kind::Silent) },
        }
    }

    fn of_event(event: &Event) -> Self {
        let level = |kind, price: &Price| Self { price: Some(*price), ..Self::empty(kind) };
        match event {
            Event::Crossing { price } => level(Kind::Crossing, price),
            Event::CrossingUp { price } => level(Kind::CrossingUp, price),
            Event::CrossingDown { price } => level(Kind::CrossingDown, price),
            Event::EnteringChannel { low, high } => Self::of_channel(Kind::EnteringChannel, *low, *high),
            Event::ExitingChannel { low, high } => Self::of_channel(Kind::ExitingChannel, *low, *high),
        }
    }

    fn of_channel(kind: Kind, low: Price, high: Price) -> Self {
        Self { low: Some(low), high: Some(high), ..Self::empty(kind) }
    }

    fn of_state(state: &State) -> Self {
        match state {
            State::Above { price, reset } => {
                Self { price: Some(*price), reset: *reset, ..Self::empty(Kind::Above) }
            }
            State::Below { price, reset } => {
                Self { price: Some(*price), reset: *reset, ..Self::empty(Kind::Below) }
            }
            State::InsideChannel { low, high } => Self::of_channel(Kind::InsideChannel, *low, *high),
            State::OutsideChannel { low, high } => Self::of_channel(Kind::OutsideChannel, *low, *high),
            State::Change { by, direction, rebase } => Self {
                direction: Some(Way::of(*direction)),
                rebase: (!rebase).then_some(false),
                ..Self::of_shift(Kind::Change, *by)
            },
            State::Moving { by, direction, window } => Self {
                direction: Some(Way::of(*direction)),
                window: Some(*window),
                ..Self::of_shift(Kind::Moving, *by)
            },
            State::NewHigh { window } => Self { window: Some(*window), ..Self::empty(Kind::NewHigh) },
            State::NewLow { window } => Self { window: Some(*window), ..Self::empty(Kind::NewLow) },
            State::Trailing { by, side } => Self {
                direction: Some(match side {
                    Side::Up => Way::Up,
                    Side::Down => Way::Down,
                }),
                ..Self::of_shift(Kind::Trailing, *by)
            },
            State::All { of } => Self::of_parts(Kind::All, of),
            State::Any { of } => Self::of_parts(Kind::Any, of),
        }
    }

    fn of_shift(kind: Kind, by: Shift) -> Self {
        match by {
            Shift::Percent(percent) => Self { percent: Some(percent), ..Self::empty(kind) },
            Shift::Amount(amount) => Self { amount: Some(amount), ..Self::empty(kind) },
        }
    }

    fn of_parts(kind: Kind, parts: &[Part]) -> Self {
        let shapes = parts
            .iter()
            .map(|part| Self { instrument: part.instrument.clone(), ..Self::of_state(&part.state) })
            .collect();
        Self { of: Some(shapes), ..Self::empty(kind) }
    }
}

impl Way {
    fn of(direction: Direction) -> Self {
        match direction {
            Direction::Up => Way::Up,
            Direction::Down => Way::Down,
            Direction::Either => Way::Either,
        }
    }
}
