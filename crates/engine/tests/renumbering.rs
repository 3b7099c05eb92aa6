//! A venue that counts anew: no alert waits for a number of the old count.

use bellwether_engine::{Applied, Arming, Engine, InstrumentKey, Policy, Slot};
use bellwether_model::{
    AlertState, Condition, Event, Instrument, Observation, Origin, Part, Position, Repeat, Shift, Side, Span,
    Standing, State, Tick, Timestamp,
};

fn instrument(name: &str) -> Instrument {
    name.parse().expect("an instrument's name")
}

fn apply(engine: &mut Engine, key: InstrumentKey, id: u64, price: &str, second: i64) -> (Applied, Vec<Slot>) {
    let time = Timestamp::from_micros(second * 1_000_000);
    let tick = Tick::numbered(price.parse().expect("a price"), time, id);
    let mut fires = Vec::new();
    let applied = engine.apply(key, &Observation { tick, trades: None, origin: Origin::Live }, &mut fires);
    (applied, fires.into_iter().map(|fire| fire.slot).collect())
}

fn arm(engine: &mut Engine, instrument: InstrumentKey, condition: Condition, state: AlertState) -> Slot {
    let every = Repeat::Every { cooldown: Span::ZERO, max_fires: None };
    let policy = Policy { repeat: every, ..Policy::default() };
    engine.arm(Arming { instrument, condition, policy, state, order: 1 }).expect("an alert")
}

fn above(price: &str) -> State {
    State::Above { price: price.parse().expect("a price"), reset: None }
}

#[test]
fn alerts_go_on_with_the_new_count() {
    let mut engine = Engine::new();
    let (gold, iron) = (instrument("push:test/GOLD"), instrument("push:test/IRON"));
    let (key, other) = (engine.instrument(&gold), engine.instrument(&iron));
    apply(&mut engine, key, 1_000, "100", 0);
    let here = AlertState { position: Some(Position(1_000)), has_reference: true, ..AlertState::default() };
    let crossing = Condition::Event(Event::Crossing { price: "105".parse().expect("a price") });
    let level = arm(&mut engine, key, crossing.clone(), here.clone());
    let trailing =
        State::Trailing { by: Shift::Percent("10".parse().expect("a percentage")), side: Side::Down };
    let trailing = arm(&mut engine, key, Condition::State { state: trailing, hold: None }, here.clone());
    // One that fired before the process died, further on than the instrument's checkpoint.
    let ahead = AlertState { position: Some(Position(1_005)), ..here.clone() };
    let waiting = arm(&mut engine, key, crossing, ahead);
    let part = |instrument| Part { instrument, state: above("105") };
    let of = vec![part(None), part(Some(gold))];
    let gated = Standing { position: Some(Position(1_005)), has_reference: true };
    let state = AlertState { position: None, others: vec![gated], ..AlertState::default() };
    let both = arm(&mut engine, other, Condition::State { state: State::All { of }, hold: None }, state);
    apply(&mut engine, other, 1, "110", 0);

    assert_eq!(apply(&mut engine, key, 1, "110", 1).0, Applied::Stale);
    let mut changed = Vec::new();
    engine.take_changed(&mut changed);
    engine.renumber(key);
    assert!(!engine.market(key).expect("a market").in_force);
    changed.clear();
    engine.take_changed(&mut changed);
    for slot in [level, trailing, waiting, both] {
        assert!(changed.contains(&slot), "{slot:?} has another position now");
    }

    assert_eq!(apply(&mut engine, key, 0, "104", 1), (Applied::Fresh, vec![]));
    assert_eq!(engine.state(level).position, Some(Position(0)));
    let (applied, fired) = apply(&mut engine, key, 1, "110", 2);
    assert_eq!((applied, fired), (Applied::Fresh, vec![level, waiting, both]));
    assert_eq!(apply(&mut engine, key, 2, "99", 3).1, [level, trailing, waiting]);
    assert_eq!(engine.state(waiting).position, Some(Position(2)));
}
