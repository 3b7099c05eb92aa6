//! Kraken: subscriptions, faults, refills by time, and its list of pairs.

use std::time::Duration;

use bellwether_feeds::kraken::{Kraken, KrakenConfig};
use bellwether_feeds::{BackOff, Bounds, Coverage, Interruption, Listing, PageError, Start, Venue};
use bellwether_model::Timestamp;
use bellwether_simulators::kraken::{Config, Fault, KrakenSimulator, Limits, Malformed, Running};

use crate::rig::{Rig, after, world};

/// 2026-11-21T10:33:44.123456Z
const NOW_US: i64 = 1_795_257_224_123_456;

/// As many requests as a test makes are within the limits.
async fn start(config: Config) -> Running {
    let limits = Limits { requests_per_second: 1_000, ..Limits::default() };
    KrakenSimulator::start(Config { limits, ..config }).await.unwrap()
}

async fn scripted() -> Running {
    start(Config::scripted(|| NOW_US)).await
}

fn config(running: &Running) -> KrakenConfig {
    let back_off = BackOff { base: Duration::from_millis(10), cap: Duration::from_millis(200) };
    let mut config = KrakenConfig {
        ws_url: running.ws_url(),
        rest_url: running.rest_url(),
        bounds: Bounds { back_off, ..Bounds::default() },
        ..KrakenConfig::default()
    };
    config.requests.max = 1_000;
    config
}

fn feed(running: &Running, wanted: &[(&str, Start)]) -> Rig {
    let world = world();
    Rig::start(Kraken::new(config(running), &world), world, wanted)
}

fn push(running: &Running, symbol: &str, count: usize) {
    for nth in 0..count {
        running.control().push(symbol, &format!("96000.{:02}", nth % 100)).unwrap();
    }
}

fn pages(running: &Running) -> u64 {
    running.control().counters().rest_requests.get("/0/public/Trades").copied().unwrap_or(0)
}

#[tokio::test]
async fn trades_arrive_exactly_as_they_were_made() {
    let running = scripted().await;
    let mut rig = feed(&running, &[("BTC/USD", Start::Now), ("DOGE/USD", Start::Now)]);
    rig.watched("BTC/USD").await;
    rig.watched("DOGE/USD").await;
    running.control().push("BTC/USD", "96000.10").unwrap();
    running.control().push("DOGE/USD", "0.00000001").unwrap();
    running.control().push("BTC/USD", "96000").unwrap();
    rig.reach("BTC/USD", 2).await;
    rig.reach("DOGE/USD", 1).await;
    assert_eq!(rig.ticks("BTC/USD"), [(1, "96000.1".to_owned(), NOW_US), (2, "96000".to_owned(), NOW_US)]);
    assert_eq!(rig.ticks("DOGE/USD"), [(1, "0.00000001".to_owned(), NOW_US)]);
    rig.stop().await;
    running.stop().await;
}

#[tokio::test]
async fn a_position_without_a_time_is_looked_for_and_followed() {
    let running = start(Config { paused: true, ..Config::lively(4, || NOW_US) }).await;
    let last = running.control().last("BTC/USD").unwrap().unwrap().id;
    // Some four hours ago.
    let from = last - 15_000;
    let mut rig = feed(&running, &[after("BTC/USD", from)]);
    rig.watched("BTC/USD").await;
    push(&running, "BTC/USD", 1);
    rig.reach("BTC/USD", last + 1).await;
    assert_eq!(rig.ids("BTC/USD"), (from + 1..=last + 1).collect::<Vec<_>>());
    assert_eq!(rig.interruptions, []);
    // Fifteen full pages, what it took to find the first, and what was fetched twice for tolerance.
    assert!((16..30).contains(&pages(&running)), "{} pages", pages(&running));
}

#[tokio::test]
async fn the_first_watch_begins_at_an_instant_of_the_past() {
    let running = start(Config { paused: true, ..Config::lively(4, || NOW_US) }).await;
    let since = Timestamp::from_micros(NOW_US - 3_600_000_000);
    let mut rig = feed(&running, &[("ETH/EUR", Start::Since(since))]);
    rig.watched("ETH/EUR").await;
    let last = running.control().last("ETH/EUR").unwrap().unwrap();
    rig.reach("ETH/EUR", last.id).await;
    let (ticks, ids) = (rig.ticks("ETH/EUR"), rig.ids("ETH/EUR"));
    assert!(ticks[0].2 >= since.micros() && ticks[0].2 < since.micros() + 60_000_000, "{:?}", ticks[0]);
    assert_eq!(ids, (ticks[0].0..=last.id).collect::<Vec<_>>());
    assert_eq!(rig.interruptions, [("ETH/EUR".to_owned(), Interruption::FirstWatch)]);
}

#[tokio::test]
async fn a_missed_trade_is_noticed_with_the_next_and_fetched_by_its_time() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC/USD", 0)]);
    rig.watched("BTC/USD").await;
    push(&running, "BTC/USD", 1);
    rig.reach("BTC/USD", 1).await;
    let before = pages(&running);
    running.control().inject(Fault::Swallow { trades: 2 });
    push(&running, "BTC/USD", 3);
    rig.reach("BTC/USD", 4).await;
    assert_eq!(rig.ids("BTC/USD"), [1, 2, 3, 4]);
    assert_eq!(pages(&running) - before, 1);
}

