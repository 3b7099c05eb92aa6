//! The feed follows what is wanted, and disturbs nothing else.

use std::time::Duration;

use bellwether_feeds::{Coverage, FeedEvent, Interruption, Rate, Start};
use bellwether_model::{Origin, Timestamp};

use crate::counts::Counts;
use crate::exchange::{Exchange, UnknownSymbol};
use crate::rig::{ORIGIN_US, Rig, config};

const SECOND: Duration = Duration::from_secs(1);
const NOTHING: &[(&str, Option<u64>)] = &[];

#[tokio::test(start_paused = true)]
async fn trades_of_what_is_wanted_are_handed_on_as_they_happen() {
    let exchange = Exchange::with_markets(&["BTCUSDT", "ETHUSDT", "XRPUSDT"]);
    let mut rig = Rig::start(&exchange, 1, &[("BTCUSDT", Some(0)), ("ETHUSDT", Some(0))]);
    rig.run_for(SECOND).await;
    for symbol in ["BTCUSDT", "XRPUSDT", "ETHUSDT", "BTCUSDT"] {
        exchange.trade(symbol, 3);
    }
    rig.run_for(SECOND).await;
    rig.assert_complete("BTCUSDT", 0);
    rig.assert_complete("ETHUSDT", 0);
    assert!(!rig.seen.contains_key("XRPUSDT"));
    assert!(rig.seen.values().flatten().all(|seen| seen.origin == Origin::Live));
    assert_eq!(rig.interruptions, []);
    assert_eq!(rig.coverage("BTCUSDT"), Some(&Coverage::Watched));
}

