//! A script played to the twin and to the engine at once.
//!
//! The engine's side is kept as the service keeps it: what is saved is the last checkpoint, and each
//! alert's state at each fire and edit since; after a crash another engine takes up the saved state and is
//! given the ticks since the checkpoint again, which must fire nothing.

use std::collections::BTreeMap;

use bellwether_engine::{Applied, Arming, Engine, Fire, InstrumentKey, Market, Policy, Slot};
use bellwether_model::{
    AlertSpec, AlertState, Channel, Instrument, Measure, Observation, Position, Price, Standing, Tick,
    Timestamp,
};
use bellwether_twin::{ArmAt, Twin, TwinFire, TwinPolicy, Verdict};

use crate::draw::instrument;
use crate::script::{ALERTS, DrawnTick, INSTRUMENTS, Script, Step, Terms, Wish};

/// The script's clock starts here.
const START_US: i64 = 1_760_000_000_000_000;

/// Every condition.
const KINDS: [&str; 17] = [
    "crossing",
    "crossing_up",
    "crossing_down",
    "entering_channel",
    "exiting_channel",
    "above",
    "below",
    "inside_channel",
    "outside_channel",
    "change",
    "moving",
    "new_high",
    "new_low",
    "trailing",
    "all",
    "any",
    "silent",
];

/// Plays a script.
///
/// # Errors
/// The first disagreement.
pub(crate) fn play(script: &Script) -> Result<Tally, String> {
    let mut stage = Stage::new(script);
    for (number, step) in script.steps.iter().enumerate() {
        stage.step(step).map_err(|why| format!("step {number} ({step}): {why}"))?;
    }
    Ok(stage.tally)
}

/// What happened in the scripts played: a run in which nothing did would prove nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    fires: BTreeMap<&'static str, u64>,
    stale: u64,
    mixed: u64,
    crashes: u64,
    /// Conditions that the engine refuses.
    unsupported: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Tally) {
        for (into, from) in [(&mut self.fires, &other.fires), (&mut self.unsupported, &other.unsupported)] {
            for (kind, count) in from {
                *into.entry(kind).or_default() += count;
            }
        }
        self.stale += other.stale;
        self.mixed += other.mixed;
        self.crashes += other.crashes;
    }

    /// Silences were told, and crashes came between.
    #[track_caller]
    pub(crate) fn must_be_silent(&self) {
        assert!(self.fires.get("silent") > Some(&100) && self.crashes > 100, "{self:?}");
    }

    /// Every condition that the engine takes has fired, and whatever can go wrong with ticks has.
    #[track_caller]
    pub(crate) fn must_not_be_idle(&self) {
        for kind in KINDS {
            let shown = self.fires.contains_key(kind) || self.unsupported.contains_key(kind);
            assert!(shown, "no fire of {kind}: {self:?}");
        }
        assert!(self.stale > 0 && self.mixed > 0 && self.crashes > 0, "{self:?}");
    }
}

/// One fire as either side tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    alert: u64,
    number: u64,
    instrument: Instrument,
    time: Timestamp,
    id: Option<u64>,
    price: Price,
    previous_price: Option<Price>,
    measure: Measure,
    ended: bool,
}

impl From<TwinFire> for Told {
    fn from(fire: TwinFire) -> Self {
        Self {
            alert: fire.alert,
            number: fire.number,
            instrument: fire.instrument,
            time: fire.time,
            id: fire.id,
            price: fire.price,
            previous_price: fire.previous_price,
            measure: fire.measure,
            ended: fire.ended,
        }
    }
}

/// One alert.
#[derive(Debug, Clone)]
struct Card {
    wish: Wish,
    /// Its slot, while it is in force.
    slot: Option<Slot>,
    /// The number of its last fire.
    fires: u64,
    policy: Policy,
    /// Its state as the store has it.
    saved: AlertState,
}

/// What came since the last checkpoint, to be given to the next engine again.
#[derive(Debug, Clone)]
enum Logged {
    Tick(usize, Observation),
    Gap(usize),
}

