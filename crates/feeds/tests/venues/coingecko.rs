//! CoinGecko: polls, faults, the rate limit, the breaker, keys, and its list of coins.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bellwether_feeds::coingecko::{Coingecko, CoingeckoConfig};
use bellwether_feeds::{BackOff, Coverage, Interruption, Listing, Polled, Start};
use bellwether_model::Venue;
use bellwether_simulators::coingecko::{CoingeckoSimulator, Config, Fault, Limits, Malformed, Running};

use crate::rig::{Rig, world};

const ALWAYS: u32 = u32::MAX;
const MARKETS: &str = "/api/v3/coins/markets";

async fn scripted() -> Running {
    let limits = Limits { requests_per_minute: 100_000 };
    CoingeckoSimulator::start(Config { limits, ..Config::scripted(now_us) }).await.unwrap()
}

fn now_us() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

fn config(running: &Running) -> CoingeckoConfig {
    let mut config = CoingeckoConfig {
        rest_url: running.rest_url(),
        interval: Duration::from_millis(40),
        ..CoingeckoConfig::default()
    };
    config.requests.max = 100_000;
    config.rules.back_off = BackOff { base: Duration::from_millis(10), cap: Duration::from_millis(40) };
    config.rules.rest = Duration::from_millis(300);
    config.rules.patience = Duration::from_millis(200);
    config
}

fn feed(running: &Running, wanted: &[(&str, Start)]) -> Rig {
    let world = world();
    Rig::start_polls(Coingecko::new(config(running), &world), world, wanted)
}

fn requests(running: &Running) -> BTreeMap<String, u64> {
    running.control().counters().rest_requests
}

