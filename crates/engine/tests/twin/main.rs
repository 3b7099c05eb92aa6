//! The engine against its twin, over random scripts of ticks, alerts, edits, gaps and crashes: every
//! verdict and every field of every fire must agree.
//!
//! The scripts are drawn from a fixed seed, so that a run is the same everywhere. `BELLWETHER_CASES` sets
//! how many are drawn for each market (CI: 10,000), `BELLWETHER_SEED` another seed. A failure prints the
//! seed and the shortest script found that fails.
//!
//! Faults that were planted in the engine to see whether this finds them, and were found: a crossing that
//! fires from its own level, or misses it; a trigger one key too far; a cooldown that ends one tick late; an
//! expiry that still fires (needs some thousand scripts); a refilled tick at the instant of acceptance that
//! fires; a window that keeps the price that ended as it opened, or sees ticks ahead of it, or forgets all in
//! a restart; an extreme, a reference or a run of `for` that survives a fire; a reset reached instead of
//! passed; `either` measured from the wrong base; a composite that fires before its position in another
//! instrument; `max_fires` counted over the whole life; a new high that is as high as the old one; fires of
//! one tick out of order; a window taken for calm beyond what an alert measures to, or after an extreme has
//! gone out of it; an alarm that a tick passes by; a silence that is told twice, also after a restart, or
//! never, too early, over a gap, within a cooldown, or at its expiry.

mod draw;
mod grid;
mod play;
mod script;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::draw::Theme;
use crate::grid::Grid;
use crate::play::{Tally, play};

/// Enough to find a planted fault in a second or two.
const DEFAULT_CASES: u32 = 300;

fn from_env<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[track_caller]
fn agree_on(grid: &Grid) {
    agree(grid, Theme::Prices).must_not_be_idle();
}

#[track_caller]
fn agree(grid: &Grid, theme: Theme) -> Tally {
    let seed: u64 = from_env("BELLWETHER_SEED", 1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: from_env("BELLWETHER_CASES", DEFAULT_CASES),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tally = std::cell::RefCell::new(Tally::default());
    let outcome = runner.run(&draw::scripts(grid, theme), |script| {
        let played = play(&script).map_err(TestCaseError::fail)?;
        tally.borrow_mut().add(&played);
        Ok(())
    });
    match outcome {
        Ok(()) => tally.take(),
        Err(TestError::Fail(why, script)) => panic!("seed {seed}: {why}\n\n{script}"),
        Err(TestError::Abort(why)) => panic!("seed {seed}: gave up: {why}"),
    }
}

#[test]
fn they_agree_on_silences() {
    agree(&Grid::whole(), Theme::Silences).must_be_silent();
}

#[test]
fn they_agree_on_small_whole_prices() {
    agree_on(&Grid::whole());
}

#[test]
fn they_agree_where_percentages_hit_prices_exactly() {
    agree_on(&Grid::round_percentages());
}

#[test]
fn they_agree_on_the_smallest_prices() {
    agree_on(&Grid::smallest());
}

#[test]
fn they_agree_on_the_longest_prices() {
    agree_on(&Grid::longest());
}

#[test]
fn they_agree_where_magnitudes_mix() {
    agree_on(&Grid::mixed());
}

#[test]
fn they_agree_on_quotes_of_twenty_decimals_and_their_midpoints() {
    agree_on(&Grid::quoted());
}