struct Stage<'a> {
    script: &'a Script,
    twin: Twin,
    engine: Engine,
    keys: [InstrumentKey; INSTRUMENTS],
    cards: [Option<Card>; ALERTS],
    clock: Timestamp,
    /// The number of the last tick sent on each instrument.
    numbers: [u64; INSTRUMENTS],
    /// Since when each instrument was watched without a gap.
    watched: [Timestamp; INSTRUMENTS],
    checkpoint: [Option<(Market, Vec<u8>)>; INSTRUMENTS],
    log: Vec<Logged>,
    tally: Tally,
}

impl<'a> Stage<'a> {
    fn new(script: &'a Script) -> Self {
        let mut engine = Engine::new();
        Self {
            script,
            twin: Twin::new(),
            keys: std::array::from_fn(|number| engine.instrument(&instrument(number))),
            engine,
            cards: std::array::from_fn(|_| None),
            clock: Timestamp::from_micros(START_US),
            numbers: [5; INSTRUMENTS],
            watched: [Timestamp::from_micros(START_US); INSTRUMENTS],
            checkpoint: std::array::from_fn(|_| None),
            log: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Tick(tick) => self.tick(tick)?,
            Step::Arm { alert, wish } => {
                self.pause(*alert);
                let fires = self.cards[*alert].as_ref().map_or(0, |card| card.fires);
                self.arm(*alert, wish, fires);
            }
            Step::Pause { alert } => self.pause(*alert),
            Step::Resume { alert } => {
                if let Some(card) = self.cards[*alert].clone()
                    && card.slot.is_none()
                {
                    self.arm(*alert, &card.wish, card.fires);
                }
            }
            Step::Amend { alert, terms } => self.amend(*alert, *terms),
            Step::Gap { instrument: number } => {
                self.twin.interrupt(&instrument(*number));
                self.engine.interrupt(self.keys[*number]);
                self.log.push(Logged::Gap(*number));
                self.watched[*number] = self.clock;
            }
            Step::Quiet { instrument, after_us, behind_us } => {
                self.quiet(*instrument, *after_us, *behind_us)?
            }
            Step::Checkpoint => self.save_all(),
            Step::Crash => self.crash()?,
        }
        Ok(())
    }

    fn tick(&mut self, drawn: &DrawnTick) -> Result<(), String> {
        let observation = self.observe(drawn);
        let number = drawn.instrument;
        let name = instrument(number);
        let mut fires = Vec::new();
        let applied = self.engine.apply(self.keys[number], &observation, &mut fires);
        let (verdict, expected) = self.twin.apply(&name, &observation);
        let agree = match verdict {
            Verdict::Fresh => matches!(applied, Applied::Fresh),
            Verdict::Stale => matches!(applied, Applied::Stale),
            Verdict::Mixed => matches!(applied, Applied::Mixed),
        };
        if !agree {
            return Err(format!("the twin says {verdict:?}, the engine {applied:?}"));
        }
        match verdict {
            Verdict::Fresh => self.log.push(Logged::Tick(number, observation)),
            Verdict::Stale => self.tally.stale += 1,
            Verdict::Mixed => self.tally.mixed += 1,
        }
        self.compare(&fires, expected)
    }

    /// After a crash this is not said again: what was told then stays told, and what was not is told now.
    fn quiet(&mut self, number: usize, after_us: i64, behind_us: i64) -> Result<(), String> {
        self.clock = Timestamp::from_micros(self.clock.micros() + after_us);
        let before = Timestamp::from_micros(self.clock.micros() - behind_us);
        let since = self.watched[number];
        let mut fires = Vec::new();
        self.engine.silence(self.keys[number], before, since, &mut fires);
        let expected = self.twin.silence(&instrument(number), before, since);
        self.compare(&fires, expected)
    }