#[tokio::test(start_paused = true)]
async fn a_change_subscribes_and_unsubscribes_without_touching_the_others() {
    let exchange = Exchange::with_markets(&["AAA", "BBB", "CCC"]);
    let mut rig = Rig::start(&exchange, 2, &[("AAA", Some(0)), ("BBB", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 2);
    exchange.trade("BBB", 2);
    exchange.trade("CCC", 5);
    rig.run_for(SECOND).await;
    rig.want(&[("AAA", Some(0)), ("CCC", Some(5))]);
    rig.run_for(SECOND).await;
    for symbol in ["AAA", "BBB", "CCC"] {
        exchange.trade(symbol, 4);
    }
    rig.run_for(SECOND).await;
    rig.assert_complete("AAA", 0);
    rig.assert_complete("CCC", 5);
    assert_eq!(rig.ids("BBB"), [1, 2]);
    let state = exchange.state();
    assert_eq!(state.dialled_at.len(), 1, "one connection throughout");
    assert_eq!(state.asks_for("AAA"), 1, "subscribed once, and left alone");
    assert_eq!((state.asks_for("BBB"), state.asks_for("CCC")), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_first_watch_says_that_nothing_before_it_counts() {
    let exchange = Exchange::with_markets(&["AAA"]);
    exchange.trade("AAA", 10);
    let mut rig = Rig::start(&exchange, 3, &[("AAA", None::<u64>)]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 2);
    rig.run_for(SECOND).await;
    assert_eq!(rig.interruptions, [("AAA".to_owned(), Interruption::FirstWatch)]);
    assert_eq!(rig.ids("AAA"), [11, 12]);
    assert_eq!(exchange.state().requests.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_first_watch_since_an_instant_fetches_what_happened_before_the_stream() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    exchange.trade("AAA", 10);
    tokio::time::sleep(SECOND).await;
    let since = Timestamp::from_micros(ORIGIN_US + 1_000_000);
    exchange.trade("AAA", 2_500);
    let wanted = [("AAA", Start::Since(since)), ("BBB", Start::Since(since))];
    let mut rig = Rig::start(&exchange, 3, &wanted);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 2);
    exchange.trade("BBB", 3);
    rig.run_for(SECOND).await;
    let first_watch = |symbol: &str| (symbol.to_owned(), Interruption::FirstWatch);
    assert_eq!(rig.interruptions, [first_watch("AAA"), first_watch("BBB")]);
    rig.assert_complete("AAA", 10);
    rig.assert_complete("BBB", 0);
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_comes_back_goes_on_where_it_is_told() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    let mut rig = Rig::start(&exchange, 4, &[("AAA", Some(0)), ("BBB", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 3);
    rig.run_for(SECOND).await;
    rig.want(&[("BBB", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 3);
    rig.want(&[("AAA", Some(3)), ("BBB", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 1);
    rig.run_for(SECOND).await;
    rig.assert_complete("AAA", 0);
}

/// Lets the other tasks run so many turns, and no time pass.
async fn turns(count: u64) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_instrument_wanted_again_at_once_misses_nothing() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    let mut rig = Rig::start(&exchange, 5, &[("AAA", Some(0)), ("BBB", Some(0))]);
    rig.run_for(SECOND).await;
    // Wherever the change has got to when the trade happens, and when the instrument comes back.
    for round in 0..64 {
        rig.want(&[("BBB", Some(0))]);
        turns(round / 8).await;
        exchange.trade("AAA", 1);
        turns(round % 8).await;
        rig.want(&[("AAA", Some(round)), ("BBB", Some(0))]);
        rig.run_for(3 * SECOND).await;
        let mut ids = rig.ids("AAA");
        ids.dedup();
        assert_eq!(ids, (1..=round + 1).collect::<Vec<_>>());
    }
    assert_eq!(rig.interruptions, []);
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_comes_back_before_it_could_leave_misses_nothing() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    let mut config = config();
    config.rules.messages = Rate { max: 1, per: 60 * SECOND };
    let wanted = [("AAA", Some(0)), ("BBB", Some(0))];
    let mut rig = Rig::start_with(&exchange, 11, &wanted, config, 1_024);
    rig.run_for(SECOND).await;
    rig.want(&[("BBB", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 1);
    rig.run_for(SECOND).await;
    assert_eq!(exchange.state().asks_for("AAA"), 1, "still subscribed");
    rig.want(&wanted);
    rig.run_for(SECOND).await;
    rig.assert_complete("AAA", 0);
    assert_eq!(exchange.state().asks_for("AAA"), 1, "never left");
}

#[tokio::test(start_paused = true)]
async fn what_becomes_wanted_while_the_venue_is_down_is_picked_up() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    let mut rig = Rig::start(&exchange, 6, &[("AAA", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.state().open_for_business = false;
    exchange.cut();
    rig.run_for(30 * SECOND).await;
    exchange.trade("AAA", 5);
    exchange.trade("BBB", 5);
    rig.want(&[("AAA", Some(0)), ("BBB", Some(2))]);
    rig.run_for(30 * SECOND).await;
    exchange.state().open_for_business = true;
    rig.run_for(120 * SECOND).await;
    exchange.trade("BBB", 1);
    rig.run_for(SECOND).await;
    rig.assert_complete("AAA", 0);
    rig.assert_complete("BBB", 2);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_symbol_that_the_venue_accepts_harms_no_other() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 7, &[("AAA", Some(0)), ("NOPE", Some(9)), ("NEW", None::<u64>)]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 5);
    rig.run_for(60 * SECOND).await;
    rig.assert_complete("AAA", 0);
    assert!(rig.interruptions.contains(&("NOPE".to_owned(), Interruption::Refused)));
    assert_eq!(exchange.state().dialled_at.len(), 1);
    let asked = exchange.state().requests.iter().filter(|(_, url)| url.contains("NOPE")).count();
    assert_eq!(asked, 1, "a refusal is final");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_symbol_that_the_venue_refuses_harms_no_other() {
    let exchange = Exchange::with_markets(&["AAA", "BBB", "CCC", "DDD"]);
    exchange.state().unknown_symbol = UnknownSymbol::Refused;
    let wanted = ["AAA", "BBB", "CCC", "DDD", "NOPE"].map(|symbol| (symbol, Some(0)));
    let mut rig = Rig::start(&exchange, 8, &wanted);
    rig.run_for(10 * SECOND).await;
    for symbol in ["AAA", "BBB", "CCC", "DDD"] {
        exchange.trade(symbol, 2);
    }
    rig.run_for(SECOND).await;
    for symbol in ["AAA", "BBB", "CCC", "DDD"] {
        rig.assert_complete(symbol, 0);
    }
    let reason = "Invalid request: unknown stream (2)".to_owned();
    assert_eq!(rig.coverage("NOPE"), Some(&Coverage::Refused { reason }));
    assert_eq!(exchange.state().dialled_at.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_wanted_means_no_connection() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 9, NOTHING);
    rig.run_for(60 * SECOND).await;
    assert_eq!(exchange.state().dialled_at.len(), 0);
    rig.want(&[("AAA", None::<u64>)]);
    rig.run_for(SECOND).await;
    assert_eq!(exchange.open_sockets(), 1);
    rig.want(NOTHING);
    rig.run_for(SECOND).await;
    assert_eq!(exchange.open_sockets(), 0);
    let connected = rig.events.iter().filter(|event| matches!(event, FeedEvent::Connected { .. })).count();
    let ended = rig.events.iter().filter(|event| matches!(event, FeedEvent::Disconnected { .. })).count();
    assert_eq!((connected, ended), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn malformed_messages_are_counted_and_survived() {
    let counts = Counts::default();
    let _guard = metrics::set_default_local_recorder(&counts);
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 10, &[("AAA", Some(0))]);
    rig.run_for(SECOND).await;
    for text in ["", "garbage", "{\"stream\":", "{\"data\":{\"e\":\"aggTrade\",\"s\":\"AAA\"}}", "{}"] {
        exchange.trade("AAA", 1);
        exchange.broadcast(text);
    }
    exchange.broadcast("[]");
    exchange.trade("AAA", 1);
    rig.run_for(SECOND).await;
    rig.assert_complete("AAA", 0);
    assert_eq!(exchange.state().dialled_at.len(), 1);
    assert_eq!(counts.of("bellwether_feed_malformed_total"), 5);
    assert_eq!(counts.of("bellwether_feed_ticks_total"), 6);
}
