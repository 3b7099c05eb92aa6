//! Worked examples of `docs/semantics.md`: ticks as `price@second`, an alert, and the ticks that fire it.

use bellwether_engine::{Arming, Engine, Policy};
use bellwether_model::{
    AlertState, Condition, Direction, Event, Instrument, Observation, Origin, Price, Repeat, Shift, Side,
    Span, State, Tick, Timestamp,
};

/// Alerts are armed after the tick at second 0, or before the first one where there is none.
#[track_caller]
fn check(ticks: &str, condition: Condition, repeat: Repeat, expected: &[&str]) {
    let name: Instrument = "push:test/GOLD".parse().expect("an instrument's name");
    let mut engine = Engine::new();
    let key = engine.instrument(&name);
    let mut arming = Some(Arming {
        instrument: key,
        condition,
        policy: Policy { repeat, ..Policy::default() },
        state: AlertState::default(),
        order: 1,
    });
    let mut fired = Vec::new();
    for (number, text) in ticks.split(", ").enumerate() {
        let (price, second) = text.split_once('@').expect("price@second");
        let second: i64 = second.parse().expect("a second");
        if second > 0
            && let Some(mut arming) = arming.take()
        {
            let market = engine.market(key);
            arming.state.position = market.as_ref().map(|market| market.position);
            arming.state.has_reference = market.is_some();
            engine.arm(arming).expect("a condition that can be evaluated");
        }
        let time = Timestamp::from_micros(second * 1_000_000);
        let tick = Tick::numbered(price.parse().expect("a price"), time, number as u64 + 1);
        let mut fires = Vec::new();
        engine.apply(key, &Observation { tick, trades: None, origin: Origin::Live }, &mut fires);
        fired.extend(fires.iter().map(|_| text));
    }
    assert_eq!(fired, expected, "{ticks}");
}

fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

fn percent(text: &str) -> Shift {
    Shift::Percent(text.parse().expect("a percentage"))
}

fn span(seconds: u64) -> Span {
    Span::from_seconds(seconds).expect("a span")
}

fn crossing(at: &str) -> Condition {
    Condition::Event(Event::Crossing { price: price(at) })
}

fn state(state: State) -> Condition {
    Condition::State { state, hold: None }
}

fn above(at: &str) -> Condition {
    state(State::Above { price: price(at), reset: None })
}

const ONCE: Repeat = Repeat::Once;
const EVERY: Repeat = Repeat::Every { cooldown: Span::ZERO, max_fires: None };

#[test]
fn a_crossing_fires_where_the_level_is_reached_or_passed() {
    check("100@0, 101@1, 103@2, 102@3", crossing("102"), ONCE, &["103@2"]);
    check("100@0, 101@1, 103@2, 102@3", crossing("102"), EVERY, &["103@2", "102@3"]);
    check("28000@0, 33000@9", crossing("33000"), ONCE, &["33000@9"]);
    check("35000@0, 32999@9", crossing("33000"), ONCE, &["32999@9"]);
    check("102@0, 102@1, 103@2, 102@3", crossing("102"), ONCE, &["102@3"]);
    check("101@0, 102@1, 103@2", crossing("102"), EVERY, &["102@1"]);
}

#[test]
fn a_level_fires_when_it_holds_and_is_ready() {
    check("105@0, 104@1", above("102"), ONCE, &["104@1"]);
    check("105@0, 104@1, 101@2, 103@3", above("102"), EVERY, &["104@1", "103@3"]);
    let cooling = Repeat::Every { cooldown: span(10), max_fires: None };
    check("105@0, 104@1, 101@2, 103@3, 104@12", above("102"), cooling, &["104@1", "104@12"]);
    let twice = Repeat::Every { cooldown: Span::ZERO, max_fires: Some(2) };
    check("100@0, 103@1, 101@2, 103@3, 101@4, 103@5", above("102"), twice, &["103@1", "103@3"]);
}

#[test]
fn a_change_is_measured_from_the_price_that_fired_last() {
    let by = percent("0.01");
    let change = state(State::Change { by, direction: Direction::Either, rebase: true });
    check("100@0, 100.005@5, 100.01@10, 100.02@15", change, EVERY, &["100.01@10"]);
}

#[test]
fn a_move_counts_from_a_price_that_was_in_force_when_the_window_opened() {
    let moving = |direction| state(State::Moving { by: percent("5"), direction, window: span(3_600) });
    check("100@0, 100@3000, 106@3660", moving(Direction::Up), ONCE, &["106@3660"]);
}

#[test]
fn a_trailing_alert_follows_the_highest_price() {
    let trailing = state(State::Trailing { by: percent("10"), side: Side::Down });
    check("100@0, 120@1, 109@2, 108@3", trailing, ONCE, &["108@3"]);
}

#[test]
fn a_reset_is_hysteresis() {
    let above = state(State::Above { price: price("102"), reset: Some(price("98")) });
    check("105@0, 104@1, 101@2, 103@3, 97@4, 103@5", above, EVERY, &["104@1", "103@5"]);
}

#[test]
fn a_condition_with_for_must_have_held_all_the_while() {
    let above = State::Above { price: price("102"), reset: None };
    let held = Condition::State { state: above, hold: Some(span(10)) };
    check("100@0, 103@1, 101@3, 103@5, 104@9, 104@15", held, ONCE, &["104@15"]);
}

#[test]
fn a_new_high_is_above_all_of_its_window() {
    let new_high = state(State::NewHigh { window: span(10) });
    check("100@0, 101@1, 100@2, 101@3, 102@4", new_high, EVERY, &["101@1", "102@4"]);
}

#[test]
fn the_first_tick_is_the_reference_of_an_event_and_may_fire_a_state() {
    let up = Condition::Event(Event::CrossingUp { price: price("5") });
    check("5@1, 6@2", up, ONCE, &[]);
    check("5@1", above("5"), ONCE, &["5@1"]);
}
