//! Silences: once each, over restarts, edits and pauses, in the order of their lengths.

use bellwether_engine::{Arming, Engine, Fire, Hindrance, InstrumentKey, Policy, Slot};
use bellwether_model::{
    AlertState, Condition, Instrument, Measure, Observation, Origin, Position, Repeat, Span, Tick, Timestamp,
};

const EVERY: Repeat = Repeat::Every { cooldown: Span::ZERO, max_fires: None };
const ALWAYS: Timestamp = Timestamp::from_micros(i64::MIN);

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

fn silent(seconds: u64) -> Condition {
    Condition::Silent { span: Span::from_seconds(seconds).expect("a span") }
}

fn policy(repeat: Repeat) -> Policy {
    Policy { repeat, ..Policy::default() }
}

/// One instrument, whose ticks are numbered from 1.
struct Desk {
    engine: Engine,
    key: InstrumentKey,
    number: u64,
}

impl Desk {
    fn new() -> Self {
        let mut engine = Engine::new();
        let name: Instrument = "push:test/GOLD".parse().expect("an instrument's name");
        let key = engine.instrument(&name);
        Self { engine, key, number: 0 }
    }

    fn tick(&mut self, second: i64) {
        self.number += 1;
        let tick = Tick::numbered("100".parse().expect("a price"), at(second), self.number);
        let mut fires = Vec::new();
        self.engine.apply(self.key, &Observation { tick, trades: None, origin: Origin::Live }, &mut fires);
        assert_eq!(fires, [], "no tick fires a silence");
    }

    /// An alert that is accepted at a second.
    fn arm(&mut self, seconds: u64, repeat: Repeat, accepted: i64) -> Slot {
        let market = self.engine.market(self.key);
        let state = AlertState {
            position: market.as_ref().map(|market| market.position),
            has_reference: market.is_some(),
            accepted_at: Some(at(accepted)),
            ..AlertState::default()
        };
        self.go_on(seconds, repeat, state)
    }

    fn go_on(&mut self, seconds: u64, repeat: Repeat, state: AlertState) -> Slot {
        let (condition, order) = (silent(seconds), seconds);
        let arming = Arming { instrument: self.key, condition, policy: policy(repeat), state, order };
        self.engine.arm(arming).expect("a silence can be evaluated")
    }

    fn hear(&mut self, before: i64) -> Vec<Fire> {
        let mut fires = Vec::new();
        self.engine.silence(self.key, at(before), ALWAYS, &mut fires);
        fires
    }

    /// The lengths and the seconds of what is told up to a second.
    fn told(&mut self, before: i64) -> Vec<(u64, i64)> {
        self.hear(before).iter().map(|fire| (fire.order, fire.tick.time.micros() / 1_000_000)).collect()
    }

    /// The same alerts in an engine of its own, as a process that takes over has them.
    fn after_a_restart(&self, slots: &[(u64, Slot)]) -> (Self, Vec<(u64, Slot)>) {
        let mut next = Self { number: self.number, ..Self::new() };
        let market = self.engine.market(self.key).expect("there was a tick");
        next.engine.resume(next.key, &market, &self.engine.memory(self.key)).expect("an engine wrote this");
        let kept = slots.iter().map(|&(seconds, slot)| (seconds, self.engine.state(slot)));
        let kept: Vec<_> = kept.collect();
        let slots = kept.into_iter().map(|(seconds, state)| (seconds, next.go_on(seconds, EVERY, state)));
        let slots = slots.collect();
        (next, slots)
    }
}

#[test]
fn a_silence_is_told_once_and_the_next_tick_makes_ready_again() {
    let mut desk = Desk::new();
    desk.tick(0);
    desk.arm(60, EVERY, 0);
    assert_eq!(desk.told(60), [], "a tick at this very instant would end it in time");
    let fires = desk.hear(62);
    let [fire] = fires.as_slice() else { panic!("one fire, not {fires:?}") };
    assert_eq!((fire.number, fire.ended, fire.previous), (1, false, None));
    assert_eq!((fire.tick.time, fire.tick.id, fire.tick.position), (at(60), Some(1), Position(1)));
    assert_eq!(fire.measure, Measure::SilentSince(at(0)));
    assert_eq!(desk.told(10_000), []);
    desk.tick(10_001);
    assert_eq!(desk.told(10_061), []);
    assert_eq!(desk.told(10_062), [(60, 10_061)]);
}

#[test]
fn silences_come_by_their_lengths_each_at_its_own_time() {
    let mut desk = Desk::new();
    desk.tick(0);
    for seconds in [40, 10, 30, 20] {
        desk.arm(seconds, EVERY, 0);
    }
    assert_eq!(desk.told(21), [(10, 10), (20, 20)]);
    assert_eq!(desk.told(100), [(30, 30), (40, 40)]);
    desk.tick(100);
    desk.arm(5, EVERY, 100);
    assert_eq!(desk.told(131), [(5, 105), (10, 110), (20, 120), (30, 130)]);
}

