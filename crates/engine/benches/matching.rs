//! What matching costs. Run with `cargo bench -p bellwether-engine --bench matching`; a number after
//! `--` sets the alerts (10,000,000 unless told: about 1 GB).
//!
//! | what | target |
//! |---|---|
//! | tick that fires nothing, thresholds only, 500 instruments | at most 5 ns, flat from 1 M to 10 M alerts |
//! | the same, all kinds mixed (20 % windows, 10 % trailing, 5 % composite) | at most 200 ns |
//! | the same, `moving` alone and `trailing` alone | no more than the mixture |
//! | a fire (random walk) | at most 100 ns |
//! | arm, disarm | at most 300 ns each |
//! | memory per threshold alert, per mixed alert | at most 32 bytes, 64 bytes |
//! | 10 M alerts taken in | under 1 CPU-second |
//! | flash crash: 1 M alerts fire on one instrument | under 0.2 CPU-seconds |
//! | the longest wait of a tick while alerts come and go | under 1 ms at p99.99 |
//!
//! All figures are processor time, so that a busy machine blurs them less. Beside them stand yardsticks
//! measured in the same run: two comparisons with the nearest thresholds of an array for the tick, a
//! `BTreeMap` of thresholds for the fire and for arming.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]

use std::collections::BTreeMap;
use std::hint::black_box;

use bellwether_engine::{Arming, Engine, Fire, InstrumentKey, Policy, Slot};
use bellwether_model::{
    AlertState, Condition, Direction, Event, Instrument, Observation, Origin, Part, Percent, Price, Repeat,
    Shift, Side, Span, State, Tick, Timestamp,
};

const INSTRUMENTS: usize = 500;
/// Prices have two decimals and move about here.
const MIDDLE: u64 = 1_000_000;
const QUIET_TICKS: u64 = 20_480_000;
const BATCH: usize = 4_096;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<usize>().ok());
    match (arguments.first().map(String::as_str), number(1)) {
        (Some("thresholds"), Some(count)) => thresholds(count),
        (Some("mixed"), Some(count)) => all_alike("of all kinds", count, some_condition),
        (Some("moving"), Some(count)) => all_alike("on moves", count, some_move),
        (Some("trailing"), Some(count)) => all_alike("that trail", count, some_trail),
        (Some("crash"), Some(count)) => flash_crash(count),
        _ => {
            let alerts = number(0).unwrap_or(10_000_000);
            for count in [alerts / 10, alerts] {
                alone("thresholds", count);
            }
            for what in ["mixed", "moving", "trailing"] {
                alone(what, alerts / 10);
            }
            alone("crash", alerts / 10);
        }
    }
}

/// Measures in a process of its own, whose memory is its own.
fn alone(what: &str, count: usize) {
    let program = std::env::current_exe().expect("this program's file");
    let ended = std::process::Command::new(program).args([what, &count.to_string()]).status();
    assert!(ended.is_ok_and(|status| status.success()), "{what} failed");
}

/// The machine's only source of chance here: small, fast, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

/// A reading of the processor time of this thread.
struct Cpu(f64);

impl Cpu {
    fn now() -> Self {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Self(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
    }

    /// Seconds since then.
    fn elapsed(&self) -> f64 {
        Self::now().0 - self.0
    }
}

struct World {
    engine: Engine,
    keys: Vec<InstrumentKey>,
    chance: Chance,
    prices: Vec<u64>,
    id: u64,
    fires: Vec<Fire>,
}

impl World {
    /// Instruments that stand at the middle.
    fn new(instruments: usize) -> Self {
        let mut engine = Engine::new();
        let keys = (0..instruments)
            .map(|number| {
                let name: Instrument = format!("push:bench/{number}").parse().expect("an instrument's name");
                engine.instrument(&name)
            })
            .collect();
        let mut world = Self {
            engine,
            keys,
            chance: Chance(0x9E37_79B9_7F4A_7C15),
            prices: vec![MIDDLE; instruments],
            id: 0,
            fires: Vec::new(),
        };
        (0..instruments).for_each(|at| world.tick(at, MIDDLE));
        world
    }

