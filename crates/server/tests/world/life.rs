//! One life of the world: a seed draws every step, and nothing else decides in which order anything happens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::runtime::{Builder, Runtime};

use crate::conservation::{self, Past, Told};
use crate::exchange::{Mood, Streamed};
use crate::judge;
use crate::keeper::{Fate, Looking};
use crate::ledger::Ledger;
use crate::people::{self, Act};
use crate::post::Behaviour;
use crate::process::{Process, rounds};
use crate::surroundings::{SYMBOLS, Surroundings};

/// What happened, step by step; shared with whoever tells of a failure.
pub(crate) type Story = Arc<Mutex<Vec<String>>>;

/// How often each kind of step happened.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

/// Every step takes this long, so that no two things happen at the same instant.
const STEP: Duration = Duration::from_millis(1);
/// Calls after which people's alerts are looked at, and those after which their messages are.
const CHANGES: [&str; 3] = ["create_together", "change_alert", "delete_alert"];
const ENDINGS: [&str; 3] = ["commit", "record", "delete_alert"];
/// Rounds for those who wait on the store's side.
const STORE_ROUNDS: usize = 6;

/// How bad it is at the moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// How many of a thousand calls of the store fail, and of how many the answer is lost.
    failed: u32,
    lost: u32,
    /// How many of a thousand messages are refused for now, taken in silence, refused for good.
    fails: u32,
    silent: u32,
    refuses: u32,
}

impl Weather {
    const FINE: Self = Self { failed: 0, lost: 0, fails: 0, silent: 0, refuses: 0 };

    fn drawn(rng: &mut StdRng) -> Self {
        let mut some =
            |often: f64, most: u32| if rng.random_bool(often) { rng.random_range(1..most) } else { 0 };
        Self {
            failed: some(0.4, 300),
            lost: some(0.4, 300),
            fails: some(0.5, 600),
            silent: some(0.5, 400),
            refuses: some(0.3, 100),
        }
    }

    fn fate(self, rng: &mut StdRng) -> Fate {
        match rng.random_range(0..1_000) {
            drawn if drawn < self.failed => Fate::Failed,
            drawn if drawn < self.failed + self.lost => Fate::AnswerLost,
            _ => Fate::Done,
        }
    }

    fn behaviour(self, rng: &mut StdRng) -> Behaviour {
        match rng.random_range(0..1_100) {
            drawn if drawn < self.fails => Behaviour::Fails,
            drawn if drawn < self.fails + self.silent => Behaviour::TakesInSilence,
            drawn if drawn < self.fails + self.silent + self.refuses => Behaviour::Refuses,
            _ => Behaviour::Takes,
        }
    }
}

/// The world, and where it has come to.
pub(crate) struct Life {
    pub(crate) seed: u64,
    pub(crate) around: Arc<Surroundings>,
    /// Where the store's own tasks run: on the other side of the gate.
    beyond: Runtime,
    pub(crate) process: Option<Process>,
    pub(crate) ledger: Ledger,
    past: Past,
    pub(crate) weather: Weather,
    prices: BTreeMap<&'static str, u64>,
    steps: u64,
    acts: u64,
    processes: u64,
    story: Story,
    pub(crate) counts: Counts,
}

impl Life {
    pub(crate) fn new(seed: u64, story: Story) -> Self {
        let beyond = Builder::new_current_thread().enable_all().build().unwrap();
        let around = beyond.block_on(Surroundings::new(seed));
        let mut life = Self {
            seed,
            around,
            beyond,
            process: None,
            ledger: Ledger::default(),
            past: Past::default(),
            weather: Weather::FINE,
            prices: SYMBOLS.map(|symbol| (symbol, 10_000)).into(),
            steps: 0,
            acts: 0,
            processes: 0,
            story,
            counts: Counts::new(),
        };
        life.look_at_alerts();
        life
    }

    /// What a seed draws for the next step. Each step has draws of its own, so that one more or less in the one before
    /// changes nothing.
    pub(crate) fn next_draws(&mut self) -> StdRng {
        self.steps += 1;
        StdRng::seed_from_u64(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.steps)
    }

    pub(crate) fn tell(&mut self, kind: &'static str, what: &str) {
        *self.counts.entry(kind).or_default() += 1;
        let at_ms = self.around.time.passed_us() / 1_000;
        let line = format!("{:>7}.{:03} {kind} {what}", at_ms / 1_000, at_ms % 1_000);
        self.story.lock().unwrap().push(line);
    }

    pub(crate) fn start(&mut self, rng: &mut StdRng) {
        self.processes += 1;
        let deliverers = if rng.random_bool(0.25) { 2 } else { 1 };
        self.tell("start", &format!("with {deliverers} deliverers"));
        let seed = self.seed.wrapping_add(self.processes << 32);
        self.process = Some(Process::start(&self.around, seed, deliverers));
        self.go_on();
    }

    pub(crate) fn crash(&mut self, rng: &mut StdRng, when: &str) {
        if self.process.take().is_some() {
            self.tell("crash", when);
            self.around.exchange.cut();
            self.around.post.forget_the_dead(|| rng.random_bool(0.5));
        }
    }

    /// Lets everything go on until it waits for the life.
    pub(crate) fn go_on(&mut self) {
        for _ in 0..2 {
            if let Some(process) = &self.process {
                process.go_on();
            }
            self.beyond.block_on(rounds(STORE_ROUNDS));
        }
        if self.process.as_ref().is_some_and(Process::has_ended) {
            self.process = None;
            self.tell("ended", "");
        }
    }

