//! What the engine says of an alert that has not fired must come true: the next tick at a target fires it,
//! the one just short of it does not.

use bellwether_engine::{Arming, Engine, Hindrance, InstrumentKey, Outlook, Policy, Slot, Target};
use bellwether_model::{
    AlertState, Condition, Direction, Event, Instrument, Observation, Origin, Price, Repeat, Shift, Side,
    Span, State, Tick, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// One alert on one instrument.
struct World {
    engine: Engine,
    key: InstrumentKey,
    alert: Option<(Slot, Condition, Policy)>,
    ticks: u64,
    second: i64,
}

impl World {
    fn new() -> Self {
        let mut engine = Engine::new();
        let name: Instrument = "push:test/GOLD".parse().expect("an instrument's name");
        let key = engine.instrument(&name);
        Self { engine, key, alert: None, ticks: 0, second: 0 }
    }

    /// Applies a price so many seconds after the one before; says whether the alert fired.
    fn tick(&mut self, price: Price, after_s: i64) -> bool {
        self.ticks += 1;
        self.second += after_s;
        let tick = Tick::numbered(price, self.now(), self.ticks);
        let mut fires = Vec::new();
        self.engine.apply(self.key, &Observation { tick, trades: None, origin: Origin::Live }, &mut fires);
        !fires.is_empty()
    }

    fn arm(&mut self, condition: &Condition, policy: Policy) {
        let market = self.engine.market(self.key);
        let state = AlertState {
            position: market.as_ref().map(|market| market.position),
            has_reference: market.is_some(),
            accepted_at: Some(self.now()),
            ..AlertState::default()
        };
        let arming = Arming { instrument: self.key, condition: condition.clone(), policy, state, order: 1 };
        let slot = self.engine.arm(arming).expect("a condition that can be evaluated");
        self.alert = Some((slot, condition.clone(), policy));
    }

    fn outlook(&self) -> Outlook {
        let (slot, condition, policy) = self.alert.as_ref().expect("an armed alert");
        self.engine.outlook(*slot, condition, *policy, self.now())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.second * 1_000_000)
    }
}

fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

fn span(text: &str) -> Span {
    text.parse().expect("a span")
}

fn state(state: State) -> Condition {
    Condition::State { state, hold: None }
}

fn every(cooldown: &str) -> Policy {
    Policy { repeat: Repeat::Every { cooldown: span(cooldown), max_fires: None }, ..Policy::default() }
}

/// The targets as text: `>=33000` where the price itself counts, `<99` where it does not.
fn texts(targets: &[Target]) -> Vec<String> {
    let text = |target: &Target| {
        let sign = if target.side == Side::Up { '>' } else { '<' };
        format!("{sign}{}{}", if target.inclusive { "=" } else { "" }, target.price)
    };
    targets.iter().map(text).collect()
}

#[test]
fn a_level_that_was_not_reached_says_how_near_it_was() {
    let mut world = World::new();
    world.tick(price("33500"), 0);
    world.tick(price("31000"), 5);
    world.arm(&Condition::Event(Event::Crossing { price: price("33000") }), Policy::default());
    for (text, after_s) in [("32000", 5), ("32950", 10), ("32100", 10)] {
        assert!(!world.tick(price(text), after_s));
    }
    let outlook = world.outlook();
    assert_eq!(texts(&outlook.targets), [">=33000"]);
    assert!(outlook.hindrances.is_empty());
    let nearest = outlook.targets[0].nearest.expect("a highest price since arming");
    assert_eq!((nearest.price, nearest.time.micros()), (price("32950"), 20_000_000));
}