    fn tick(&mut self, at: usize, cents: u64) {
        let observation = self.observe(price(cents));
        self.engine.apply(self.keys[at], &observation, &mut self.fires);
    }

    fn observe(&mut self, price: Price) -> Observation {
        self.id += 1;
        let time = Timestamp::from_micros(1_760_000_000_000_000 + i64::try_from(self.id * 100).unwrap_or(0));
        Observation { tick: Tick::numbered(price, time, self.id), trades: None, origin: Origin::Live }
    }

    /// A level up to half the price away, and at least a thousandth.
    fn level(&mut self) -> u64 {
        let away = MIDDLE / 1_000 + self.chance.below(MIDDLE / 2);
        if self.chance.below(2) == 0 { MIDDLE - away } else { MIDDLE + away }
    }

    fn crossing(&mut self) -> Arming {
        let level = price(self.level());
        self.arming(Condition::Event(Event::Crossing { price: level }))
    }

    fn arming(&mut self, condition: Condition) -> Arming {
        let at = usize::try_from(self.chance.below(self.keys.len() as u64)).unwrap_or(0);
        self.id += 1;
        Arming {
            instrument: self.keys[at],
            condition,
            policy: Policy::default(),
            state: AlertState { has_reference: true, ..AlertState::default() },
            order: self.id,
        }
    }

    fn arm(&mut self, arming: Arming) -> Slot {
        self.engine.arm(arming).expect("a condition that can be evaluated")
    }

