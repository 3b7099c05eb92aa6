//! The control, in process and over HTTP.

use std::time::Duration;

use bellwether_simulators::binance::{Config, ControlError};
use serde_json::{Value, json};

use crate::client::{Hand, PATIENCE, Socket, http, ok, scripted, start};

#[tokio::test]
async fn http_pulls_the_same_strings() {
    let venue = scripted().await;
    let mut socket = Socket::open(&venue, "/ws/btcusdt@aggTrade").await;
    let post = async |path: &str, body: Value| {
        let response =
            http().post(format!("{}/control/{path}", venue.rest_url())).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap_or_default())
    };
    let (status, pushed) = post("trades", json!({"symbol": "BTCUSDT", "price": "33000.5"})).await;
    assert_eq!((status, &pushed["id"]), (200, &json!(1)));
    assert_eq!(socket.json().await["p"], "33000.50000000");
    assert_eq!(post("trades", json!({"symbol": "NOPE", "price": "1"})).await.0, 404);
    assert_eq!(post("trades", json!({"symbol": "BTCUSDT", "price": "-1"})).await.0, 400);
    assert_eq!(post("trades", json!({"symbol": "BTCUSDT", "prise": "1"})).await.0, 422);
    assert_eq!(post("pause", json!({})).await.0, 204);
    assert!(venue.control().is_paused());
    assert_eq!(post("resume", json!({})).await.0, 204);
    assert_eq!(ok(&venue, "/control/counters").await["connections_open"], 1);
    assert_eq!(post("faults", json!({"fault": "delay", "ms": 1})).await.0, 204);
    assert_eq!(post("faults", json!({"fault": "malformed", "kind": "truncated"})).await.0, 204);
    assert_eq!(post("faults", json!({"fault": "earthquake"})).await.0, 422);
    assert_eq!(post("faults", json!({"fault": "cut"})).await.0, 204);
    venue.control().wait_for(PATIENCE, |counters| counters.connections_open == 0).await.unwrap();
}

#[tokio::test]
async fn pushed_trades_take_their_place_in_the_sequence() {
    let hand = Hand::new();
    let venue = start(Config::lively(5, hand.clock())).await;
    let control = venue.control();
    let mut socket = Socket::open(&venue, "/ws/ethusdt@aggTrade").await;
    let before = control.last("ETHUSDT").unwrap().unwrap();
    let pushed = control.push("ETHUSDT", "33.00").unwrap();
    assert_eq!((pushed.id, pushed.first_trade), (before.id + 1, before.last_trade + 1));
    hand.advance(Duration::from_secs(30));
    let ids: Vec<_> = [socket.json().await, socket.json().await, socket.json().await]
        .iter()
        .map(|event| event["a"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [pushed.id, pushed.id + 1, pushed.id + 2]);
}

#[tokio::test]
async fn a_paused_market_leaves_out_what_it_missed() {
    let hand = Hand::new();
    let venue = start(Config::lively(5, hand.clock())).await;
    let control = venue.control();
    let mut socket = Socket::open(&venue, "/ws/ethusdt@aggTrade").await;
    control.pause();
    let before = control.last("ETHUSDT").unwrap().unwrap();
    hand.advance(Duration::from_secs(300));
    // A pushed trade comes through, and nothing came before it.
    let pushed = control.push("ETHUSDT", "3000").unwrap();
    assert_eq!(pushed.id, before.id + 1);
    assert_eq!(socket.json().await["a"], pushed.id);
    control.resume();
}

#[tokio::test]
async fn a_nudged_price_goes_where_it_is_led() {
    let hand = Hand::new();
    let venue = start(Config::lively(5, hand.clock())).await;
    let control = venue.control();
    let mut socket = Socket::open(&venue, "/ws/ethusdt@aggTrade").await;
    let before: f64 = control.last("ETHUSDT").unwrap().unwrap().price.to_string().parse().unwrap();
    let target = before * 1.5;
    control.nudge("ETHUSDT", &format!("{target:.2}"), 0).unwrap();
    hand.advance(Duration::from_secs(20));
    let price: f64 = socket.json().await["p"].as_str().unwrap().parse().unwrap();
    assert!((price / target - 1.0).abs() < 0.02, "{price} {target}");
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let venue = scripted().await;
    let control = venue.control();
    assert_eq!(control.push("BTCXYZ", "1"), Err(ControlError::UnknownSymbol("BTCXYZ".to_owned())));
    assert_eq!(control.push("BTCUSDT", "0"), Err(ControlError::BadNumber("0".to_owned())));
    let vain = control.wait_for(Duration::from_millis(1), |counters| counters.connections_made > 0).await;
    assert_eq!(vain, Err(ControlError::InVain));
    venue.stop().await;
}