#[test]
fn what_keeps_an_alert_from_firing_is_said() {
    let above = state(State::Above { price: price("100"), reset: Some(price("95")) });
    let mut world = World::new();
    world.arm(&above, every("1m"));
    assert_eq!(world.outlook().hindrances, [Hindrance::NoReference]);
    assert!(world.tick(price("101"), 1));
    let Hindrance::NotReady { at } = &world.outlook().hindrances[1] else { panic!("not ready") };
    assert_eq!(texts(at), ["<95"]);
    assert_eq!(
        world.outlook().hindrances[0],
        Hindrance::CoolingDown { until: Timestamp::from_micros(61_000_000) }
    );
    world.tick(price("94"), 1);
    assert_eq!(world.outlook().hindrances.len(), 1, "cooling down still");
    assert_eq!(texts(&world.outlook().targets), [">=100"]);

    let mut world = World::new();
    world.tick(price("103"), 1);
    let held = Condition::State {
        state: State::Above { price: price("102"), reset: None },
        hold: Some(span("10s")),
    };
    world.arm(&held, Policy { snoozed_until: Some(Timestamp::from_micros(5_000_000)), ..Policy::default() });
    world.tick(price("104"), 1);
    let until = Timestamp::from_micros(12_000_000);
    let snoozed = Timestamp::from_micros(5_000_000);
    assert_eq!(
        world.outlook().hindrances,
        [Hindrance::Snoozed { until: snoozed }, Hindrance::Holding { until }]
    );

    let mut world = World::new();
    world.tick(price("90"), 0);
    world.arm(&Condition::Event(Event::CrossingUp { price: price("100") }), Policy::default());
    assert!(world.tick(price("100"), 1));
    assert_eq!(world.outlook().hindrances, [Hindrance::Ended]);
    assert!(world.outlook().targets.is_empty());
}

#[test]
fn a_trailing_alert_counts_from_its_extreme() {
    let mut world = World::new();
    world.tick(price("100"), 0);
    world.arm(
        &state(State::Trailing { by: Shift::Percent("10".parse().expect("a percentage")), side: Side::Down }),
        Policy::default(),
    );
    for text in ["95", "120", "111", "115"] {
        assert!(!world.tick(price(text), 1));
    }
    let outlook = world.outlook();
    assert_eq!((outlook.reference, texts(&outlook.targets)), (Some(price("120")), vec!["<=108".to_owned()]));
    assert_eq!(outlook.targets[0].nearest.map(|nearest| nearest.price), Some(price("111")));
}

#[test]
fn the_parts_of_a_composite_say_which_of_them_hold() {
    let part = |state| bellwether_model::Part { instrument: None, state };
    let of = vec![
        part(State::Above { price: price("10"), reset: None }),
        part(State::Below { price: price("5"), reset: None }),
    ];
    let mut world = World::new();
    world.tick(price("12"), 0);
    world.arm(&state(State::All { of }), Policy::default());
    world.tick(price("12"), 1);
    let outlook = world.outlook();
    let parts: Vec<_> = outlook.parts.iter().map(|part| (part.kind.as_str(), part.holds)).collect();
    assert_eq!(
        (parts.as_slice(), outlook.holds),
        ([("above", true), ("below", false)].as_slice(), Some(false))
    );
}

