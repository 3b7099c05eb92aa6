//! Candles in place of single trades that the venue does not serve.

use std::time::Duration;

use bellwether_feeds::{Coverage, Gaps, Interruption};
use bellwether_model::{Observation, Origin, Price};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::exchange::{Exchange, RestMood, Trade, price_text};
use crate::rig::{ORIGIN_US, Rig};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE_US: i64 = 60_000_000;

/// Lives with holes.
const SEEDS: u64 = 200;

fn minute(time_us: i64) -> i64 {
    (time_us - ORIGIN_US).div_euclid(MINUTE_US)
}

/// Lets tens of seconds pass on connections that are alive.
async fn live_on(rig: &mut Rig, seconds: u32) {
    for _ in 0..seconds / 10 {
        rig.exchange.ping();
        rig.run_for(10 * SECOND).await;
    }
}

/// The prices that were handed on, by where they come from.
fn prices(seen: &[Observation], origin: Origin) -> Vec<String> {
    let of = seen.iter().filter(|seen| seen.origin == origin);
    of.map(|seen| seen.tick.price.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn candles_stand_in_and_live_trades_go_on_behind_them() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    let mut rig = Rig::start(&exchange, 1, &[("AAA", None), ("BBB", None)]);
    exchange.state().refuses_trades = true;
    rig.run_for(SECOND).await;
    // The first of the next minute is heard: of that minute everything is known.
    exchange.trade("AAA", 1);
    live_on(&mut rig, 60).await;
    exchange.trade("AAA", 2);
    rig.run_for(SECOND).await;
    exchange.cut();
    exchange.state().open_for_business = false;
    for _ in 0..4 {
        rig.run_for(30 * SECOND).await;
        exchange.trade("AAA", 5);
    }
    exchange.state().open_for_business = true;
    rig.run_for(20 * SECOND).await;
    assert_eq!(rig.ids("AAA"), [1, 2, 3]);
    // The next trade tells where the hole ends. Its minute has to be over.
    exchange.trade("AAA", 1);
    exchange.trade("BBB", 1);
    rig.run_for(SECOND).await;
    assert_eq!((rig.ids("AAA").len(), rig.ids("BBB")), (3, vec![1]), "others do not wait");
    assert_eq!(rig.coverage("AAA"), Some(&Coverage::CatchingUp));
    live_on(&mut rig, 70).await;
    let ids = rig.ids("AAA");
    assert!(ids.is_sorted_by(|one, next| one < next) && ids.last() == Some(&24), "{ids:?}");
    assert!(!prices(&rig.seen["AAA"], Origin::Candle).is_empty());
    assert_eq!(rig.coverage("AAA"), Some(&Coverage::Watched));
    rig.interruptions.retain(|(_, why)| *why != Interruption::FirstWatch);
    assert_eq!((rig.interruptions.len(), rig.vitals().gaps), (0, Gaps { open: 0, filled: 1, lost: 0 }));
    let candles = |asked: &(Duration, String)| asked.1.contains("klines");
    let (asked, trades): (Vec<_>, Vec<_>) = exchange.state().requests.clone().into_iter().partition(candles);
    assert!((2..=8).contains(&asked.len()) && trades.len() <= 6, "{asked:?} {trades:?}");
    exchange.trade("AAA", 3);
    rig.run_for(SECOND).await;
    assert_eq!(rig.ids("AAA").last(), Some(&27));
}

#[tokio::test(start_paused = true)]
async fn where_candles_are_not_to_be_had_either_live_trades_do_not_wait_for_long() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 2, &[("AAA", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 1);
    exchange.state().swallows = true;
    exchange.trade("AAA", 5);
    exchange.state().swallows = false;
    exchange.state().refuses_trades = true;
    exchange.trade("AAA", 1);
    rig.run_for(SECOND).await;
    exchange.state().rest = RestMood::Hangs;
    live_on(&mut rig, 170).await;
    assert_eq!(rig.interruptions, [("AAA".to_owned(), Interruption::Refused)]);
    assert_eq!(rig.ids("AAA"), [1, 7]);
    assert_eq!(rig.coverage("AAA"), Some(&Coverage::Watched));
}

/// Whatever of a market is missed: what stands in was traded in its minute, everything is in order, and no extreme of a
/// minute is left out. Where the feed says nothing of a hole, that holds of every minute.
#[test]
fn what_stands_in_was_traded_and_no_extreme_is_left_out() {
    let (mut stood_in, mut whole) = (0, 0);
    for seed in 0..SEEDS {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (candles, is_whole) = runtime.block_on(one_life(seed));
        stood_in += candles;
        whole += u64::from(is_whole);
    }
    eprintln!("{SEEDS} seeds, {stood_in} prices of candles, {whole} lives without an interruption");
    assert!(stood_in > SEEDS && whole > SEEDS / 10);
}

async fn one_life(seed: u64) -> (u64, bool) {
    let mut rng = StdRng::seed_from_u64(seed);
    let exchange = Exchange::with_markets(&["AAA"]);
    exchange.state().refuses_trades = true;
    let mut rig = Rig::start(&exchange, seed, &[("AAA", None)]);
    rig.run_for(SECOND).await;
    for _ in 0..rng.random_range(5..40) {
        let longest_s = if rng.random_bool(0.2) { 150 } else { 20 };
        rig.run_for(rng.random_range(1..=longest_s) * SECOND).await;
        exchange.ping();
        if rng.random_bool(0.1) {
            exchange.cut();
        }
        exchange.state().swallows = rng.random_bool(0.15);
        exchange.trade("AAA", rng.random_range(1..5));
    }
    exchange.state().swallows = false;
    for _ in 0..3 {
        exchange.trade("AAA", 1);
        rig.run_for(70 * SECOND).await;
        exchange.ping();
    }
    check(&exchange.state().markets["AAA"], &rig, seed)
}

/// How many prices of candles there were, and whether nothing was declared missing.
fn check(trades: &[Trade], rig: &Rig, seed: u64) -> (u64, bool) {
    let seen = &rig.seen["AAA"];
    let ids = rig.ids("AAA");
    assert!(ids.is_sorted_by(|one, next| one < next), "seed {seed}: {ids:?}");
    assert!(seen.is_sorted_by_key(|seen| seen.tick.time), "seed {seed}");
    let of = |trade: &Trade| (minute(trade.time_us), price_text(*trade).parse::<Price>().unwrap());
    let (mut before, mut candles) = (0, 0);
    for (index, one) in seen.iter().enumerate() {
        if one.origin != Origin::Candle {
            before = one.tick.position.0;
            continue;
        }
        candles += 1;
        let behind = seen[index..].iter().find(|seen| seen.origin != Origin::Candle).unwrap().tick.position.0;
        let at = (minute(one.tick.time.micros()), one.tick.price);
        let was_missed = |trade: &Trade| (before + 1..behind).contains(&trade.id) && of(trade) == at;
        assert!(
            trades.iter().any(was_missed),
            "seed {seed}: {one:?} was not missed between {before} and {behind}"
        );
    }
    let is_whole = rig.interruptions.iter().all(|(_, why)| *why == Interruption::FirstWatch);
    for trade in trades.iter().filter(|trade| is_whole && trade.id >= ids[0]) {
        let (minute_of, price) = of(trade);
        let told = seen.iter().filter(|seen| minute(seen.tick.time.micros()) == minute_of);
        let (low, high) =
            (told.clone().map(|seen| seen.tick.price).min(), told.map(|seen| seen.tick.price).max());
        assert!(low <= Some(price) && high >= Some(price), "seed {seed}: {trade:?} is left out");
    }
    (candles, is_whole)
}
