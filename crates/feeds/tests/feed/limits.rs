//! The venue's limits: messages, connections, streams per connection, request weight.

use std::time::Duration;

use bellwether_feeds::{BackOff, Bounds, Rate};

use crate::exchange::{Exchange, RestMood};
use crate::rig::{Rig, config};

const SECOND: Duration = Duration::from_secs(1);

/// The most events in any stretch of this length.
fn densest(times: &[Duration], stretch: Duration) -> usize {
    let from = |at: Duration| times.iter().filter(|&&time| time >= at && time < at + stretch).count();
    times.iter().map(|&at| from(at)).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn many_instruments_go_on_several_connections_at_the_venues_pace() {
    let names: Vec<String> = (0..2_500).map(|n| format!("S{n}USDT")).collect();
    let symbols: Vec<&str> = names.iter().map(String::as_str).collect();
    let exchange = Exchange::with_markets(&symbols);
    let wanted: Vec<_> = symbols.iter().map(|symbol| (*symbol, None)).collect();
    let mut rig = Rig::start(&exchange, 1, &wanted);
    for _ in 0..10 {
        exchange.ping();
        rig.run_for(SECOND).await;
    }
    let streams: Vec<usize> = {
        let state = exchange.state();
        state.sockets.iter().map(|socket| socket.subscribed.len()).collect()
    };
    assert_eq!(streams, [1_024, 1_024, 452]);
    for socket in 0..3 {
        let state = exchange.state();
        let on_socket = state.received.iter().filter(|(index, _, _)| *index == socket);
        let times: Vec<Duration> = on_socket.map(|(_, at, _)| *at).collect();
        // The answers to pings cannot be put off; the rest leaves them room.
        assert!(densest(&times, SECOND) <= 5, "socket {socket}");
    }
    for symbol in &symbols {
        exchange.trade(symbol, 1);
    }
    rig.run_for(SECOND).await;
    assert_eq!(rig.seen.len(), 2_500);
}

#[tokio::test(start_paused = true)]
async fn a_venue_that_closes_at_once_is_not_dialled_beyond_its_limit() {
    let exchange = Exchange::with_markets(&["AAA"]);
    exchange.state().closes_at_once = true;
    let mut config = config();
    config.bounds.back_off = BackOff { base: Duration::from_millis(1), cap: Duration::from_millis(1) };
    let mut rig = Rig::start_with(&exchange, 2, &[("AAA", None::<u64>)], config, 1_024);
    rig.run_for(1_200 * SECOND).await;
    let dialled = exchange.state().dialled_at.clone();
    assert!(dialled.len() > 450, "{} attempts", dialled.len());
    assert!(densest(&dialled, 300 * SECOND) <= 150);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_out_with_growing_jittered_delays() {
    let exchange = Exchange::with_markets(&["AAA"]);
    exchange.state().open_for_business = false;
    let mut rig = Rig::start(&exchange, 3, &[("AAA", None::<u64>)]);
    rig.run_for(3_600 * SECOND).await;
    let dialled = exchange.state().dialled_at.clone();
    let back_off = Bounds::default().back_off;
    let delays: Vec<Duration> = dialled.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (failures, delay) in (1..).zip(&delays) {
        let ceiling = back_off.ceiling(failures) + Duration::from_millis(2);
        assert!(*delay <= ceiling, "{delay:?} after {failures} failures");
    }
    // Fifteen seconds apart on the average, once the ceiling is reached.
    assert!((160..400).contains(&dialled.len()), "{} attempts in an hour", dialled.len());
    assert!(delays.iter().any(|delay| *delay < back_off.cap / 8));
    assert!(delays.iter().any(|delay| *delay > back_off.cap * 7 / 8));
    exchange.state().open_for_business = true;
    rig.run_for(back_off.cap + SECOND).await;
    assert_eq!(exchange.open_sockets(), 1);
    let unreachable =
        rig.events.iter().filter(|event| matches!(event, bellwether_feeds::FeedEvent::Unreachable { .. }));
    assert_eq!(unreachable.count(), 1, "said once per outage");
}

#[tokio::test(start_paused = true)]
async fn told_to_stay_away_nobody_asks_until_the_time_is_over() {
    for (status, retry_after_s, away_s) in
        [(429, Some(37), 37), (418, Some(200), 200), (429, None, 60), (418, None, 120)]
    {
        let exchange = Exchange::with_markets(&["AAA", "BBB"]);
        exchange.trade("AAA", 3_000);
        exchange.trade("BBB", 3_000);
        exchange.state().rest = RestMood::Status(status, retry_after_s);
        let mut config = config();
        config.bounds.pages_at_once = 1;
        let mut rig = Rig::start_with(&exchange, 4, &[("AAA", Some(0)), ("BBB", Some(0))], config, 1_024);
        rig.run_for(Duration::from_secs(away_s) / 2).await;
        let refused_at = exchange.state().requests[0].0;
        exchange.state().rest = RestMood::Fine;
        rig.run_for(Duration::from_secs(away_s) + 60 * SECOND).await;
        let requests: Vec<Duration> = exchange.state().requests.iter().map(|(at, _)| *at).collect();
        assert!(requests[1] >= refused_at + Duration::from_secs(away_s), "status {status}: {requests:?}");
        rig.assert_complete("AAA", 0);
        rig.assert_complete("BBB", 0);
        assert_eq!(rig.interruptions, []);
    }
}

#[tokio::test(start_paused = true)]
async fn refills_stay_within_the_weight_of_each_minute() {
    let exchange = Exchange::with_markets(&["AAA", "BBB"]);
    exchange.trade("AAA", 30_000);
    exchange.trade("BBB", 10_000);
    let mut config = config();
    config.weight = Rate { max: 40, per: 60 * SECOND };
    let mut rig = Rig::start_with(&exchange, 5, &[("AAA", Some(0)), ("BBB", Some(0))], config, 1_024);
    rig.run_for(600 * SECOND).await;
    rig.assert_complete("AAA", 0);
    rig.assert_complete("BBB", 0);
    let state = exchange.state();
    let mut per_minute = std::collections::BTreeMap::<u64, usize>::new();
    for (at, _) in &state.requests {
        *per_minute.entry(at.as_secs() / 60).or_default() += 1;
    }
    assert!(per_minute.values().all(|&requests| requests <= 10), "{per_minute:?}");
    assert!(per_minute.len() >= 4, "{per_minute:?}");
}
