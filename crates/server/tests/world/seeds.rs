//! A seed's life from its first trade to its judgement.

use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_store::delivery::Lane;
use rand::RngExt;
use rand::rngs::StdRng;

use crate::conservation::{Told, is_over};
use crate::exchange::{Mood, Streamed};
use crate::keeper::Fate;
use crate::life::{Counts, Life, Story};
use crate::surroundings::SYMBOLS;

/// Steps of a life before everything heals.
const STEPS: std::ops::Range<u32> = 300..900;
/// How far the service's clock is set off at most; ahead it is only while nobody makes an alert.
const OFF_MAX_US: i64 = 3_600_000_000;
/// What time passes at once while everything heals, and for how long that may take.
const HEALING_STEP: Duration = Duration::from_millis(250);
const HEALING_STEPS: u32 = 800;

/// What a life came to.
pub(crate) struct Outcome {
    pub(crate) counts: Counts,
    pub(crate) told: Told,
    /// How often receivers took something.
    pub(crate) taken: usize,
}

/// Lives a seed's life, and judges it.
pub(crate) fn live(seed: u64, story: Story) -> Outcome {
    let mut life = Life::new(seed, story);
    let mut rng = life.next_draws();
    life.start(&mut rng);
    for _ in 0..rng.random_range(STEPS) {
        let mut rng = life.next_draws();
        let kind = rng.random_range(0..100);
        strike(&mut life, kind, &mut rng);
        life.step();
    }
    heal(&mut life);
    end(life)
}

/// Lives a life in which nothing goes wrong.
pub(crate) fn live_in_peace(seed: u64, story: Story) -> Outcome {
    let mut life = Life::new(seed, story);
    let mut rng = life.next_draws();
    life.start(&mut rng);
    life.hand_on(usize::MAX >> 8);
    for _ in 0..rng.random_range(STEPS) {
        let mut rng = life.next_draws();
        match rng.random_range(0..10) {
            0..5 => life.trade(SYMBOLS[rng.random_range(0..SYMBOLS.len())], Streamed::Once, &mut rng),
            5 => life.act(&mut rng),
            _ => life.pass(Duration::from_millis(rng.random_range(1..500))),
        }
        let_all_go(&mut life, &mut rng);
        life.step();
    }
    heal(&mut life);
    end(life)
}

fn end(mut life: Life) -> Outcome {
    let told = life.judge();
    Outcome { counts: std::mem::take(&mut life.counts), told, taken: life.around.post.taken().len() }
}

/// One thing happens.
fn strike(life: &mut Life, kind: u32, rng: &mut StdRng) {
    match kind {
        0..22 => life.decide_some(1, rng),
        22..38 => life.decide_some(12, rng),
        38..52 => {
            let streamed = match rng.random_range(0..10) {
                0 => Streamed::Never,
                1 => Streamed::Twice,
                2 => Streamed::Late,
                _ => Streamed::Once,
            };
            life.trade(SYMBOLS[rng.random_range(0..SYMBOLS.len())], streamed, rng);
        }
        52..64 => life.hand_on(rng.random_range(1..6)),
        64..72 => {
            let longest = if rng.random_bool(0.1) { 6_000 } else { 400 };
            life.pass(Duration::from_millis(rng.random_range(1..longest)));
        }
        72..80 => life.answer(rng),
        80..88 => life.act(rng),
        88 => life.change_weather(rng),
        89 => {
            life.tell("cut", "");
            life.around.exchange.cut();
        }
        90 => {
            let is_down = rng.random_bool(0.5);
            life.tell("venue", if is_down { "down" } else { "up" });
            life.around.exchange.state().is_down = is_down;
            if is_down {
                life.around.exchange.cut();
            }
        }
        91 => {
            let moods = [Mood::Fine, Mood::Fine, Mood::Fails, Mood::Hangs, Mood::Garbled];
            life.mood(moods[rng.random_range(0..moods.len())], rng.random_range(0..4));
        }
        92 => {
            let off_us = rng.random_range(-OFF_MAX_US..OFF_MAX_US / 4);
            life.tell("clock", &format!("is off by {} s", off_us / 1_000_000));
            life.around.time.set_off(off_us);
        }
        93 => life.around.exchange.ping(),
        94 if rng.random_bool(0.3) => {
            if let Some(process) = &life.process {
                process.tell_to_end();
                life.tell("told to end", "");
            }
        }
        95 if rng.random_bool(0.5) => life.crash(rng, "now"),
        96 | 97 => {
            let waiting = life.around.keeper.waiting();
            if waiting > 0 {
                let any = rng.random_range(0..waiting);
                let weighty = life.around.keeper.place_of(&["commit", "record"]);
                life.decide(weighty.unwrap_or(any), Fate::Done, rng, true);
            }
        }
        _ => {}
    }
    if life.process.is_none() && rng.random_bool(0.2) {
        life.start(rng);
    }
}