#[test]
fn a_restart_in_the_middle_tells_neither_twice_nor_never() {
    let mut desk = Desk::new();
    desk.tick(0);
    let slots = [(10, desk.arm(10, EVERY, 0)), (30, desk.arm(30, EVERY, 0))];
    assert_eq!(desk.told(15), [(10, 10)]);
    let (mut next, slots) = desk.after_a_restart(&slots);
    assert_eq!(next.told(20), []);
    assert_eq!(next.told(40), [(30, 30)]);
    let (mut last, _) = next.after_a_restart(&slots);
    assert_eq!(last.told(1_000), []);
    last.tick(1_000);
    assert_eq!(last.told(1_031), [(10, 1_010), (30, 1_030)]);
}

#[test]
fn an_alert_armed_in_a_silence_counts_from_there() {
    let mut desk = Desk::new();
    desk.tick(0);
    desk.arm(100, EVERY, 0);
    assert_eq!(desk.told(150), [(100, 100)]);
    desk.arm(60, Repeat::Once, 150);
    assert_eq!(desk.told(210), []);
    assert_eq!(desk.told(211), [(60, 210)]);
    desk.tick(300);
    assert_eq!(desk.told(1_000), [(100, 400)], "the other one has ended");
}

#[test]
fn a_pause_ends_the_count_and_whoever_takes_the_slot_has_their_own() {
    let mut desk = Desk::new();
    desk.tick(0);
    let slot = desk.arm(60, EVERY, 0);
    assert_eq!(desk.engine.listened().count(), 1);
    desk.engine.disarm(slot);
    assert_eq!(desk.engine.listened().count(), 0);
    assert_eq!(desk.told(500), []);
    let taken = desk.arm(60, EVERY, 500);
    assert_eq!((taken, desk.told(560)), (slot, vec![]));
    assert_eq!(desk.told(561), [(60, 560)]);
}

#[test]
fn an_edit_of_the_pauses_counts_at_once() {
    let mut desk = Desk::new();
    desk.tick(0);
    let slot = desk.arm(60, EVERY, 0);
    let snoozed = Policy { snoozed_until: Some(at(500)), ..policy(EVERY) };
    desk.engine.amend(slot, snoozed);
    assert_eq!(desk.told(400), []);
    desk.engine.amend(slot, policy(EVERY));
    assert_eq!(desk.told(400), [(60, 60)], "it was silent for so long all the while");
    desk.tick(400);
    desk.engine.amend(slot, Policy { expires_at: Some(at(460)), ..policy(EVERY) });
    assert_eq!(desk.told(1_000), [], "it expired in the very instant");
    desk.engine.amend(slot, Policy { expires_at: Some(at(461)), ..policy(EVERY) });
    assert_eq!(desk.told(1_000), [(60, 460)]);
}

#[test]
fn what_was_not_watched_is_no_silence_and_each_gap_begins_the_count_anew() {
    let mut desk = Desk::new();
    desk.tick(0);
    desk.arm(60, EVERY, 0);
    let mut hear = |before, since| {
        let mut fires = Vec::new();
        desk.engine.silence(desk.key, at(before), at(since), &mut fires);
        fires.iter().map(|fire| fire.tick.time).collect::<Vec<_>>()
    };
    assert_eq!(hear(100, 50), []);
    assert_eq!(hear(150, 100), [], "another gap before it was over");
    assert_eq!(hear(161, 100), [at(160)]);
    assert_eq!(hear(900, 200), [], "after a gap it is still the silence after that tick");
}

#[test]
fn a_venue_that_counts_anew_does_not_have_a_silence_told_twice() {
    let mut desk = Desk::new();
    desk.tick(0);
    let slot = desk.arm(60, EVERY, 0);
    assert_eq!(desk.told(61), [(60, 60)]);
    desk.engine.renumber(desk.key);
    assert_eq!(desk.told(500), []);
    let (mut next, _) = desk.after_a_restart(&[(60, slot)]);
    assert_eq!(next.told(500), []);
    next.number = 0;
    next.tick(500);
    assert_eq!(next.told(561), [(60, 560)]);
}

#[test]
fn it_says_when_it_will_be_told_and_that_it_was() {
    let mut desk = Desk::new();
    desk.tick(0);
    let slot = desk.arm(60, EVERY, 20);
    let why = |desk: &Desk, now| desk.engine.outlook(slot, &silent(60), policy(EVERY), at(now)).hindrances;
    assert_eq!(why(&desk, 30), [Hindrance::Listening { until: at(80) }]);
    assert_eq!(desk.told(81), [(60, 80)]);
    assert_eq!(why(&desk, 81), [Hindrance::NotReady { at: vec![] }]);
}
