//! Missed trades: fetched page by page, merged with the stream, or declared missing.

use std::time::Duration;

use bellwether_feeds::{Gaps, Interruption};
use bellwether_model::Origin;

use crate::exchange::{Exchange, RestMood};
use crate::rig::{Rig, config};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_long_gap_is_fetched_page_by_page() {
    let exchange = Exchange::with_markets(&["AAA"]);
    exchange.trade("AAA", 4_321);
    let mut rig = Rig::start(&exchange, 1, &[("AAA", Some(1_000))]);
    rig.run_for(Duration::from_millis(50)).await;
    exchange.trade("AAA", 10);
    rig.run_for(5 * SECOND).await;
    rig.assert_complete("AAA", 1_000);
    let refilled = rig.seen["AAA"].iter().filter(|seen| seen.origin == Origin::Refilled).count();
    assert!((3_321..=3_331).contains(&refilled), "{refilled} refilled");
    assert_eq!(exchange.state().requests.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_hole_in_the_stream_is_fetched_before_going_on() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    let mut rig = Rig::start(&exchange, 2, &[("AAA", Some(0)), ("BBB", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 2);
    exchange.state().swallows = true;
    exchange.trade("AAA", 5);
    exchange.state().swallows = false;
    exchange.trade("AAA", 2);
    exchange.trade("BBB", 2);
    rig.run_for(Duration::from_millis(5)).await;
    assert_eq!(rig.ids("AAA"), [1, 2]);
    assert_eq!(rig.ids("BBB"), [1, 2], "others do not wait");
    rig.run_for(SECOND).await;
    rig.assert_complete("AAA", 0);
    let origins: Vec<Origin> = rig.seen["AAA"].iter().map(|seen| seen.origin).collect();
    let expected = [[Origin::Live; 2].as_slice(), &[Origin::Refilled; 5], &[Origin::Live; 2]].concat();
    assert_eq!(origins, expected);
}

#[tokio::test(start_paused = true)]
async fn a_venue_whose_history_lags_is_asked_until_it_has_caught_up() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 3, &[("AAA", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.state().history_lags = 100;
    exchange.state().swallows = true;
    exchange.trade("AAA", 5);
    exchange.state().swallows = false;
    exchange.trade("AAA", 5);
    rig.run_for(Duration::from_millis(700)).await;
    assert_eq!(rig.ids("AAA"), [0; 0]);
    exchange.state().history_lags = 0;
    rig.run_for(60 * SECOND).await;
    rig.assert_complete("AAA", 0);
    assert_eq!(rig.interruptions, []);
}

#[tokio::test(start_paused = true)]
async fn a_rest_interface_that_fails_is_asked_until_it_answers() {
    for mood in [
        RestMood::Status(500, None),
        RestMood::Status(503, None),
        RestMood::Status(403, None),
        RestMood::Hangs,
        RestMood::Garbled,
    ] {
        let exchange = Exchange::with_markets(&["AAA"]);
        exchange.trade("AAA", 20);
        exchange.state().rest = mood;
        let mut rig = Rig::start(&exchange, 4, &[("AAA", Some(0))]);
        for _ in 0..60 {
            exchange.trade("AAA", 1);
            rig.run_for(2 * SECOND).await;
        }
        assert_eq!(rig.ids("AAA"), [0; 0], "{mood:?}");
        let asked = exchange.state().requests.len();
        assert!((3..40).contains(&asked), "{asked} requests in two minutes, {mood:?}");
        exchange.state().rest = RestMood::Fine;
        rig.run_for(60 * SECOND).await;
        rig.assert_complete("AAA", 0);
    }
}

#[tokio::test(start_paused = true)]
async fn newer_trades_wait_as_long_as_patience_goes_and_no_longer() {
    let exchange = Exchange::with_markets(&["AAA", "QUIET"]);
    exchange.trade("AAA", 20);
    exchange.trade("QUIET", 3);
    exchange.state().rest = RestMood::Status(500, None);
    let mut rig = Rig::start(&exchange, 5, &[("AAA", Some(0)), ("QUIET", Some(0))]);
    rig.run_for(10 * SECOND).await;
    exchange.trade("AAA", 3);
    for _ in 0..22 {
        exchange.ping();
        rig.run_for(20 * SECOND).await;
    }
    assert_eq!(rig.interruptions, [("AAA".to_owned(), Interruption::Unavailable)]);
    assert_eq!(rig.ids("AAA"), [21, 22, 23]);
    exchange.trade("AAA", 1);
    rig.run_for(SECOND).await;
    assert_eq!(rig.ids("AAA"), [21, 22, 23, 24]);
    exchange.state().rest = RestMood::Fine;
    for _ in 0..6 {
        exchange.ping();
        rig.run_for(20 * SECOND).await;
    }
    rig.assert_complete("QUIET", 0);
}

#[tokio::test(start_paused = true)]
async fn a_ban_does_not_hold_up_newer_trades_beyond_patience() {
    let exchange = Exchange::with_markets(&["AAA"]);
    exchange.trade("AAA", 20);
    exchange.state().rest = RestMood::Status(418, Some(7_200));
    let mut rig = Rig::start(&exchange, 6, &[("AAA", Some(0))]);
    rig.run_for(SECOND).await;
    for _ in 0..16 {
        exchange.trade("AAA", 1);
        rig.run_for(20 * SECOND).await;
    }
    assert_eq!(rig.interruptions, [("AAA".to_owned(), Interruption::Unavailable)]);
    assert_eq!(rig.ids("AAA"), (21..=36).collect::<Vec<_>>());
    assert_eq!(exchange.state().requests.len(), 1, "nobody asks during a ban");
}

#[tokio::test(start_paused = true)]
async fn a_gap_beyond_the_bound_is_declared() {
    let exchange = Exchange::with_markets(&["AAA"]);
    exchange.trade("AAA", 50_000);
    let mut config = config();
    config.bounds.refill_trades = 5_000;
    config.bounds.stand_in_minutes = 0;
    let mut rig = Rig::start_with(&exchange, 6, &[("AAA", Some(10))], config, 1_024);
    rig.run_for(10 * SECOND).await;
    exchange.trade("AAA", 2);
    rig.run_for(SECOND).await;
    assert_eq!(rig.interruptions, [("AAA".to_owned(), Interruption::TooFar)]);
    assert_eq!(rig.ids("AAA").last(), Some(&50_002));
    assert!(exchange.state().requests.len() <= 7);
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_counts_anew_is_followed() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 7, &[("AAA", Some(900_000))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 4);
    rig.run_for(SECOND).await;
    assert_eq!(rig.interruptions, [("AAA".to_owned(), Interruption::Renumbered)]);
    assert_eq!(rig.ids("AAA"), [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_feed_says_how_late_trades_come_what_was_missed_and_what_it_may_ask() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    let mut rig = Rig::start(&exchange, 2, &[("AAA", Some(0)), ("BBB", Some(0))]);
    rig.run_for(6 * SECOND).await;
    let quiet = rig.vitals().clone();
    assert_eq!((quiet.gaps, quiet.lag), (Gaps::default(), None), "nothing was missed, nothing came");
    let swallow = |symbol: &str| {
        exchange.state().swallows = true;
        exchange.trade(symbol, 5);
        exchange.state().swallows = false;
        exchange.trade(symbol, 1);
    };
    swallow("AAA");
    rig.run_for(6 * SECOND).await;
    let filled = rig.vitals().clone();
    assert_eq!(filled.gaps, Gaps { filled: 1, ..Gaps::default() });
    let (lag, budget) = (filled.lag.unwrap(), filled.budget.unwrap());
    assert!(lag.p50 <= lag.p99 && lag.p99 < SECOND, "{lag:?}");
    assert!(budget.used > 0 && budget.used < budget.limit && budget.closed_until.is_none(), "{budget:?}");
    // While the history does not answer, the gap is open.
    exchange.state().rest = RestMood::Status(500, None);
    swallow("BBB");
    rig.run_for(6 * SECOND).await;
    assert_eq!(rig.vitals().gaps, Gaps { open: 1, filled: 1, lost: 0 });
    exchange.state().rest = RestMood::Fine;
    rig.run_for(60 * SECOND).await;
    assert_eq!(rig.vitals().gaps, Gaps { open: 0, filled: 2, lost: 0 });
    rig.assert_complete("BBB", 0);
    rig.run_for(60 * SECOND).await;
    assert_eq!(rig.vitals().lag, None, "of the last minute");
}