/// Conditions on prices with so many decimals; with many of them a threshold lies between two prices.
fn conditions(decimals: u32) -> impl Strategy<Value = Condition> {
    let of_digits = move |digits: u32| Price::from_parts(digits.into(), decimals - 1).expect("a price");
    let level = (900u32..1100).prop_map(of_digits);
    let band = (level.clone(), level.clone()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let by = prop_oneof![
        (100u32..1500).prop_map(|p| Shift::Percent(
            format!("{}.{:02}", p / 100, p % 100).parse().expect("a percentage")
        )),
        (1u32..150).prop_map(move |digits| Shift::Amount(of_digits(digits))),
    ];
    let direction = prop_oneof![Just(Direction::Up), Just(Direction::Down), Just(Direction::Either)];
    let side = prop_oneof![Just(Side::Up), Just(Side::Down)];
    let window = prop_oneof![Just(span("10s")), Just(span("30s"))];
    let event = |event: Event| Condition::Event(event);
    prop_oneof![
        level.clone().prop_map(move |price| event(Event::Crossing { price })),
        level.clone().prop_map(move |price| event(Event::CrossingUp { price })),
        level.clone().prop_map(move |price| event(Event::CrossingDown { price })),
        band.clone().prop_map(move |(low, high)| event(Event::EnteringChannel { low, high })),
        band.clone().prop_map(move |(low, high)| event(Event::ExitingChannel { low, high })),
        level.clone().prop_map(|price| state(State::Above { price, reset: None })),
        level.prop_map(|price| state(State::Below { price, reset: None })),
        band.clone().prop_map(|(low, high)| state(State::InsideChannel { low, high })),
        band.clone().prop_map(|(low, high)| state(State::OutsideChannel { low, high })),
        band.clone().prop_map(|(reset, price)| state(State::Above { price, reset: Some(reset) })),
        band.prop_map(|(price, reset)| state(State::Below { price, reset: Some(reset) })),
        (by.clone(), direction.clone(), any::<bool>())
            .prop_map(|(by, direction, rebase)| state(State::Change { by, direction, rebase })),
        (by.clone(), direction, window.clone()).prop_map(|(by, direction, window)| state(State::Moving {
            by,
            direction,
            window
        })),
        window.clone().prop_map(|window| state(State::NewHigh { window })),
        window.prop_map(|window| state(State::NewLow { window })),
        (by, side).prop_map(|(by, side)| state(State::Trailing { by, side })),
    ]
}

/// The price beyond a target, at it, and just short of it, as far as there are such prices.
fn around(target: &Target) -> [Option<Price>; 3] {
    let (digits, decimals) = target.price.parts();
    let fine = digits * 10u128.pow(18 - decimals);
    let at = |fine: u128| Price::from_parts(fine, 18).ok();
    match target.side {
        Side::Up => [at(fine + 1), at(fine), at(fine - 1)],
        Side::Down => [at(fine - 1), at(fine), at(fine + 1)],
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_comes_true(
        (condition, ticks) in prop_oneof![Just(2u32), Just(16)].prop_flat_map(|decimals| {
            let price = (9000u32..11000).prop_map(move |digits| Price::from_parts(digits.into(), decimals).expect("a price"));
            (conditions(decimals), vec((price, 0i64..8), 2..30))
        }),
        armed_after in 0usize..5,
    ) {
        let play = |next: Option<Price>| {
            let mut world = World::new();
            for (number, (price, after_s)) in ticks.iter().enumerate() {
                if number == armed_after.min(ticks.len() - 1) {
                    world.arm(&condition, every("0s"));
                }
                world.tick(*price, *after_s);
            }
            let fired = next.map(|price| world.tick(price, 0));
            (world.outlook(), fired)
        };
        let (outlook, _) = play(None);
        let open = outlook.hindrances.is_empty() && outlook.holds != Some(true);
        prop_assert!(!open || !outlook.targets.is_empty(), "nothing is said: {outlook:?}");
        for target in &outlook.targets {
            let [beyond, at, short] = around(target);
            let fires = |price: Option<Price>| price.and_then(|price| play(Some(price)).1);
            if open {
                prop_assert_eq!(fires(at), Some(target.inclusive), "{:?}", outlook);
                prop_assert!(target.inclusive || fires(beyond) == Some(true), "{:?}", outlook);
            }
            prop_assert_ne!(fires(short), Some(true), "{:?}", outlook);
        }
        for hindrance in &outlook.hindrances {
            let Hindrance::NotReady { at: targets } = hindrance else { continue };
            for target in targets {
                let [beyond, at, short] = around(target);
                let counts = if target.inclusive { at } else { beyond };
                let is_ready = |price: Option<Price>| {
                    let (outlook, fired) = play(price);
                    fired == Some(false)
                        && !outlook.hindrances.iter().any(|h| matches!(h, Hindrance::NotReady { .. }))
                };
                prop_assert!(counts.is_none() || is_ready(counts), "{:?}", outlook);
                // Short of one of two prices may be beyond the other.
                prop_assert!(targets.len() > 1 || !is_ready(short), "{:?}", outlook);
            }
        }
    }
}