    fn observe(&mut self, drawn: &DrawnTick) -> Observation {
        let number = drawn.instrument;
        self.clock = Timestamp::from_micros(self.clock.micros() + drawn.after_us);
        let position = self.numbers[number].saturating_add_signed(drawn.advance);
        let is_numbered = self.script.numbered[number] != drawn.wrong_kind;
        if !drawn.wrong_kind {
            self.numbers[number] = self.numbers[number].max(position);
        }
        let time = Timestamp::from_micros(self.clock.micros() - drawn.behind_us);
        let tick = if is_numbered {
            Tick::numbered(drawn.price, time, position)
        } else {
            Tick::unnumbered(drawn.price, time, Position(position))
        };
        Observation { tick, trades: None, origin: drawn.origin }
    }

    fn compare(&mut self, fires: &[Fire], expected: Vec<TwinFire>) -> Result<(), String> {
        let told: Vec<Told> = fires.iter().filter_map(|fire| self.told(fire)).collect();
        let expected: Vec<Told> = expected.into_iter().map(Told::from).collect();
        if told != expected || told.len() != fires.len() {
            return Err(format!("the twin tells {expected:#?}\nthe engine {fires:#?}"));
        }
        for fire in fires {
            let engine = &self.engine;
            let Some(card) = self.cards.iter_mut().flatten().find(|card| card.slot == Some(fire.slot)) else {
                continue;
            };
            *self.tally.fires.entry(card.wish.condition.name()).or_default() += 1;
            card.fires = fire.number;
            card.saved = engine.state(fire.slot);
            if fire.ended {
                self.engine.disarm(fire.slot);
                card.slot = None;
            }
        }
        Ok(())
    }

    fn told(&self, fire: &Fire) -> Option<Told> {
        let alert = self.cards.iter().position(|card| {
            let slot = card.as_ref().and_then(|card| card.slot);
            slot == Some(fire.slot)
        })?;
        let number = self.keys.iter().position(|&key| key == fire.instrument)?;
        Some(Told {
            alert: alert as u64,
            number: fire.number,
            instrument: instrument(number),
            time: fire.tick.time,
            id: fire.tick.id,
            price: fire.tick.price,
            previous_price: fire.previous,
            measure: fire.measure.clone(),
            ended: fire.ended,
        })
    }

    fn pause(&mut self, alert: usize) {
        self.twin.disarm(alert as u64);
        if let Some(slot) = self.cards[alert].as_mut().and_then(|card| card.slot.take()) {
            self.engine.disarm(slot);
        }
    }

    fn arm(&mut self, alert: usize, wish: &Wish, fires: u64) {
        let spec = spec(wish);
        let accepted_at = wish.accepted.then_some(self.clock);
        let numbers: Vec<usize> = spec
            .instruments()
            .into_iter()
            .filter_map(|name| (0..INSTRUMENTS).find(|&number| instrument(number) == *name))
            .collect();
        let places: Vec<(bool, Option<Position>)> =
            numbers.iter().map(|&number| self.place(number, wish.ahead)).collect();
        let at = spec.instruments().into_iter().cloned().zip(places.iter().map(|&(_, position)| position));
        self.twin.arm(alert as u64, &spec, &ArmAt::Positions(at.collect()), accepted_at, alert as u64);
        self.twin.amend(alert as u64, twin_policy(&policy(wish.terms)));
        let state = AlertState {
            position: places[0].1,
            others: places[1..]
                .iter()
                .map(|&(has_reference, position)| Standing { position, has_reference })
                .collect(),
            accepted_at,
            has_reference: places[0].0,
            fires,
            ..AlertState::default()
        };
        let mut card =
            Card { wish: wish.clone(), slot: None, fires, policy: policy(wish.terms), saved: state };
        card.slot = self.engine.arm(self.arming(alert, &card)).ok();
        if card.slot.is_none() {
            self.twin.disarm(alert as u64);
            *self.tally.unsupported.entry(wish.condition.name()).or_default() += 1;
        }
        self.cards[alert] = Some(card);
    }

    /// Whether a price is in force at the position that an alert is armed at, and that position: the
    /// newest tick's, or one still to come.
    fn place(&self, number: usize, ahead: u64) -> (bool, Option<Position>) {
        match self.engine.market(self.keys[number]) {
            None => (false, None),
            Some(market) => (market.in_force || ahead > 0, Some(Position(market.position.0 + ahead))),
        }
    }

