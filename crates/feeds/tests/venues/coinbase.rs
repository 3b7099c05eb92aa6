//! Coinbase: subscriptions, faults, refills, and its list of products.

use bellwether_feeds::coinbase::{Coinbase, CoinbaseConfig};
use bellwether_feeds::{Interruption, Listing, PageError, Start, Venue, World};
use bellwether_model::{Interval, Timestamp};
use bellwether_simulators::coinbase::{CoinbaseSimulator, Config, Fault, Running};

use crate::rig::{Rig, after, world};
use crate::suite::{self, Case, NOW_US, Tuning};

struct CoinbaseCase;

impl Case for CoinbaseCase {
    type Venue = Coinbase;
    const NAME: bellwether_model::Venue = bellwether_model::Venue::Coinbase;
    const PAIRS: [&'static str; 3] = ["BTC-USD", "ETH-USD", "LTC-USD"];
    const UNKNOWN: (&'static str, &'static str) =
        ("FOO-USD", "Failed to subscribe: FOO-USD is not a valid product");

    async fn scripted() -> Running {
        CoinbaseSimulator::start(Config::scripted(|| NOW_US)).await.unwrap()
    }

    fn venue(running: &Running, Tuning { bounds, idle }: Tuning, world: &World) -> Coinbase {
        let mut config = CoinbaseConfig {
            ws_url: running.ws_url(),
            rest_url: running.rest_url(),
            bounds,
            ..CoinbaseConfig::default()
        };
        config.requests.max = 1_000;
        config.rules.idle = idle.unwrap_or(config.rules.idle);
        Coinbase::new(config, world)
    }

    fn stream(pair: &str) -> String {
        format!("matches:{pair}")
    }
}

suite::suite!(CoinbaseCase);

async fn scripted() -> Running {
    CoinbaseCase::scripted().await
}

fn feed(running: &Running, wanted: &[(&str, Start)]) -> Rig {
    suite::feed::<CoinbaseCase>(running, wanted)
}

fn push(running: &Running, product: &str, count: usize) {
    suite::push(&running.control(), product, count);
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
async fn the_catalogue_is_what_the_venue_lists() {
    let running = scripted().await;
    let venue = CoinbaseCase::venue(&running, Tuning::quick(), &world());
    let catalogue = venue.catalogue().await.unwrap();
    let bitcoin = catalogue.check(&"coinbase:BTC-USD".parse().unwrap()).unwrap();
    assert_eq!((bitcoin.listing, bitcoin.tick_size), (Listing::Trading, Some("0.01".parse().unwrap())));
    assert!(catalogue.check(&"coinbase:WAVES-USD".parse().unwrap()).is_err());
    assert_eq!(catalogue.len(), 11);
    let unknown = venue.trades_after("FOO-USD", 1, None).await;
    assert_eq!(unknown, Err(PageError::Refused("NotFound".to_owned())));
}

#[tokio::test]
async fn candles_are_those_of_the_venues_own_trades() {
    let running =
        CoinbaseSimulator::start(Config { paused: true, ..Config::lively(4, || NOW_US) }).await.unwrap();
    suite::candles_are_sums_of_trades::<CoinbaseCase>(&running, "ETH-USD").await;
}

#[tokio::test]
async fn a_year_of_hours_comes_page_by_page() {
    let running =
        CoinbaseSimulator::start(Config { paused: true, ..Config::lively(4, || NOW_US) }).await.unwrap();
    let venue = CoinbaseCase::venue(&running, Tuning::quick(), &suite::world_at(NOW_US));
    let (hour, mut from) = (Interval::Hour, Interval::Hour.open_of(Timestamp::from_micros(NOW_US)).micros());
    let to = Timestamp::from_micros(from);
    from -= 700 * hour.micros();
    let (mut from, mut pages, mut candles) = (Timestamp::from_micros(from), 0, 0);
    while from < to {
        let page = venue.candles("BTC-USD", hour, from, to).await.unwrap();
        (from, pages, candles) = (page.until, pages + 1, candles + page.candles.len());
    }
    assert_eq!((pages, candles), (3, 700));
}