#[tokio::test]
async fn many_trades_of_one_instant_are_told_apart_by_number() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC/USD", 0)]);
    rig.watched("BTC/USD").await;
    push(&running, "BTC/USD", 1);
    rig.reach("BTC/USD", 1).await;
    running.control().inject(Fault::Swallow { trades: 900 });
    push(&running, "BTC/USD", 905);
    rig.reach("BTC/USD", 906).await;
    assert_eq!(rig.ids("BTC/USD"), (1..=906).collect::<Vec<_>>());
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_by_cuts_duplicates_and_disorder() {
    let running = scripted().await;
    let control = running.control();
    let mut rig = feed(&running, &[after("BTC/USD", 0), after("ETH/USD", 0)]);
    rig.watched("BTC/USD").await;
    rig.watched("ETH/USD").await;
    for fault in [
        Fault::Duplicate { on: true },
        Fault::Reorder { on: true },
        Fault::Cut,
        Fault::FailRest { status: 503, requests: 2, retry_after_s: None },
        Fault::Swallow { trades: 3 },
        Fault::Cut,
    ] {
        push(&running, "ETH/USD", 3);
        control.inject(fault);
        push(&running, "BTC/USD", 20);
    }
    control.inject(Fault::Heal);
    rig.watched("BTC/USD").await;
    rig.reach("BTC/USD", 120).await;
    rig.reach("ETH/USD", 18).await;
    assert_eq!(rig.ids("BTC/USD"), (1..=120).collect::<Vec<_>>());
    assert_eq!(rig.ids("ETH/USD"), (1..=18).collect::<Vec<_>>());
    assert_eq!(rig.interruptions, []);
}

#[tokio::test]
async fn malformed_messages_end_nothing_that_lives() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC/USD", 0)]);
    rig.watched("BTC/USD").await;
    for kind in [
        Malformed::NotJson,
        Malformed::Truncated,
        Malformed::WrongTypes,
        Malformed::MissingField,
        Malformed::UnknownEvent,
        Malformed::Huge,
        Malformed::Binary,
    ] {
        running.control().inject(Fault::Malformed { kind });
    }
    push(&running, "BTC/USD", 3);
    rig.reach("BTC/USD", 3).await;
    assert_eq!(rig.ids("BTC/USD"), [1, 2, 3]);
    assert_eq!(running.control().counters().connections_made, 1);
}

#[tokio::test]
async fn a_symbol_that_the_venue_refuses_harms_no_other() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC/USD", 0), after("FOO/BAR", 0), after("SOL/USD", 0)]);
    let reason = "Currency pair not supported FOO/BAR".to_owned();
    let refused =
        |rig: &Rig| rig.coverage.get("FOO/BAR") == Some(&Coverage::Refused { reason: reason.clone() });
    rig.until("the refusal", refused).await;
    rig.watched("BTC/USD").await;
    rig.watched("SOL/USD").await;
    push(&running, "SOL/USD", 1);
    rig.reach("SOL/USD", 1).await;
}

#[tokio::test]
async fn what_is_no_longer_wanted_is_given_up() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC/USD", 0), after("ETH/USD", 0)]);
    rig.watched("BTC/USD").await;
    rig.watched("ETH/USD").await;
    rig.want(bellwether_model::Venue::Kraken, &[after("ETH/USD", 0), after("LTC/USD", 0)]);
    rig.watched("LTC/USD").await;
    let control = running.control();
    let given_up = |counters: &bellwether_simulators::kraken::Counters| {
        counters.has_stream("trade:LTC/USD") && !counters.has_stream("trade:BTC/USD")
    };
    control.wait_for(Duration::from_secs(20), given_up).await.unwrap();
    assert_eq!(control.counters().connections_made, 1);
}

#[tokio::test]
async fn a_silent_connection_is_replaced() {
    let running = scripted().await;
    let world = world();
    let mut config = config(&running);
    config.rules.idle = Duration::from_secs(2);
    let mut rig = Rig::start(Kraken::new(config, &world), world, &[after("BTC/USD", 0)]);
    rig.watched("BTC/USD").await;
    running.control().inject(Fault::HalfOpen);
    push(&running, "BTC/USD", 2);
    rig.reach("BTC/USD", 2).await;
    assert_eq!(rig.ids("BTC/USD"), [1, 2]);
}

#[tokio::test]
async fn the_catalogue_is_what_the_venue_lists_and_errors_are_told_apart() {
    let running = scripted().await;
    let venue = Kraken::new(config(&running), &world());
    let catalogue = venue.catalogue().await.unwrap();
    let bitcoin = catalogue.check(&"kraken:BTC/USD".parse().unwrap()).unwrap();
    assert_eq!((bitcoin.listing, bitcoin.tick_size), (Listing::Trading, Some("0.1".parse().unwrap())));
    let halted = catalogue.check(&"kraken:WAVES/USD".parse().unwrap()).unwrap();
    assert_eq!(halted.listing, Listing::Halted);
    assert_eq!(catalogue.len(), 11);
    let unknown = venue.trades_after("FOO/USD", 1, None).await;
    assert_eq!(unknown, Err(PageError::Refused("EQuery:Unknown asset pair".to_owned())));
    running.control().inject(Fault::FailRest { status: 429, requests: 1, retry_after_s: None });
    let told_off = venue.trades_after("BTC/USD", 1, None).await;
    assert!(matches!(told_off, Err(PageError::Unavailable(_))), "{told_off:?}");
}
