//! Connections end in many ways; none of them loses or doubles a trade.

use std::time::Duration;

use bellwether_feeds::{Coverage, Ending, FeedEvent};

use crate::exchange::Exchange;
use crate::rig::{Rig, config};

const SECOND: Duration = Duration::from_secs(1);

fn endings(rig: &Rig) -> Vec<&'static str> {
    let ending = |event: &FeedEvent| match event {
        FeedEvent::Disconnected { ending, .. } => Some(ending.name()),
        _ => None,
    };
    rig.events.iter().filter_map(ending).collect()
}

#[tokio::test(start_paused = true)]
async fn what_happened_during_a_drop_is_fetched_before_anything_newer() {
    let exchange = Exchange::with_markets(&["AAA", "QUIET"]);
    let mut rig = Rig::start(&exchange, 1, &[("AAA", Some(0)), ("QUIET", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.trade("AAA", 3);
    rig.run_for(SECOND).await;
    exchange.cut();
    exchange.trade("AAA", 3);
    exchange.trade("QUIET", 1);
    rig.run_for(5 * SECOND).await;
    exchange.trade("AAA", 3);
    rig.run_for(60 * SECOND).await;
    rig.assert_complete("AAA", 0);
    rig.assert_complete("QUIET", 0);
    assert_eq!(endings(&rig), ["closed"]);
    let told: Vec<&Coverage> = rig
        .events
        .iter()
        .filter_map(|event| match event {
            FeedEvent::Coverage { instrument, coverage } if instrument.symbol() == "QUIET" => Some(coverage),
            _ => None,
        })
        .collect();
    use Coverage::{CatchingUp, Dark, Watched};
    assert_eq!(told, [&CatchingUp, &Watched, &Dark, &CatchingUp, &Watched]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_replaced() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 2, &[("AAA", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.freeze();
    exchange.trade("AAA", 7);
    rig.run_for(59 * SECOND).await;
    assert_eq!(exchange.state().dialled_at.len(), 1);
    rig.run_for(10 * SECOND).await;
    assert_eq!(endings(&rig), ["silent"]);
    rig.assert_complete("AAA", 0);
}

#[tokio::test(start_paused = true)]
async fn pings_alone_keep_a_connection_alive() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 3, &[("AAA", Some(0))]);
    for _ in 0..30 {
        rig.run_for(20 * SECOND).await;
        exchange.ping();
    }
    assert_eq!(exchange.state().dialled_at.len(), 1);
    assert_eq!(endings(&rig), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_answered_ends_the_connection() {
    let exchange = Exchange::with_markets(&["AAA"]);
    exchange.state().acknowledges = false;
    let mut rig = Rig::start(&exchange, 4, &[("AAA", Some(0))]);
    rig.run_for(11 * SECOND).await;
    assert_eq!(endings(&rig), ["unanswered"]);
    exchange.state().acknowledges = true;
    rig.run_for(30 * SECOND).await;
    exchange.trade("AAA", 2);
    rig.run_for(SECOND).await;
    rig.assert_complete("AAA", 0);
}

/// Trades go on every 100 ms while `during` brings about a replacement.
async fn replaced_without_a_break(rig: &mut Rig, mut during: impl FnMut(&Exchange, u32)) {
    let exchange = rig.exchange.clone();
    rig.run_for(SECOND).await;
    for step in 0..1_200 {
        exchange.trade("AAA", 1);
        during(&exchange, step);
        rig.run_for(Duration::from_millis(100)).await;
    }
    rig.assert_complete("AAA", 0);
    let state = exchange.state();
    assert!(state.sockets.len() >= 2, "replaced");
    for pair in state.sockets.windows(2) {
        let overlap = pair[0].closed_at.unwrap() - pair[1].opened_at;
        assert!(overlap >= 5 * SECOND, "overlap of {overlap:?}");
    }
    // One request when the feed began. None later: it was never in the dark.
    assert_eq!(state.requests.len(), 1);
    assert!(endings(rig).iter().all(|name| *name == Ending::Dismissed.name()));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_replaced_before_the_venue_cuts_it() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut config = config();
    config.rules.lifetime = 40 * SECOND;
    config.rules.lifetime_spread = 10 * SECOND;
    let mut rig = Rig::start_with(&exchange, 5, &[("AAA", Some(0))], config, 1_024);
    replaced_without_a_break(&mut rig, |_, _| {}).await;
    let sockets = exchange.state().sockets.len();
    assert!((3..=5).contains(&sockets), "{sockets} connections in two minutes");
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_replaced_when_the_venue_announces_its_end() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 6, &[("AAA", Some(0))]);
    replaced_without_a_break(&mut rig, |exchange, step| {
        if step == 300 {
            exchange
                .broadcast(r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1795255230000}}"#);
        }
    })
    .await;
    assert_eq!(exchange.state().sockets.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_while_it_is_replaced_may_have_lost_something() {
    let exchange = Exchange::with_markets(&["QUIET"]);
    let mut rig = Rig::start(&exchange, 9, &[("QUIET", Some(0))]);
    rig.run_for(SECOND).await;
    exchange.broadcast(r#"{"e":"serverShutdown","E":1795255230000}"#);
    exchange.freeze();
    exchange.trade("QUIET", 1);
    rig.run_for(3 * SECOND).await;
    assert_eq!(exchange.open_sockets(), 2);
    assert_eq!(rig.ids("QUIET"), [0; 0], "the old connection swallowed it");
    let now = exchange.uptime();
    exchange.state().sockets[0].close(now);
    rig.run_for(SECOND).await;
    rig.assert_complete("QUIET", 0);
}

#[tokio::test(start_paused = true)]
async fn an_end_announced_again_and_again_makes_no_storm() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 7, &[("AAA", Some(0))]);
    for _ in 0..600 {
        rig.run_for(Duration::from_millis(500)).await;
        exchange.trade("AAA", 1);
        exchange.broadcast(r#"{"e":"serverShutdown","E":1795255230000}"#);
    }
    rig.run_for(60 * SECOND).await;
    rig.assert_complete("AAA", 0);
    let dialled = exchange.state().dialled_at.len();
    assert!(dialled < 60, "{dialled} connections in five minutes");
    assert!(exchange.open_sockets() <= 2);
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_nobody_listens_to_ends_by_itself() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 10, &[("AAA", Some(0))]);
    rig.run_for(SECOND).await;
    rig.out.close();
    tokio::time::sleep(SECOND).await;
    assert_eq!(exchange.open_sockets(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_feed_leaves_nothing_behind() {
    let exchange = Exchange::with_markets(&["AAA"]);
    let mut rig = Rig::start(&exchange, 8, &[("AAA", Some(0))]);
    rig.run_for(SECOND).await;
    assert_eq!(exchange.open_sockets(), 1);
    rig.kill().await;
    assert_eq!(exchange.open_sockets(), 0);
    let dialled = exchange.state().dialled_at.len();
    tokio::time::sleep(600 * SECOND).await;
    assert_eq!(exchange.state().dialled_at.len(), dialled);
}
