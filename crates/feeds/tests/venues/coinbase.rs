//! Coinbase: subscriptions, faults, refills, and its list of products.

use std::time::Duration;

use bellwether_feeds::coinbase::{Coinbase, CoinbaseConfig};
use bellwether_feeds::{Bounds, Coverage, Interruption, Listing, Start, Venue};
use bellwether_model::Timestamp;
use bellwether_simulators::coinbase::{CoinbaseSimulator, Config, Fault, Malformed, Running};

use crate::rig::{Rig, after, world};

/// 2026-11-21T10:33:44.123456Z
const NOW_US: i64 = 1_795_257_224_123_456;

async fn scripted() -> Running {
    CoinbaseSimulator::start(Config::scripted(|| NOW_US)).await.unwrap()
}

fn config(running: &Running) -> CoinbaseConfig {
    let back_off =
        bellwether_feeds::BackOff { base: Duration::from_millis(10), cap: Duration::from_millis(200) };
    let mut config = CoinbaseConfig {
        ws_url: running.ws_url(),
        rest_url: running.rest_url(),
        bounds: Bounds { back_off, ..Bounds::default() },
        ..CoinbaseConfig::default()
    };
    config.requests.max = 1_000;
    config
}

fn feed(running: &Running, wanted: &[(&str, Start)]) -> Rig {
    let world = world();
    Rig::start(Coinbase::new(config(running), &world), world, wanted)
}

fn push(running: &Running, product: &str, count: usize) {
    for nth in 0..count {
        running.control().push(product, &format!("96000.{:02}", nth % 100)).unwrap();
    }
}

#[tokio::test]
async fn trades_arrive_exactly_as_they_were_made() {
    let running = scripted().await;
    let mut rig = feed(&running, &[("BTC-USD", Start::Now), ("ETH-EUR", Start::Now)]);
    rig.watched("BTC-USD").await;
    rig.watched("ETH-EUR").await;
    running.control().push("BTC-USD", "96000.10").unwrap();
    running.control().push("ETH-EUR", "0.00000001").unwrap();
    running.control().push("BTC-USD", "96000").unwrap();
    rig.reach("BTC-USD", 2).await;
    rig.reach("ETH-EUR", 1).await;
    assert_eq!(rig.ticks("BTC-USD"), [(1, "96000.1".to_owned(), NOW_US), (2, "96000".to_owned(), NOW_US)]);
    assert_eq!(rig.ticks("ETH-EUR"), [(1, "0.00000001".to_owned(), NOW_US)]);
    assert_eq!(rig.refilled("BTC-USD"), 0);
    rig.stop().await;
    running.stop().await;
}

#[tokio::test]
async fn a_position_far_behind_is_refilled_page_by_page() {
    let running = scripted().await;
    push(&running, "BTC-USD", 3_500);
    let mut rig = feed(&running, &[after("BTC-USD", 600)]);
    rig.watched("BTC-USD").await;
    push(&running, "BTC-USD", 1);
    rig.reach("BTC-USD", 3_501).await;
    assert_eq!(rig.ids("BTC-USD"), (601..=3_501).collect::<Vec<_>>());
    assert_eq!(rig.interruptions, []);
    let pages = running.control().counters().rest_requests["/products/BTC-USD/trades"];
    assert!((3..=4).contains(&pages), "{pages} pages");
}

#[tokio::test]
async fn the_first_watch_begins_at_an_instant_of_the_past() {
    let running =
        CoinbaseSimulator::start(Config { paused: true, ..Config::lively(4, || NOW_US) }).await.unwrap();
    let since = Timestamp::from_micros(NOW_US - 3 * 3_600_000_000);
    let mut rig = feed(&running, &[("BTC-USD", Start::Since(since))]);
    rig.watched("BTC-USD").await;
    let last = running.control().last("BTC-USD").unwrap().unwrap();
    rig.reach("BTC-USD", last.id).await;
    let ticks = rig.ticks("BTC-USD");
    let (first, ids) = (ticks[0].clone(), rig.ids("BTC-USD"));
    assert!(first.2 >= since.micros() && first.2 < since.micros() + 60_000_000, "{first:?}");
    assert!(ids.len() > 10_000, "{}", ids.len());
    assert_eq!(ids, (first.0..=last.id).collect::<Vec<_>>());
    assert_eq!(rig.interruptions, [("BTC-USD".to_owned(), Interruption::FirstWatch)]);
}