    pub(crate) fn pass(&mut self, duration: Duration) {
        self.around.time.pass(duration);
        if let Some(process) = &self.process {
            process.pass(duration);
        }
    }

    /// One step takes its time, and whatever it set going goes on.
    pub(crate) fn step(&mut self) {
        self.pass(STEP);
        self.go_on();
    }

    /// Has one call of the store come to its fate. Its caller may die before it hears of it.
    pub(crate) fn decide(&mut self, place: usize, fate: Fate, rng: &mut StdRng, dies: bool) {
        let call = self.around.keeper.decide(place, fate);
        let kind = match fate {
            Fate::Done => "call",
            Fate::Failed => "call failed",
            Fate::AnswerLost => "answer lost",
        };
        self.tell(kind, call);
        // It goes to the store, which does it; the caller has not heard yet.
        if let Some(process) = &self.process {
            process.go_on();
        }
        let store = self.around.store.clone();
        self.beyond.block_on(async {
            rounds(STORE_ROUNDS).await;
            Looking::new(store.ping()).await.unwrap();
            rounds(STORE_ROUNDS).await;
        });
        if fate != Fate::Failed && CHANGES.contains(&call) {
            self.look_at_alerts();
        }
        if fate != Fate::Failed && ENDINGS.contains(&call) {
            let told = self.told();
            self.past.hold_against(&told);
        }
        if dies {
            self.crash(rng, &format!("before it hears of {call}"));
        }
        self.go_on();
    }

    /// Lets some calls go, or all that wait, in any order.
    pub(crate) fn decide_some(&mut self, most: usize, rng: &mut StdRng) {
        for _ in 0..most {
            let waiting = self.around.keeper.waiting();
            if waiting == 0 {
                return;
            }
            let (place, fate) = (rng.random_range(0..waiting), self.weather.fate(rng));
            self.decide(place, fate, rng, false);
        }
    }

    pub(crate) fn trade(&mut self, symbol: &'static str, streamed: Streamed, rng: &mut StdRng) {
        let price = self.prices.get_mut(symbol).unwrap();
        *price = price.saturating_add_signed(rng.random_range(-6..=6)).clamp(9_970, 10_030);
        let price = *price;
        self.around.exchange.trade(symbol, price, streamed);
        self.tell("trade", &format!("{symbol} {price} streamed {streamed:?}"));
    }

    pub(crate) fn mood(&mut self, mood: Mood, lags: usize) {
        self.tell("history", &format!("{mood:?}, lags by {lags}"));
        let mut state = self.around.exchange.state();
        (state.mood, state.lags) = (mood, lags);
    }

    /// Whatever was broken works again.
    pub(crate) fn heal_everything(&mut self) {
        self.tell("heal", "");
        self.weather = Weather::FINE;
        self.around.exchange.heal();
    }

    pub(crate) fn change_weather(&mut self, rng: &mut StdRng) {
        self.weather = Weather::drawn(rng);
        self.tell("weather", &format!("{:?}", self.weather));
    }

    /// A receiver answers.
    pub(crate) fn answer(&mut self, rng: &mut StdRng) {
        let waiting = self.around.post.waiting();
        if waiting > 0 {
            let behaviour = self.weather.behaviour(rng);
            self.around.post.answer(rng.random_range(0..waiting), behaviour);
            self.tell("receiver", &format!("{behaviour:?}"));
        }
    }

    /// Lets so many updates go from the feed to the evaluator.
    pub(crate) fn hand_on(&mut self, count: usize) {
        if let Some(process) = &self.process {
            process.parts().may_pass.add_permits(count);
        }
    }

    /// Somebody does something to an alert.
    pub(crate) fn act(&mut self, rng: &mut StdRng) {
        let Some(process) = self.process.as_ref().filter(|process| process.is_up()) else { return };
        if self.around.time.is_ahead() {
            // What is traded before the instant at which an alert was accepted fires it by how it comes.
            return;
        }
        let person = self.around.people[rng.random_range(0..self.around.people.len())].clone();
        let act = Act::drawn(rng, &person);
        let theirs = self.ledger.of(person.id);
        let alert = (!theirs.is_empty()).then(|| theirs[rng.random_range(0..theirs.len())]);
        self.acts += 1;
        let name =
            format!("{} of {:?}", act.name(), alert.and_then(|id| theirs.iter().position(|one| *one == id)));
        let (around, parts) = (Arc::clone(&self.around), Arc::clone(process.parts()));
        process.spawn(people::act(around, parts, person, alert, act, self.acts));
        self.tell("act", &name);
    }

    /// What is told in the store.
    pub(crate) fn told(&self) -> Told {
        let around = Arc::clone(&self.around);
        self.beyond
            .block_on(Looking::new(async move { conservation::read(&around.store, &around.people).await }))
    }

    /// Something of the life's own about the store.
    pub(crate) fn ask<T>(&self, question: impl Future<Output = T>) -> T {
        self.beyond.block_on(Looking::new(question))
    }

    fn look_at_alerts(&mut self) {
        let (store, ledger) = (self.around.store.clone(), &mut self.ledger);
        self.beyond.block_on(Looking::new(ledger.look(&store)));
    }

    /// Everything must be as the twin says, and everything told.
    pub(crate) fn judge(&mut self) -> Told {
        self.look_at_alerts();
        let told = self.told();
        self.past.hold_against(&told);
        judge::compare(&self.around, &self.ledger, &told.fires);
        conservation::check(&self.around, &self.ledger, &told);
        told
    }
}
