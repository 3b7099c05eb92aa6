//! Random outages by seed: whatever fails, and in whatever order, every trade comes once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_feeds::{Interruption, Start};
use bellwether_model::{Position, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::exchange::{Exchange, RestMood};
use crate::rig::{ORIGIN_US, Rig, config};

/// Lives that are lived where nobody says how many.
const SEEDS: u64 = 300;
const SYMBOLS: [&str; 3] = ["AAAUSDT", "BBBUSDT", "CCCUSDT"];

/// What can happen to a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Cut,
    VenueDown,
    VenueUp,
    RestFails,
    RestHangs,
    RestLimits,
    RestHeals,
    HistoryLags,
    Swallowed,
    Repeats,
    HalfOpen,
    Malformed,
    Shutdown,
    LongGap,
    Kill,
    Unwatched,
}

const FAULTS: [Fault; 16] = [
    Fault::Cut,
    Fault::VenueDown,
    Fault::VenueUp,
    Fault::RestFails,
    Fault::RestHangs,
    Fault::RestLimits,
    Fault::RestHeals,
    Fault::HistoryLags,
    Fault::Swallowed,
    Fault::Repeats,
    Fault::HalfOpen,
    Fault::Malformed,
    Fault::Shutdown,
    Fault::LongGap,
    Fault::Kill,
    Fault::Unwatched,
];

#[test]
fn no_outage_loses_or_doubles_a_trade() {
    let mut counts: BTreeMap<Fault, u32> = BTreeMap::new();
    let mut ticks = 0;
    let seeds = seeds();
    for seed in 0..seeds {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(one_life(seed, &mut counts))
        }));
        match outcome {
            Ok(count) => ticks += count,
            Err(panic) => {
                eprintln!("seed {seed} fails");
                std::panic::resume_unwind(panic);
            }
        }
    }
    eprintln!("{seeds} seeds, {ticks} ticks, faults: {counts:?}");
    for fault in FAULTS {
        let (count, least) = (u64::from(counts.get(&fault).copied().unwrap_or(0)), seeds / 6);
        assert!(count >= least, "{fault:?} happened {count} times only");
    }
}

/// As many lives as are asked for.
fn seeds() -> u64 {
    std::env::var("BELLWETHER_OUTAGES").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS)
}

async fn one_life(seed: u64, counts: &mut BTreeMap<Fault, u32>) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    let exchange = Exchange::with_markets(&SYMBOLS);
    let mut config = config();
    config.bounds.short_pages = 1_000;
    config.bounds.waiting_trades = 200;
    config.bounds.patience = Duration::from_secs(86_400);
    let room = rng.random_range(1..64);
    // Whether it begins at a number or at an instant, nothing since then may be missing.
    let begin = match seed % 2 {
        0 => Start::After(Position(0)),
        _ => Start::Since(Timestamp::from_micros(ORIGIN_US)),
    };
    let wanted = SYMBOLS.map(|symbol| (symbol, begin));
    let mut rig = Rig::start_with(&exchange, seed, &wanted, config, room);
    for _ in 0..rng.random_range(10..40) {
        if rng.random_bool(0.4) {
            let fault = FAULTS[rng.random_range(0..FAULTS.len())];
            *counts.entry(fault).or_default() += 1;
            strike(fault, &exchange, &mut rig, &mut rng, room).await;
        }
        let symbol = SYMBOLS[rng.random_range(0..SYMBOLS.len())];
        exchange.trade(symbol, rng.random_range(0..20));
        rig.run_for(Duration::from_millis(rng.random_range(1..20_000))).await;
        exchange.ping();
    }
    heal(&exchange, &mut rig).await;
    for symbol in SYMBOLS {
        rig.assert_complete(symbol, 0);
    }
    rig.interruptions.retain(|(_, why)| *why != Interruption::FirstWatch);
    assert_eq!(rig.interruptions, []);
    rig.seen.values().map(Vec::len).sum()
}

async fn strike(fault: Fault, exchange: &Arc<Exchange>, rig: &mut Rig, rng: &mut StdRng, room: usize) {
    let symbol = SYMBOLS[rng.random_range(0..SYMBOLS.len())];
    match fault {
        Fault::Cut => exchange.cut(),
        Fault::VenueDown => {
            exchange.state().open_for_business = false;
            exchange.cut();
        }
        Fault::VenueUp => exchange.state().open_for_business = true,
        Fault::RestFails => exchange.state().rest = RestMood::Status(502, None),
        Fault::RestHangs => exchange.state().rest = RestMood::Hangs,
        Fault::RestLimits => exchange.state().rest = RestMood::Status(429, Some(rng.random_range(1..20))),
        Fault::RestHeals => {
            let mut state = exchange.state();
            state.rest = RestMood::Fine;
            state.history_lags = 0;
        }
        Fault::HistoryLags => exchange.state().history_lags = rng.random_range(1..30),
        Fault::Swallowed => {
            exchange.state().swallows = true;
            exchange.trade(symbol, rng.random_range(1..10));
            exchange.state().swallows = false;
        }
        Fault::Repeats => {
            let repeats = exchange.state().repeats;
            exchange.state().repeats = !repeats;
        }
        Fault::HalfOpen => exchange.freeze(),
        Fault::Malformed => exchange.broadcast("{\"stream\":\"x\",\"data\":{\"e\":\"aggTrade\"}}"),
        Fault::Shutdown => exchange.broadcast(r#"{"e":"serverShutdown","E":1795255230000}"#),
        Fault::LongGap => {
            exchange.cut();
            exchange.trade(symbol, rng.random_range(1_000..3_500));
        }
        Fault::Kill => {
            rig.kill().await;
            exchange.trade(symbol, rng.random_range(0..100));
            rig.restart(room);
        }
        Fault::Unwatched => unwatch_for_a_while(symbol, exchange, rig, rng).await,
    }
}

/// One symbol leaves and comes back; the others go on.
async fn unwatch_for_a_while(symbol: &str, exchange: &Arc<Exchange>, rig: &mut Rig, rng: &mut StdRng) {
    let reached = |rig: &Rig, symbol: &str| Some(rig.ids(symbol).last().copied().unwrap_or(0));
    let others: Vec<_> = SYMBOLS.into_iter().filter(|other| *other != symbol).collect();
    let without: Vec<_> = others.iter().map(|other| (*other, reached(rig, other))).collect();
    rig.want(&without);
    let away = Duration::from_millis(rng.random_range(0..5_000));
    rig.run_for(away).await;
    // Whatever was on its way when it left has come by now, or never will.
    rig.run_for(Duration::from_millis(1)).await;
    exchange.trade(symbol, rng.random_range(0..10));
    let with: Vec<_> = SYMBOLS.map(|each| (each, reached(rig, each))).into();
    rig.want(&with);
}

async fn heal(exchange: &Arc<Exchange>, rig: &mut Rig) {
    {
        let mut state = exchange.state();
        state.open_for_business = true;
        state.rest = RestMood::Fine;
        state.history_lags = 0;
        state.swallows = false;
        state.repeats = false;
    }
    for _ in 0..20 {
        rig.run_for(Duration::from_secs(10)).await;
        exchange.ping();
    }
    for symbol in SYMBOLS {
        exchange.trade(symbol, 1);
    }
    rig.run_for(Duration::from_secs(30)).await;
}
