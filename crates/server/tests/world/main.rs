//! A world in a box: the feed, the evaluator, the store and the deliverers of the service, and a seed that draws
//! everything that happens to them.
//!
//! What runs is the code of the service: [`bellwether_feeds::spawn`] over Binance's own protocol, the evaluator with
//! its follower and commits, the deliverers with their leases, on a runtime whose time stands still until told
//! ([`process`]). Around it is nothing but memory: an exchange whose streams and history fail ([`exchange`]), receivers
//! that hang and lie ([`post`]), people who make and change alerts ([`people`]). Whatever the service wants of the
//! world waits until the life lets it have it ([`life`]), one thing at a time, so one thread decides the order of all
//! steps, and the process can die between any two of them.
//!
//! The store is the real one, on SQLite in memory, which passes the same contract suite as the others: what it does
//! with a call is what it does on a disk. At its gate ([`keeper`]) each call waits, fails before it is done, or loses
//! its answer afterwards. It outlives the processes, as a database does; that it survives a `kill -9` itself is shown
//! by `system/kill.rs`.
//!
//! As a life goes on, no fire changes or goes away and no delivery that has ended begins again. In the end the venue is
//! up, the receivers answer, and time passes: then the fires in the store are those of the twin over what was truly
//! traded ([`judge`]), and each was told to each of its channels, under one id ([`conservation`]).
//!
//! `BELLWETHER_SEEDS=2000 cargo test -p bellwether-server --test world` lives so many lives. A failure says which seed
//! it was, the last steps, and the command that lives it again.

#![expect(clippy::unwrap_used, reason = "what is missing here is a failure of the test")]
#![expect(clippy::print_stderr, reason = "a run says what it came to")]

mod conservation;
mod exchange;
mod judge;
mod keeper;
mod ledger;
mod life;
mod line;
mod people;
mod post;
mod process;
mod seeds;
mod surroundings;
mod time;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Once, PoisonError};

use self::life::{Counts, Story};
use self::seeds::{Outcome, live, live_in_peace};

/// Lives where nobody says how many.
const SEEDS: u64 = 6;
/// Steps that a failure tells, the last ones; all where one seed is lived.
const TOLD: usize = 120;

/// What happens as often as in a tenth of all lives, or once.
const KINDS: [&str; 16] = [
    "act",
    "answer lost",
    "call",
    "call failed",
    "clock",
    "crash",
    "cut",
    "ended",
    "heal",
    "history",
    "receiver",
    "start",
    "told to end",
    "trade",
    "venue",
    "weather",
];

/// The value of a variable that is a number.
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

thread_local! {
    /// How often something has panicked in this thread, in the life's own code or in the service's.
    static PANICS: Cell<u64> = const { Cell::new(0) };
}

/// Counts panics: the service catches its own.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            before(info);
        }));
    });
}

/// Lives a life; where it fails, says how to live it again.
fn tell_of(seed: u64, name: &str, live: impl FnOnce(u64, Story) -> Outcome) -> Outcome {
    let story = Story::default();
    let told = story.clone();
    count_panics();
    let before = PANICS.get();
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let outcome = live(seed, told);
        assert_eq!(PANICS.get(), before, "a part of the service panicked");
        outcome
    }));
    lived.unwrap_or_else(|panic| {
        let story = story.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who look now and then whether there is anything to do, and find nothing.
        let is_telling = |line: &&String| !line.ends_with(" call claim") && !line.ends_with(" call changes");
        let telling: Vec<_> = story.iter().filter(is_telling).cloned().collect();
        // Whoever lives it again wants to know all of it.
        let left_out =
            if number("BELLWETHER_SEED").is_some() { 0 } else { telling.len().saturating_sub(TOLD) };
        eprintln!("{}", telling[left_out..].join("\n"));
        eprintln!("seed {seed} fails; again:");
        eprintln!("BELLWETHER_SEED={seed} cargo test -p bellwether-server --test world {name}");
        resume_unwind(panic)
    })
}

/// The seeds to be lived.
fn seeds(usual: u64) -> std::ops::Range<u64> {
    match number("BELLWETHER_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("BELLWETHER_SEEDS").unwrap_or(usual),
    }
}

#[test]
fn whatever_fails_no_fire_is_lost_and_none_comes_twice() {
    let (seeds, mut counts) = (seeds(SEEDS), Counts::new());
    let (mut fires, mut deliveries, mut taken) = (0, 0, 0);
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in seeds.clone() {
        let outcome = tell_of(seed, "whatever_fails", live);
        outcome.counts.into_iter().for_each(|(kind, count)| *counts.entry(kind).or_default() += count);
        fires += outcome.told.fires.len();
        deliveries += outcome.told.deliveries.len();
        taken += outcome.taken;
        for delivery in &outcome.told.deliveries {
            *ends.entry(delivery.status.name()).or_default() += 1;
        }
    }
    let lives = seeds.end - seeds.start;
    eprintln!(
        "{lives} lives, {fires} fires, {deliveries} deliveries {ends:?}, taken {taken} times; {counts:?}"
    );
    if lives >= SEEDS {
        for kind in KINDS {
            let count = counts.get(kind).copied().unwrap_or(0);
            assert!(count >= (lives / 10).max(1), "{kind} happened {count} times only");
        }
        assert!(fires as u64 > lives, "nearly nothing fires");
    }
}

#[test]
fn where_nothing_fails_every_message_is_taken_once() {
    for seed in seeds(SEEDS / 3) {
        let outcome = tell_of(seed, "where_nothing_fails", live_in_peace);
        let told = &outcome.told.deliveries;
        let gone =
            told.iter().filter(|one| one.status == bellwether_store::delivery::DeliveryStatus::Cancelled);
        assert_eq!(outcome.taken, told.len() - gone.count());
    }
}

#[test]
fn a_seed_tells_the_same_story_again() {
    let again = |seed| {
        let story = Story::default();
        live(seed, story.clone());
        std::mem::take(&mut *story.lock().unwrap())
    };
    let (one, other) = (again(1), again(1));
    let differs = one.iter().zip(&other).position(|(one, other)| one != other);
    assert_eq!(differs, None, "{:?}", differs.map(|at| (&one[at.saturating_sub(5)..=at], &other[at])));
    assert_eq!(one.len(), other.len());
}