    /// A step of a random walk on a random instrument; `step` hundredths at most.
    fn step(&mut self, step: u64) {
        let at = usize::try_from(self.chance.below(self.keys.len() as u64)).unwrap_or(0);
        let moved = self.prices[at] + self.chance.below(2 * step + 1) - step;
        self.prices[at] = moved.clamp(MIDDLE / 2, MIDDLE * 3 / 2);
        self.tick(at, self.prices[at]);
    }
}

fn thresholds(count: usize) {
    println!("\n{count} crossings on {INSTRUMENTS} instruments");
    let mut world = World::new(INSTRUMENTS);
    let armings: Vec<Arming> = (0..count).map(|_| world.crossing()).collect();
    let before = resident();
    let clock = Cpu::now();
    let slots: Vec<Slot> = armings.iter().map(|arming| world.arm(arming.clone())).collect();
    let spent = clock.elapsed();
    let slots_bytes = size_of::<Slot>() * slots.len();
    println!("  taken in: {spent:.2} s, {:.0} ns each", spent * 1e9 / count as f64);
    println!("  memory: {:.1} bytes each", (resident() - before - slots_bytes as f64) / count as f64);

    let quiet = quiet_ticks(&mut world);
    let yardstick = two_comparisons();
    println!("  quiet tick: {quiet:.1} ns; two comparisons: {yardstick:.1} ns");

    arm_and_disarm(&mut world, slots, &armings);
    walk(&mut world, &armings);
}

/// Ticks within a thousandth of the middle, which no alert is; they come in batches, as from a feed.
fn quiet_ticks(world: &mut World) -> f64 {
    let mut spent = 0.0;
    let mut batch = Vec::with_capacity(BATCH);
    for first in (0..QUIET_TICKS).step_by(BATCH) {
        batch.clear();
        for number in first..first + BATCH as u64 {
            let at = usize::try_from(number * 7 % INSTRUMENTS as u64).unwrap_or(0);
            batch.push((world.keys[at], world.observe(price(MIDDLE + number % 512))));
        }
        let clock = Cpu::now();
        for (key, observation) in &batch {
            world.engine.apply(*key, observation, &mut world.fires);
        }
        spent += clock.elapsed();
    }
    assert!(world.fires.is_empty(), "quiet ticks fire nothing");
    spent * 1e9 / QUIET_TICKS as f64
}

fn two_comparisons() -> f64 {
    let nearest = vec![(MIDDLE - 1_000, MIDDLE + 1_000); INSTRUMENTS];
    let nearest = black_box(nearest);
    let (clock, mut reached) = (Cpu::now(), 0u64);
    for number in 0..QUIET_TICKS {
        let (low, high) = nearest[usize::try_from(number * 7 % INSTRUMENTS as u64).unwrap_or(0)];
        let p = MIDDLE + number % 512;
        reached += u64::from(p <= low || p >= high);
    }
    black_box(reached);
    clock.elapsed() * 1e9 / QUIET_TICKS as f64
}

fn arm_and_disarm(world: &mut World, mut slots: Vec<Slot>, armings: &[Arming]) {
    let turns = slots.len().min(1_000_000);
    let (mut disarms, mut arms, mut gone) = (0.0, 0.0, Vec::with_capacity(BATCH));
    for batch in armings[..turns].chunks(BATCH) {
        gone.extend(batch.iter().map(|_| take_any(world, &mut slots)));
        let clock = Cpu::now();
        gone.drain(..).for_each(|slot| world.engine.disarm(slot));
        disarms += clock.elapsed();
        let clock = Cpu::now();
        slots.extend(batch.iter().map(|arming| world.arm(arming.clone())));
        arms += clock.elapsed();
    }
    let each = 1e9 / turns as f64;
    println!("  disarm: {:.0} ns, arm: {:.0} ns", disarms * each, arms * each);

    let mut waits = Vec::with_capacity(turns / 4);
    for arming in &armings[..turns / 4] {
        let gone = take_any(world, &mut slots);
        let clock = Cpu::now();
        world.engine.disarm(gone);
        slots.push(world.arm(arming.clone()));
        waits.push(clock.elapsed() * 1e9);
    }
    waits.sort_unstable_by(f64::total_cmp);
    let at = |of_10_000: usize| waits[(waits.len() - 1) * of_10_000 / 10_000];
    println!("  one of each: p50 {:.0} ns, p99 {:.0} ns, p99.99 {:.0} ns", at(5_000), at(9_900), at(9_999));
}

fn take_any(world: &mut World, slots: &mut Vec<Slot>) -> Slot {
    let which = world.chance.below(slots.len() as u64);
    slots.swap_remove(usize::try_from(which).unwrap_or(0))
}

/// A random walk that fires; each fire is armed anew, as the yardstick does.
fn walk(world: &mut World, armings: &[Arming]) {
    let mut trees: Vec<BTreeMap<(u64, u32), ()>> = vec![BTreeMap::new(); INSTRUMENTS];
    for (number, arming) in armings.iter().enumerate() {
        let Condition::Event(Event::Crossing { price }) = &arming.condition else { continue };
        let at = world.keys.iter().position(|key| *key == arming.instrument).unwrap_or(0);
        let (digits, decimals) = price.parts();
        let cents = u64::try_from(digits * 10u128.pow(2 - decimals)).unwrap_or(0);
        trees[at].insert((cents, u32::try_from(number).unwrap_or(0)), ());
    }
    let (mut fired, clock) = (0usize, Cpu::now());
    let steps = 200_000;
    for _ in 0..steps {
        world.step(5_000);
        fired += world.fires.len();
        world.fires.clear();
    }
    let engine = clock.elapsed();
    let mut chance = Chance(7);
    let mut prices = vec![MIDDLE; INSTRUMENTS];
    let (mut taken, clock) = (0usize, Cpu::now());
    for _ in 0..steps {
        let at = usize::try_from(chance.below(INSTRUMENTS as u64)).unwrap_or(0);
        let new = (prices[at] + chance.below(10_001) - 5_000).clamp(MIDDLE / 2, MIDDLE * 3 / 2);
        let (low, high) = (prices[at].min(new), prices[at].max(new));
        while let Some((&key, ())) = trees[at].range((low, 0)..=(high, u32::MAX)).next() {
            trees[at].remove(&key);
            taken += 1;
        }
        prices[at] = new;
    }
    let tree = clock.elapsed();
    println!(
        "  fire: {:.0} ns with its tick ({fired} fires); taken from a B-tree: {:.0} ns ({taken})",
        engine * 1e9 / fired as f64,
        tree * 1e9 / taken as f64,
    );
}

fn all_alike(what: &str, count: usize, condition: impl Fn(&mut World, usize) -> Condition) {
    println!("\n{count} alerts {what} on {INSTRUMENTS} instruments");
    let mut world = World::new(INSTRUMENTS);
    let before = resident();
    for number in 0..count {
        let condition = condition(&mut world, number);
        let mut arming = world.arming(condition);
        // Half of them fire again and again.
        if number % 2 == 0 {
            arming.policy.repeat = Repeat::Every { cooldown: Span::ZERO, max_fires: None };
        }
        world.arm(arming);
    }
    println!("  memory: {:.1} bytes each", (resident() - before) / count as f64);
    // A day's memory of each instrument.
    for _ in 0..500_000 {
        world.step(20);
    }
    world.fires.clear();
    let (ticks, clock) = (2_000_000, Cpu::now());
    for _ in 0..ticks {
        world.step(20);
    }
    let spent = clock.elapsed() * 1e9 / f64::from(ticks);
    println!("  tick of a small walk: {spent:.0} ns; {} fires among {ticks}", world.fires.len());
}

/// A percentage that the walk does not reach at once, spread so that few alerts share one.
fn some_percent(world: &mut World) -> Shift {
    let hundredths = 200 + world.chance.below(4_800);
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    Shift::Percent(text.parse().expect("a percentage"))
}

fn some_move(world: &mut World, number: usize) -> Condition {
    let direction = [Direction::Up, Direction::Down, Direction::Either][number % 3];
    let window = Span::from_seconds([300, 3_600, 86_400][number / 3 % 3]).expect("a window");
    Condition::State { state: State::Moving { by: some_percent(world), direction, window }, hold: None }
}

fn some_trail(world: &mut World, number: usize) -> Condition {
    let side = [Side::Up, Side::Down][number % 2];
    Condition::State { state: State::Trailing { by: some_percent(world), side }, hold: None }
}

/// 20 % windows, 10 % trailing, 5 % composite, 10 % change, the rest levels and channels.
fn some_condition(world: &mut World, number: usize) -> Condition {
    let percent = |text: &str| Shift::Percent(text.parse::<Percent>().expect("a percentage"));
    let window = Span::from_seconds([300, 3_600, 86_400][number % 3]).expect("a window");
    let (a, b) = (price(world.level()), price(world.level()));
    let high = a.max(b);
    let by = percent(["2", "5", "10", "25"][number % 4]);
    let state = match number % 20 {
        0..=2 => State::Moving { by, direction: Direction::Either, window },
        3 => State::NewHigh { window: Span::from_seconds(604_800).expect("a window") },
        4 | 5 => State::Trailing { by, side: Side::Down },
        6 => State::All {
            of: vec![
                Part { instrument: None, state: State::Above { price: high, reset: None } },
                Part { instrument: None, state: State::Moving { by, direction: Direction::Up, window } },
            ],
        },
        7 | 8 => State::Change { by, direction: Direction::Either, rebase: true },
        9 => State::OutsideChannel { low: price(MIDDLE / 2), high: price(MIDDLE * 2) },
        _ => return Condition::Event(Event::Crossing { price: a }),
    };
    Condition::State { state, hold: None }
}

fn flash_crash(count: usize) {
    println!("\n{count} alerts on one instrument, all of which fire within a second of ticks");
    let mut world = World::new(1);
    for _ in 0..count {
        let level = price(MIDDLE - 1 - world.chance.below(MIDDLE / 2));
        let arming = world.arming(Condition::Event(Event::CrossingDown { price: level }));
        world.arm(arming);
    }
    let (clock, mut longest) = (Cpu::now(), 0.0f64);
    for step in 1..=1_000 {
        let tick = Cpu::now();
        world.tick(0, MIDDLE - step * (MIDDLE / 2_000) - 1);
        longest = longest.max(tick.elapsed());
    }
    let spent = clock.elapsed();
    let fired = world.fires.len();
    println!(
        "  {fired} fires in {spent:.2} s, {:.0} ns each; longest tick {:.2} ms",
        spent * 1e9 / fired as f64,
        longest * 1e3
    );
}

fn price(cents: u64) -> Price {
    Price::from_parts(u128::from(cents), 2).expect("a price")
}

/// Bytes of this process in memory.
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<f64>().ok());
    pages.unwrap_or(f64::NAN) * 4_096.0
}