#[tokio::test]
async fn a_price_arrives_to_its_last_digit_also_with_an_exponent() {
    let running = scripted().await;
    running.price("bitcoin-usd", "91310.5512345678901");
    running.price("shiba-inu-usd", "8.42e-06");
    running.price("avalanche-2-eur", "17");
    let wanted = ["bitcoin-usd", "shiba-inu-usd", "avalanche-2-eur"].map(|symbol| (symbol, Start::Now));
    let mut rig = feed(&running, &wanted);
    for (symbol, _) in wanted {
        rig.heard(symbol, 2).await;
        assert_eq!(rig.coverage[symbol], Coverage::Watched);
    }
    assert_eq!(rig.prices("bitcoin-usd")[0], "91310.5512345678901");
    assert_eq!(rig.prices("shiba-inu-usd")[0], "0.00000842");
    assert_eq!(rig.prices("avalanche-2-eur")[0], "17");
    let interrupted: Vec<_> = rig.interruptions.iter().map(|(_, why)| *why).collect();
    assert_eq!(interrupted, [Interruption::FirstWatch; 3]);
    assert_eq!(rig.said, ["connected"]);
    rig.stop().await;
    running.stop().await;
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_any_more_is_not_made() {
    let running = scripted().await;
    for n in 0..20 {
        running.price(&format!("coin-{n}-usd"), "1");
    }
    let symbols: Vec<String> = (0..20).map(|n| format!("coin-{n}-usd")).collect();
    let world = world();
    let mut config = config(&running);
    // One request at a time of the clock that it goes by, which is none during this test.
    config.requests.max = 2;
    config.requests.per = Duration::from_secs(2);
    config.interval = Duration::from_secs(60);
    let mut rig = Rig::start_polls(Coingecko::new(config, &world), world, &[]);
    for count in 1..=20 {
        let wanted: Vec<_> = symbols[..count].iter().map(|symbol| (symbol.as_str(), Start::Now)).collect();
        rig.want(Venue::Coingecko, &wanted);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for symbol in &symbols {
        rig.heard(symbol, 1).await;
    }
    let asked = requests(&running)[MARKETS];
    assert!(asked <= 6, "{asked} requests for twenty coins that were wanted one after the other");
}

#[tokio::test]
async fn a_short_failure_is_no_gap_and_a_long_one_is() {
    let running = scripted().await;
    running.price("bitcoin-usd", "1");
    let mut rig = feed(&running, &[("bitcoin-usd", Start::Now)]);
    rig.heard("bitcoin-usd", 1).await;
    running.control().inject(Fault::FailRest { status: 500, requests: 2, retry_after_s: None });
    running.price("bitcoin-usd", "2");
    rig.price("bitcoin-usd", "2").await;
    assert_eq!(rig.interruptions.len(), 1);
    running.control().inject(Fault::FailRest { status: 503, requests: ALWAYS, retry_after_s: None });
    rig.until("darkness", |rig| rig.coverage["bitcoin-usd"] == Coverage::Dark).await;
    rig.until("the breaker", |rig| rig.said.iter().any(|said| said == "open usd:bitcoin")).await;
    running.control().inject(Fault::Heal);
    running.price("bitcoin-usd", "3");
    rig.price("bitcoin-usd", "3").await;
    assert_eq!(rig.interruptions[1..], [("bitcoin-usd".to_owned(), Interruption::Unavailable)]);
    assert_eq!(rig.coverage["bitcoin-usd"], Coverage::Watched);
    assert!(rig.said.iter().any(|said| said == "closed usd:bitcoin"), "{:?}", rig.said);
}

#[tokio::test]
async fn the_venue_is_left_alone_for_as_long_as_it_says() {
    let running = scripted().await;
    running.price("bitcoin-usd", "1");
    let mut rig = feed(&running, &[("bitcoin-usd", Start::Now)]);
    rig.heard("bitcoin-usd", 1).await;
    let seen = rig.count("bitcoin-usd");
    running.control().inject(Fault::FailRest { status: 429, requests: 1, retry_after_s: Some(2) });
    let refused = |counters: &bellwether_simulators::coingecko::Counters| counters.rest_refused == 1;
    running.control().wait_for(Duration::from_secs(10), refused).await.unwrap();
    let began = Instant::now();
    rig.heard("bitcoin-usd", seen + 10).await;
    assert!(began.elapsed() >= Duration::from_millis(1_900), "{:?}", began.elapsed());
}

#[tokio::test]
async fn malformed_answers_end_nothing_that_lives() {
    let running = scripted().await;
    running.price("bitcoin-usd", "1");
    let mut rig = feed(&running, &[("bitcoin-usd", Start::Now)]);
    rig.heard("bitcoin-usd", 1).await;
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
    running.price("bitcoin-usd", "5");
    rig.price("bitcoin-usd", "5").await;
    let prices = rig.prices("bitcoin-usd");
    assert!(prices.iter().all(|price| price == "1" || price == "5"), "{prices:?}");
}

#[tokio::test]
async fn a_garbled_price_goes_no_further_and_a_confirmed_one_does() {
    let running = scripted().await;
    running.control().push("bitcoin-usd", "100").unwrap();
    let mut rig = feed(&running, &[("bitcoin-usd", Start::Now)]);
    rig.heard("bitcoin-usd", 2).await;
    running.control().inject(Fault::GarblePrices { prices: 1 });
    let seen = rig.count("bitcoin-usd");
    rig.heard("bitcoin-usd", seen + 3).await;
    assert!(rig.prices("bitcoin-usd").iter().all(|price| price == "100"), "{:?}", rig.prices("bitcoin-usd"));
    running.control().push("bitcoin-usd", "10000").unwrap();
    rig.price("bitcoin-usd", "10000").await;
}

#[tokio::test]
async fn a_coin_that_the_venue_does_not_have_harms_no_other_and_an_old_price_is_none() {
    let running = scripted().await;
    running.price("bitcoin-usd", "1");
    let wanted =
        ["bitcoin-usd", "no-such-coin-usd", "BITCOIN", "bitcoin-xyz"].map(|symbol| (symbol, Start::Now));
    let mut rig = feed(&running, &wanted);
    for symbol in ["no-such-coin-usd", "BITCOIN", "bitcoin-xyz"] {
        let refused = |rig: &Rig| matches!(rig.coverage.get(symbol), Some(Coverage::Refused { .. }));
        rig.until(&format!("the refusal of {symbol}"), refused).await;
    }
    let seen = rig.count("bitcoin-usd");
    rig.heard("bitcoin-usd", seen + 3).await;
    // What the venue calls a price of twenty minutes ago is none of now.
    running.control().inject(Fault::ClockSkew { ms: -20 * 60 * 1_000 });
    let refused = |rig: &Rig| matches!(rig.coverage.get("bitcoin-usd"), Some(Coverage::Refused { .. }));
    rig.until("the old price to be refused", refused).await;
    running.control().inject(Fault::ClockSkew { ms: 0 });
    running.price("bitcoin-usd", "2");
    rig.price("bitcoin-usd", "2").await;
    assert_eq!(rig.interruptions.last().unwrap().1, Interruption::Unavailable);
}

#[tokio::test]
async fn a_slow_answer_is_given_up() {
    let running = scripted().await;
    running.price("bitcoin-usd", "1");
    let world = world();
    let config = CoingeckoConfig { answer: Duration::from_millis(100), ..config(&running) };
    let mut rig = Rig::start_polls(Coingecko::new(config, &world), world, &[("bitcoin-usd", Start::Now)]);
    rig.heard("bitcoin-usd", 1).await;
    running.control().inject(Fault::DelayRest { ms: 5_000 });
    rig.until("the silence to be noticed", |rig| rig.coverage["bitcoin-usd"] == Coverage::Dark).await;
    running.control().inject(Fault::Heal);
    running.price("bitcoin-usd", "2");
    rig.price("bitcoin-usd", "2").await;
}

#[tokio::test]
async fn the_catalogue_is_the_coins_that_are_worth_most_in_a_few_currencies() {
    let running =
        CoingeckoSimulator::start(Config { paused: true, ..Config::lively(4, now_us) }).await.unwrap();
    let venue = Coingecko::new(config(&running), &world());
    let catalogue = venue.catalogue().await.unwrap();
    for symbol in ["bitcoin-usd", "bitcoin-btc", "avalanche-2-eur", "chainlink-eth"] {
        let info = catalogue.check(&format!("coingecko:{symbol}").parse().unwrap()).unwrap();
        assert_eq!(info.listing, Listing::Trading, "{symbol}");
    }
    let info = catalogue.get(&"coingecko:bitcoin-eur".parse().unwrap()).unwrap();
    assert_eq!(
        (info.base.as_str(), info.quote.as_str(), info.display_name.as_str()),
        ("BTC", "EUR", "bitcoin/EUR")
    );
    assert!(catalogue.get(&"coingecko:bitcoin-xyz".parse().unwrap()).is_none());
}

#[test]
fn a_key_is_never_printed_and_allows_more() {
    let keyed = CoingeckoConfig::keyed("CG-hunter2");
    assert!(!format!("{keyed:?}").contains("hunter2"));
    assert!(keyed.requests.max > CoingeckoConfig::keyed("").requests.max);
}
