//! Kraken: subscriptions, faults, refills by time, and its list of pairs.

use bellwether_feeds::kraken::{Kraken, KrakenConfig};
use bellwether_feeds::{Interruption, Listing, PageError, Start, Venue, World};
use bellwether_model::{Interval, Timestamp};
use bellwether_simulators::kraken::{Config, Fault, KrakenSimulator, Limits, Running};

use crate::rig::{Rig, after, world};
use crate::suite::{self, Case, NOW_US, Tuning};

struct KrakenCase;

impl Case for KrakenCase {
    type Venue = Kraken;
    const NAME: bellwether_model::Venue = bellwether_model::Venue::Kraken;
    const PAIRS: [&'static str; 3] = ["BTC/USD", "ETH/USD", "LTC/USD"];
    const UNKNOWN: (&'static str, &'static str) = ("FOO/BAR", "Currency pair not supported FOO/BAR");

    async fn scripted() -> Running {
        start(Config::scripted(|| NOW_US)).await
    }

    fn venue(running: &Running, Tuning { bounds, idle }: Tuning, world: &World) -> Kraken {
        let mut config = KrakenConfig {
            ws_url: running.ws_url(),
            rest_url: running.rest_url(),
            bounds,
            ..KrakenConfig::default()
        };
        config.requests.max = 1_000;
        config.rules.idle = idle.unwrap_or(config.rules.idle);
        Kraken::new(config, world)
    }

    fn stream(pair: &str) -> String {
        format!("trade:{pair}")
    }
}

suite::suite!(KrakenCase);

/// As many requests as a test makes are within the limits.
async fn start(config: Config) -> Running {
    let limits = Limits { requests_per_second: 1_000, ..Limits::default() };
    KrakenSimulator::start(Config { limits, ..config }).await.unwrap()
}

async fn scripted() -> Running {
    KrakenCase::scripted().await
}

fn feed(running: &Running, wanted: &[(&str, Start)]) -> Rig {
    suite::feed::<KrakenCase>(running, wanted)
}

fn push(running: &Running, symbol: &str, count: usize) {
    suite::push(&running.control(), symbol, count);
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
async fn the_catalogue_is_what_the_venue_lists_and_errors_are_told_apart() {
    let running = scripted().await;
    let venue = KrakenCase::venue(&running, Tuning::quick(), &world());
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

#[tokio::test]
async fn candles_are_those_of_the_venues_own_trades() {
    let running = start(Config { paused: true, ..Config::lively(4, || NOW_US) }).await;
    suite::candles_are_sums_of_trades::<KrakenCase>(&running, "ETH/USD").await;
}

#[tokio::test]
async fn of_candles_the_newest_720_are_to_be_had_and_no_others() {
    let running = start(Config { paused: true, ..Config::lively(4, || NOW_US) }).await;
    let venue = KrakenCase::venue(&running, Tuning::quick(), &suite::world_at(NOW_US));
    let minute = Interval::Minute;
    let to = minute.open_of(Timestamp::from_micros(NOW_US));
    let from = Timestamp::from_micros(to.micros() - 1_000 * minute.micros());
    let page = venue.candles("BTC/USD", minute, from, to).await.unwrap();
    // One of the 720 is the minute that runs.
    assert_eq!((page.candles.len(), page.until), (719, to));
}