#[tokio::test]
async fn a_missed_trade_is_noticed_by_the_heartbeat_where_no_other_follows() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC-USD", 0)]);
    rig.watched("BTC-USD").await;
    push(&running, "BTC-USD", 1);
    running.control().inject(Fault::Swallow { trades: 2 });
    push(&running, "BTC-USD", 2);
    rig.reach("BTC-USD", 3).await;
    assert_eq!(rig.ids("BTC-USD"), [1, 2, 3]);
    assert_eq!(rig.refilled("BTC-USD"), 2);
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_by_cuts_duplicates_and_disorder() {
    let running = scripted().await;
    let control = running.control();
    let mut rig = feed(&running, &[after("BTC-USD", 0), after("ETH-USD", 0)]);
    rig.watched("BTC-USD").await;
    rig.watched("ETH-USD").await;
    for fault in [
        Fault::Duplicate { on: true },
        Fault::Reorder { on: true },
        Fault::Cut,
        Fault::FailRest { status: 503, requests: 2, retry_after_s: None },
        Fault::Swallow { trades: 3 },
        Fault::Cut,
    ] {
        push(&running, "ETH-USD", 3);
        control.inject(fault);
        push(&running, "BTC-USD", 20);
    }
    control.inject(Fault::Heal);
    rig.reach("BTC-USD", 120).await;
    rig.reach("ETH-USD", 18).await;
    assert_eq!(rig.ids("BTC-USD"), (1..=120).collect::<Vec<_>>());
    assert_eq!(rig.ids("ETH-USD"), (1..=18).collect::<Vec<_>>());
    assert_eq!(rig.interruptions, []);
}

#[tokio::test]
async fn malformed_messages_end_nothing_that_lives() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC-USD", 0)]);
    rig.watched("BTC-USD").await;
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
    push(&running, "BTC-USD", 3);
    rig.reach("BTC-USD", 3).await;
    assert_eq!(rig.ids("BTC-USD"), [1, 2, 3]);
    assert_eq!(running.control().counters().connections_made, 1);
}

#[tokio::test]
async fn a_product_that_the_venue_refuses_harms_no_other() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC-USD", 0), after("FOO-USD", 0), after("SOL-USD", 0)]);
    let refused = |rig: &Rig| matches!(rig.coverage.get("FOO-USD"), Some(Coverage::Refused { .. }));
    rig.until("the refusal", refused).await;
    rig.watched("BTC-USD").await;
    rig.watched("SOL-USD").await;
    push(&running, "SOL-USD", 1);
    rig.reach("SOL-USD", 1).await;
    let reason = "Failed to subscribe: FOO-USD is not a valid product".to_owned();
    assert_eq!(rig.coverage["FOO-USD"], Coverage::Refused { reason });
}

#[tokio::test]
async fn what_is_no_longer_wanted_is_given_up() {
    let running = scripted().await;
    let mut rig = feed(&running, &[after("BTC-USD", 0), after("ETH-USD", 0)]);
    rig.watched("BTC-USD").await;
    rig.watched("ETH-USD").await;
    rig.want(bellwether_model::Venue::Coinbase, &[after("ETH-USD", 0), after("LTC-USD", 0)]);
    rig.watched("LTC-USD").await;
    let control = running.control();
    let given_up = |counters: &bellwether_simulators::coinbase::Counters| {
        counters.has_stream("matches:LTC-USD") && !counters.has_stream("matches:BTC-USD")
    };
    control.wait_for(Duration::from_secs(20), given_up).await.unwrap();
    push(&running, "ETH-USD", 1);
    rig.reach("ETH-USD", 1).await;
    assert_eq!(control.counters().connections_made, 1);
}

#[tokio::test]
async fn a_silent_connection_is_replaced() {
    let running = scripted().await;
    let world = world();
    let mut config = config(&running);
    config.rules.idle = Duration::from_secs(2);
    let mut rig = Rig::start(Coinbase::new(config, &world), world, &[after("BTC-USD", 0)]);
    rig.watched("BTC-USD").await;
    running.control().inject(Fault::HalfOpen);
    push(&running, "BTC-USD", 2);
    rig.reach("BTC-USD", 2).await;
    assert_eq!(rig.ids("BTC-USD"), [1, 2]);
}

#[tokio::test]
async fn the_catalogue_is_what_the_venue_lists() {
    let running = scripted().await;
    let venue = Coinbase::new(config(&running), &world());
    let catalogue = venue.catalogue().await.unwrap();
    let bitcoin = catalogue.check(&"coinbase:BTC-USD".parse().unwrap()).unwrap();
    assert_eq!((bitcoin.listing, bitcoin.tick_size), (Listing::Trading, Some("0.01".parse().unwrap())));
    assert!(catalogue.check(&"coinbase:WAVES-USD".parse().unwrap()).is_err());
    assert_eq!(catalogue.len(), 11);
    let unknown = venue.trades_after("FOO-USD", 1, None).await;
    assert_eq!(unknown, Err(bellwether_feeds::PageError::Refused("NotFound".to_owned())));
}
