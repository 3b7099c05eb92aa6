//! Uphold: polls, faults, the rate limit, the breaker, and its list of pairs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bellwether_feeds::uphold::{Uphold, UpholdConfig};
use bellwether_feeds::{BackOff, Coverage, Fate, Interruption, Listing, Polled, Start};
use bellwether_model::{Position, Venue};
use bellwether_simulators::uphold::{Config, Fault, Limits, Malformed, Running, UpholdSimulator};

use crate::rig::{Rig, world};

const ALWAYS: u32 = u32::MAX;

async fn scripted() -> Running {
    UpholdSimulator::start(Config::scripted(now_us)).await.unwrap()
}

fn now_us() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

fn config(running: &Running) -> UpholdConfig {
    let mut config = UpholdConfig {
        rest_url: running.rest_url(),
        interval: Duration::from_millis(40),
        ..UpholdConfig::default()
    };
    config.requests.max = 100_000;
    config.rules.back_off = BackOff { base: Duration::from_millis(10), cap: Duration::from_millis(40) };
    config.rules.rest = Duration::from_millis(300);
    config.rules.patience = Duration::from_millis(200);
    config
}

fn feed(running: &Running, wanted: &[(&str, Start)]) -> Rig {
    let world = world();
    Rig::start_polls(Uphold::new(config(running), &world), world, wanted)
}

fn requests(running: &Running) -> BTreeMap<String, u64> {
    running.control().counters().rest_requests
}

#[tokio::test]
async fn a_price_arrives_to_its_last_digit_in_all_three_instruments() {
    let running = scripted().await;
    running.quote("XAU-USD", "37.537537537537537538", "37.537537537537537539");
    let all = ["XAU-USD", "XAU-USD@bid", "XAU-USD@ask"];
    let mut rig = feed(&running, &all.map(|symbol| (symbol, Start::Now)));
    let before = now_us();
    for symbol in all {
        rig.heard(symbol, 3).await;
        assert_eq!(rig.coverage[symbol], Coverage::Watched);
    }
    assert_eq!(rig.prices("XAU-USD")[..3], ["37.5375375375375375385"; 3], "a price that stays is a tick too");
    assert_eq!(rig.prices("XAU-USD@bid")[0], "37.537537537537537538");
    assert_eq!(rig.prices("XAU-USD@ask")[0], "37.537537537537537539");
    let times: Vec<_> = rig.seen["XAU-USD"].iter().map(|seen| seen.tick.time.micros()).collect();
    assert!(times.is_sorted() && times[0] >= before && *times.last().unwrap() <= now_us(), "{times:?}");
    let interrupted: Vec<_> = rig.interruptions.iter().map(|(_, why)| *why).collect();
    assert_eq!(interrupted, [Interruption::FirstWatch; 3]);
    assert_eq!(rig.said, ["connected"]);
    rig.stop().await;
    running.stop().await;
}

#[tokio::test]
async fn one_request_serves_all_pairs_of_a_currency() {
    let running = scripted().await;
    for pair in ["BTC-USD", "ETH-USD", "EUR-USD", "GBP-EUR"] {
        running.quote(pair, "1", "2");
    }
    let wanted = ["BTC-USD", "ETH-USD", "ETH-USD@ask", "EUR-USD", "GBP-EUR"].map(|pair| (pair, Start::Now));
    let mut rig = feed(&running, &wanted);
    rig.heard("GBP-EUR", 5).await;
    rig.heard("ETH-USD@ask", 5).await;
    let asked = requests(&running);
    assert_eq!(asked.keys().collect::<Vec<_>>(), ["/v0/ticker/EUR", "/v0/ticker/USD"]);
    rig.want(Venue::Uphold, &[("GBP-EUR", Start::Now)]);
    let seen = rig.count("GBP-EUR");
    rig.heard("GBP-EUR", seen + 3).await;
    let (usd, btc) = (requests(&running)["/v0/ticker/USD"], rig.count("BTC-USD"));
    let seen = rig.count("GBP-EUR");
    rig.heard("GBP-EUR", seen + 5).await;
    assert_eq!((requests(&running)["/v0/ticker/USD"], rig.count("BTC-USD")), (usd, btc), "nobody wants it");
}