/// Every call is answered, every message taken, until nobody wants anything.
fn let_all_go(life: &mut Life, rng: &mut StdRng) {
    for _ in 0..100 {
        life.hand_on(16);
        while life.around.post.waiting() > 0 {
            life.answer(rng);
        }
        life.go_on();
        match life.around.keeper.waiting() {
            0 if life.around.post.waiting() == 0 => return,
            waiting => life.decide_some(waiting, rng),
        }
    }
}

/// Whatever was broken works again, and time passes until nothing is left to be done.
fn heal(life: &mut Life) {
    let mut rng = life.next_draws();
    life.heal_everything();
    // The clock is right again, or later than it was.
    life.around.time.set_on_to(life.around.time.now());
    for symbol in SYMBOLS {
        life.trade(symbol, Streamed::Once, &mut rng);
    }
    let mut quiet_for = 0;
    for step in 0..HEALING_STEPS {
        if life.process.is_none() {
            life.start(&mut rng);
        }
        let_all_go(life, &mut rng);
        life.pass(HEALING_STEP);
        life.go_on();
        life.around.exchange.ping();
        // Once more after the service has connected, so that it learns what it missed.
        if step == 40 {
            SYMBOLS.iter().for_each(|symbol| life.trade(symbol, Streamed::Once, &mut rng));
        }
        if step > 40 && step % 4 == 0 {
            quiet_for = if standing(life).is_empty() { quiet_for + 1 } else { 0 };
        }
        if quiet_for > 4 {
            return;
        }
        if step % 40 == 39 {
            set_on_to_the_next(life);
        }
    }
    panic!("it does not come to rest: {}", standing(life));
}

/// Sets the clock on to where the next delivery is due.
fn set_on_to_the_next(life: &mut Life) {
    let store = life.around.store.clone();
    if let Some(next) = life.ask(async move { store.next_due(Lane::Urgent).await.unwrap() }) {
        life.around.time.set_on_to(Timestamp::from_micros(next.micros() + 1_000));
    }
}

/// What is not yet done: trades that are not evaluated and stored, messages that have not come to their end.
fn standing(life: &Life) -> String {
    let store = life.around.store.clone();
    let positions = life.ask(async move { store.positions().await.unwrap() });
    let mut left = Vec::new();
    for symbol in SYMBOLS {
        let newest = life.around.exchange.trades(symbol).last().map_or(0, |trade| trade.id);
        let stored = positions.iter().find(|one| one.instrument.symbol() == symbol);
        let stored = stored.map_or(0, |one| one.position.0);
        if stored != newest {
            left.push(format!("{symbol} is stored up to {stored} of {newest}"));
        }
    }
    if !left.is_empty() {
        return left.join("\n");
    }
    let told = life.told();
    let open = told.deliveries.iter().filter(|delivery| !is_over(delivery.status));
    left.extend(open.map(|delivery| format!("{delivery:?}")).take(3));
    left.join("\n")
}