    fn arming(&self, alert: usize, card: &Card) -> Arming {
        Arming {
            instrument: self.keys[card.wish.instrument],
            condition: card.wish.condition.clone(),
            policy: card.policy,
            state: card.saved.clone(),
            order: alert as u64,
        }
    }

    fn amend(&mut self, alert: usize, terms: Terms) {
        let Some(card) = &mut self.cards[alert] else {
            return;
        };
        card.wish.terms = terms;
        card.policy = policy(terms);
        if let Some(slot) = card.slot {
            self.twin.amend(alert as u64, twin_policy(&card.policy));
            self.engine.amend(slot, card.policy);
            // The ticks up to here were judged by the former terms, and must not be judged again.
            self.save(alert);
        }
    }

    /// Saves an alert's state as it is after the last tick.
    fn save(&mut self, alert: usize) {
        let market = |number: usize| self.engine.market(self.keys[number]).map(|market| market.position);
        let Some(card) = &mut self.cards[alert] else {
            return;
        };
        let Some(slot) = card.slot else {
            return;
        };
        let mut state = self.engine.state(slot);
        state.position = state.position.max(market(card.wish.instrument));
        let spec = spec(&card.wish);
        let others = spec.instruments().into_iter().skip(1);
        for (standing, name) in state.others.iter_mut().zip(others) {
            let number = (0..INSTRUMENTS).find(|&number| instrument(number) == *name);
            standing.position = standing.position.max(number.and_then(market));
        }
        card.saved = state;
    }

    fn save_all(&mut self) {
        (0..ALERTS).for_each(|alert| self.save(alert));
        self.checkpoint =
            self.keys.map(|key| self.engine.market(key).map(|market| (market, self.engine.memory(key))));
        self.log.clear();
    }

    fn crash(&mut self) -> Result<(), String> {
        self.tally.crashes += 1;
        self.engine = Engine::new();
        // Another order of instruments and alerts: no key and no slot may outlive an engine.
        for number in (0..INSTRUMENTS).rev() {
            self.keys[number] = self.engine.instrument(&instrument(number));
            if let Some((market, memory)) = &self.checkpoint[number] {
                self.engine.resume(self.keys[number], market, memory).map_err(|bad| bad.to_string())?;
            }
        }
        for alert in (0..ALERTS).rev() {
            let Some(card) = self.cards[alert].clone().filter(|card| card.slot.is_some()) else {
                continue;
            };
            let slot = self.engine.arm(self.arming(alert, &card)).ok();
            if let Some(card) = &mut self.cards[alert] {
                card.slot = slot;
            }
        }
        for logged in self.log.clone() {
            match logged {
                Logged::Gap(number) => self.engine.interrupt(self.keys[number]),
                Logged::Tick(number, observation) => {
                    let mut fires = Vec::new();
                    let applied = self.engine.apply(self.keys[number], &observation, &mut fires);
                    if !matches!(applied, Applied::Fresh) || !fires.is_empty() {
                        return Err(format!(
                            "given again, {observation:?} is {applied:?} and fires {fires:#?}"
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

fn spec(wish: &Wish) -> AlertSpec {
    let policy = policy(wish.terms);
    AlertSpec {
        name: String::new(),
        instrument: instrument(wish.instrument),
        condition: wish.condition.clone(),
        repeat: policy.repeat,
        expires_at: policy.expires_at,
        note: String::new(),
        message: String::new(),
        channels: vec![Channel::Email],
        tags: Vec::new(),
    }
}

fn policy(terms: Terms) -> Policy {
    let instant = |seconds: i64| Timestamp::from_micros(START_US + seconds * 1_000_000);
    Policy {
        repeat: terms.repeat,
        expires_at: terms.expires_s.map(instant),
        snoozed_until: terms.snoozed_s.map(instant),
    }
}

fn twin_policy(policy: &Policy) -> TwinPolicy {
    TwinPolicy { repeat: policy.repeat, expires_at: policy.expires_at, snoozed_until: policy.snoozed_until }
}