#[tokio::test]
async fn each_pair_has_its_own_interval() {
    let running = scripted().await;
    running.quote("BTC-USD", "1", "2");
    running.quote("ETH-USD", "1", "2");
    let world = world();
    let mut config = config(&running);
    config.intervals.insert("ETH-USD".to_owned(), Duration::from_millis(400));
    let wanted = [("BTC-USD", Start::Now), ("ETH-USD", Start::Now), ("ETH-USD@bid", Start::Now)];
    let mut rig = Rig::start_polls(Uphold::new(config, &world), world, &wanted);
    rig.heard("ETH-USD@bid", 3).await;
    let (fast, slow) = (rig.count("BTC-USD"), rig.count("ETH-USD"));
    assert!(slow <= 3 && fast > slow * 3, "{fast} against {slow}");
}

#[tokio::test]
async fn a_short_failure_is_no_gap_and_a_long_one_is() {
    let running = scripted().await;
    running.quote("BTC-USD", "1", "1");
    let mut rig = feed(&running, &[("BTC-USD", Start::After(Position(7)))]);
    rig.heard("BTC-USD", 1).await;
    assert_eq!(rig.interruptions, [("BTC-USD".to_owned(), Interruption::HistoryGone)]);
    running.control().inject(Fault::FailRest { status: 500, requests: 2, retry_after_s: None });
    running.quote("BTC-USD", "2", "2");
    rig.price("BTC-USD", "2").await;
    assert_eq!(rig.interruptions.len(), 1);
    running.control().inject(Fault::FailRest { status: 503, requests: ALWAYS, retry_after_s: None });
    rig.until("darkness", |rig| rig.coverage["BTC-USD"] == Coverage::Dark).await;
    running.control().inject(Fault::Heal);
    running.quote("BTC-USD", "3", "3");
    rig.price("BTC-USD", "3").await;
    assert_eq!(rig.interruptions[1..], [("BTC-USD".to_owned(), Interruption::Unavailable)]);
    assert_eq!(rig.coverage["BTC-USD"], Coverage::Watched);
    assert_eq!(rig.said.last().map(String::as_str), Some("connected"));
}

#[tokio::test]
async fn a_question_that_keeps_failing_is_left_alone_and_tried_now_and_then() {
    let running = scripted().await;
    running.quote("BTC-USD", "1", "1");
    let mut rig = feed(&running, &[("BTC-USD", Start::Now)]);
    rig.heard("BTC-USD", 1).await;
    running.control().inject(Fault::FailRest { status: 500, requests: ALWAYS, retry_after_s: None });
    rig.until("the breaker", |rig| rig.said.iter().any(|said| said == "open USD")).await;
    let (opened, asked) = (Instant::now(), requests(&running)["/v0/ticker/USD"]);
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    let tries = requests(&running)["/v0/ticker/USD"] - asked;
    let most = opened.elapsed().as_millis() / 300 + 1;
    assert!(tries >= 1 && u128::from(tries) <= most, "{tries} attempts while it was open, at most {most}");
    running.control().inject(Fault::Heal);
    rig.until("its end", |rig| rig.said.iter().any(|said| said == "closed USD")).await;
    let (first, rest) = rig.said.split_first().unwrap();
    assert_eq!(first, "connected");
    assert_eq!(rest.iter().filter(|said| *said == "unreachable").count(), 1, "{rest:?}");
}

#[tokio::test]
async fn the_venue_is_left_alone_for_as_long_as_it_says() {
    let running = scripted().await;
    running.quote("BTC-USD", "1", "1");
    let mut rig = feed(&running, &[("BTC-USD", Start::Now)]);
    rig.heard("BTC-USD", 1).await;
    let seen = rig.count("BTC-USD");
    running.control().inject(Fault::FailRest { status: 429, requests: 1, retry_after_s: Some(2) });
    let refused = |counters: &bellwether_simulators::uphold::Counters| counters.rest_refused == 1;
    running.control().wait_for(Duration::from_secs(10), refused).await.unwrap();
    let (began, asked) = (Instant::now(), requests(&running)["/v0/ticker/USD"]);
    rig.heard("BTC-USD", seen + 10).await;
    assert!(began.elapsed() >= Duration::from_millis(1_900), "{:?}", began.elapsed());
    assert!(requests(&running)["/v0/ticker/USD"] > asked);
}

#[tokio::test]
async fn a_spent_allowance_is_seen_in_the_headers_before_anything_is_refused() {
    let limits = Limits { requests_per_minute: 5 };
    let simulated = Config { limits, ..Config::scripted(now_us) };
    let running = UpholdSimulator::start(simulated).await.unwrap();
    running.quote("BTC-USD", "1", "1");
    // Not at the very end of a minute, where a new one would begin during the test.
    while now_us() / 1_000_000 % 60 > 50 {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut rig = feed(&running, &[("BTC-USD", Start::Now)]);
    rig.heard("BTC-USD", 5).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let counters = running.control().counters();
    assert_eq!((counters.rest_requests["/v0/ticker/USD"], counters.rest_refused), (5, 0));
}

#[tokio::test]
async fn malformed_answers_end_nothing_that_lives() {
    let running = scripted().await;
    running.quote("BTC-USD", "1", "1");
    let mut rig = feed(&running, &[("BTC-USD", Start::Now)]);
    rig.heard("BTC-USD", 1).await;
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
    running.quote("BTC-USD", "5", "5");
    rig.price("BTC-USD", "5").await;
    let prices = rig.prices("BTC-USD");
    assert!(prices.iter().all(|price| price == "1" || price == "5"), "{prices:?}");
}

#[tokio::test]
async fn a_price_a_hundred_times_off_waits_for_its_confirmation() {
    let running = scripted().await;
    running.quote("BTC-USD", "100", "100");
    let (mut config, world) = (config(&running), world());
    // A confirmation that a slow machine asks for late is one all the same.
    config.rules.patience = Duration::from_secs(60);
    let mut rig = Rig::start_polls(Uphold::new(config, &world), world, &[("BTC-USD", Start::Now)]);
    rig.heard("BTC-USD", 2).await;
    running.quote("BTC-USD", "10000", "10000");
    rig.price("BTC-USD", "10000").await;
    let prices = rig.prices("BTC-USD");
    let first = prices.iter().position(|price| price == "10000").unwrap();
    assert!(prices.len() - first >= 2, "it came with the one that confirms it: {prices:?}");
    let told = ["waiting", "confirmed"].map(|fate| ("BTC-USD", "10000", fate));
    let heard = rig.quarantined();
    assert_eq!(
        heard.iter().map(|(symbol, price, fate)| (&**symbol, &**price, fate.name())).collect::<Vec<_>>(),
        told
    );
    let times: Vec<_> = rig.seen["BTC-USD"].iter().map(|seen| seen.tick.time).collect();
    assert!(times.is_sorted() && times[first] < times[first + 1], "each at its own time");
}

/// A feed whose first price waits, and that asks for another only after `interval`.
async fn doubting(interval: Duration) -> (Running, Rig) {
    let running = scripted().await;
    running.control().push("BTC-USD", "100").unwrap();
    running.control().inject(Fault::GarblePrices { prices: 1 });
    let (mut config, world) = (config(&running), world());
    config.intervals.insert("BTC-USD".to_owned(), interval);
    let mut rig = Rig::start_polls_knowing(Uphold::new(config, &world), world, "BTC-USD", "99");
    rig.watched("BTC-USD").await;
    assert_eq!(rig.next_fate().await, Fate::Waiting);
    (running, rig)
}

#[tokio::test]
async fn what_waits_when_a_gap_comes_is_given_up() {
    let (running, mut rig) = doubting(Duration::from_secs(1)).await;
    running.control().inject(Fault::FailRest { status: 503, requests: ALWAYS, retry_after_s: None });
    rig.until("darkness", |rig| rig.coverage["BTC-USD"] == Coverage::Dark).await;
    running.control().inject(Fault::Heal);
    // What comes after the gap would confirm it otherwise.
    running.control().push("BTC-USD", "100000").unwrap();
    rig.heard("BTC-USD", 2).await;
    for fate in [Fate::Unanswered, Fate::Waiting, Fate::Confirmed] {
        assert_eq!(rig.next_fate().await, fate);
    }
}

#[tokio::test]
async fn what_waits_when_nobody_watches_any_more_is_given_up() {
    let (running, mut rig) = doubting(Duration::from_secs(5)).await;
    running.quote("ETH-USD", "1", "1");
    rig.want(Venue::Uphold, &[("ETH-USD", Start::Now)]);
    rig.heard("ETH-USD", 1).await;
    assert_eq!(rig.next_fate().await, Fate::Unanswered);
    assert_eq!(rig.count("BTC-USD"), 0);
}

#[tokio::test]
async fn the_first_price_after_a_restart_is_compared_with_the_last_one_before_it() {
    let running = scripted().await;
    running.control().push("BTC-USD", "100").unwrap();
    running.control().inject(Fault::GarblePrices { prices: 1 });
    let world = world();
    let venue = Uphold::new(config(&running), &world);
    let mut rig = Rig::start_polls_knowing(venue, world, "BTC-USD", "99");
    rig.heard("BTC-USD", 3).await;
    assert!(rig.prices("BTC-USD").iter().all(|price| price == "100"), "{:?}", rig.prices("BTC-USD"));
    assert_eq!([rig.next_fate().await, rig.next_fate().await], [Fate::Waiting, Fate::Contradicted]);
}

#[tokio::test]
async fn a_pair_that_the_venue_does_not_have_harms_no_other() {
    let running = scripted().await;
    running.quote("BTC-USD", "1", "1");
    let wanted = ["BTC-USD", "BTC-FOO", "nonsense", "XAG-XAU"].map(|symbol| (symbol, Start::Now));
    let mut rig = feed(&running, &wanted);
    for symbol in ["BTC-FOO", "nonsense", "XAG-XAU"] {
        let refused = |rig: &Rig| matches!(rig.coverage.get(symbol), Some(Coverage::Refused { .. }));
        rig.until(&format!("the refusal of {symbol}"), refused).await;
    }
    let seen = rig.count("BTC-USD");
    rig.heard("BTC-USD", seen + 3).await;
    // It may come to be quoted.
    running.quote("BTC-FOO", "7", "7");
    rig.price("BTC-FOO", "7").await;
    assert_eq!(rig.coverage["BTC-FOO"], Coverage::Watched);
}

#[tokio::test]
async fn a_slow_answer_is_given_up_and_holds_up_no_other() {
    let running = scripted().await;
    running.quote("BTC-USD", "1", "1");
    let world = world();
    let config = UpholdConfig { answer: Duration::from_millis(100), ..config(&running) };
    let mut rig = Rig::start_polls(Uphold::new(config, &world), world, &[("BTC-USD", Start::Now)]);
    rig.heard("BTC-USD", 1).await;
    running.control().inject(Fault::DelayRest { ms: 5_000 });
    rig.until("the silence to be noticed", |rig| rig.coverage["BTC-USD"] == Coverage::Dark).await;
    running.control().inject(Fault::Heal);
    running.quote("BTC-USD", "2", "2");
    rig.price("BTC-USD", "2").await;
}

#[tokio::test]
async fn the_catalogue_is_what_the_venue_quotes() {
    let running = UpholdSimulator::start(Config { paused: true, ..Config::lively(4, now_us) }).await.unwrap();
    // The venue knows no pound here: a currency without pairs.
    running.quote("USD-USD", "1", "1");
    let venue = Uphold::new(config(&running), &world());
    let catalogue = venue.catalogue().await.unwrap();
    for symbol in ["BTC-USD", "USD-BTC", "BTC-USD@bid", "BTC-USD@ask", "BTC-EUR", "ETH-BTC"] {
        let info = catalogue.check(&format!("uphold:{symbol}").parse().unwrap()).unwrap();
        assert_eq!(info.listing, Listing::Trading, "{symbol}");
    }
    for symbol in ["USD-USD", "BTC-FOO", "BTC-USD@mid"] {
        assert!(catalogue.get(&format!("uphold:{symbol}").parse().unwrap()).is_none(), "{symbol}");
    }
    let inverse =
        venue.ask("USD").await.unwrap().into_iter().find(|quote| quote.symbol == "USD-BTC@bid").unwrap();
    assert!(inverse.price.to_string().len() > 18, "{}", inverse.price);
}
