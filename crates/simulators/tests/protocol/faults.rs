//! Every fault, as a client meets it.

use std::time::{Duration, Instant};

use bellwether_simulators::binance::{Fault, Malformed, Running};
use futures_util::SinkExt;
use serde_json::Value;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{NOW_US, Socket, get, http, scripted};

async fn subscribed(venue: &Running) -> Socket {
    Socket::open(venue, "/ws/btcusdt@aggTrade").await
}

#[tokio::test]
async fn cut_sockets_end_without_a_word_and_new_ones_work() {
    let venue = scripted().await;
    let mut cut = subscribed(&venue).await;
    venue.control().inject(Fault::Cut);
    assert_eq!(cut.end().await, None);
    let mut fresh = subscribed(&venue).await;
    venue.control().push("BTCUSDT", "1").unwrap();
    assert_eq!(fresh.json().await["a"], 1);
}

#[tokio::test]
async fn refused_connects_are_reset_while_rest_and_open_sockets_go_on() {
    let venue = scripted().await;
    let mut open = subscribed(&venue).await;
    venue.control().inject(Fault::RefuseConnects { on: true });
    assert!(connect_async(format!("{}/ws", venue.ws_url())).await.is_err());
    assert_eq!(venue.control().counters().connections_refused, 1);
    assert_eq!(get(&venue, "/api/v3/ping").await.0, 200);
    venue.control().push("BTCUSDT", "1").unwrap();
    assert_eq!(open.json().await["a"], 1);
    venue.control().inject(Fault::Heal);
    subscribed(&venue).await;
}

#[tokio::test]
async fn a_silent_socket_answers_and_brings_no_event() {
    let venue = scripted().await;
    let mut silent = subscribed(&venue).await;
    venue.control().inject(Fault::Silence);
    // The strike and the trade go two ways; the answer comes after the strike.
    let list = r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#;
    let mut fresh = subscribed(&venue).await;
    silent.ask(list).await;
    venue.control().push("BTCUSDT", "1").unwrap();
    assert_eq!(fresh.json().await["a"], 1);
    assert_eq!(silent.ask(list).await["id"], 1);
}

#[tokio::test]
async fn a_mute_symbol_is_told_again_once_it_is_subscribed_to_anew() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue).await;
    venue.control().inject(Fault::Mute { symbol: "BTCUSDT".to_owned() });
    // The strike and the trade go two ways; the answer comes after the strike.
    socket.ask(r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#).await;
    venue.control().push("BTCUSDT", "1").unwrap();
    assert_eq!(socket.ask(r#"{"method":"UNSUBSCRIBE","params":["btcusdt@aggTrade"],"id":2}"#).await["id"], 2);
    assert_eq!(socket.ask(r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":3}"#).await["id"], 3);
    venue.control().push("BTCUSDT", "2").unwrap();
    assert_eq!(socket.json().await["a"], 2);
}

#[tokio::test]
async fn a_half_open_socket_takes_everything_and_gives_nothing() {
    let venue = scripted().await;
    let mut dead = subscribed(&venue).await;
    venue.control().inject(Fault::HalfOpen);
    let mut fresh = subscribed(&venue).await;
    venue.control().push("BTCUSDT", "1").unwrap();
    assert_eq!(fresh.json().await["a"], 1);
    dead.raw().send(Message::Ping("hello".into())).await.unwrap();
    venue.control().inject(Fault::Cut);
    assert_eq!(dead.end().await, None);
    assert_eq!(venue.control().counters().events_sent, 1);
}

#[tokio::test]
async fn delayed_events_come_late_and_in_order() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue).await;
    venue.control().inject(Fault::Delay { ms: 120 });
    let start = Instant::now();
    venue.control().push("BTCUSDT", "1").unwrap();
    venue.control().push("BTCUSDT", "2").unwrap();
    assert_eq!(socket.json().await["a"], 1);
    assert!(start.elapsed() >= Duration::from_millis(120));
    assert_eq!(socket.json().await["a"], 2);
}

#[tokio::test]
async fn duplicated_events_come_twice() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue).await;
    venue.control().inject(Fault::Duplicate { on: true });
    venue.control().push("BTCUSDT", "1").unwrap();
    venue.control().inject(Fault::Duplicate { on: true });
    venue.control().push("BTCUSDT", "2").unwrap();
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(socket.json().await["a"].as_u64().unwrap());
    }
    assert_eq!(ids, [1, 1, 2, 2]);
}

#[tokio::test]
async fn malformed_frames_are_wrong_in_the_way_that_was_asked() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue).await;
    let mut strike = async |kind| {
        venue.control().inject(Fault::Malformed { kind });
        socket.frame().await.unwrap().unwrap()
    };
    let parse = |frame: &Message| serde_json::from_str::<Value>(frame.to_text().unwrap());
    assert!(parse(&strike(Malformed::NotJson).await).is_err());
    assert!(parse(&strike(Malformed::Truncated).await).unwrap_err().is_eof());
    assert_eq!(parse(&strike(Malformed::WrongTypes).await).unwrap()["p"], Value::Null);
    assert_eq!(parse(&strike(Malformed::MissingField).await).unwrap().get("p"), None);
    assert_eq!(parse(&strike(Malformed::UnknownEvent).await).unwrap()["e"], "somethingNew");
    assert!(strike(Malformed::Huge).await.len() > 1 << 20);
    assert!(strike(Malformed::Binary).await.to_text().is_err());
    venue.control().push("BTCUSDT", "1").unwrap();
    assert_eq!(socket.json().await["a"], 1);
}

#[tokio::test]
async fn a_shutdown_is_announced_in_both_forms() {
    let venue = scripted().await;
    let mut raw = subscribed(&venue).await;
    let mut combined = Socket::open(&venue, "/stream").await;
    venue.control().inject(Fault::Shutdown { lead_ms: 30 });
    assert_eq!(raw.json().await["e"], "serverShutdown");
    let notice = combined.json().await;
    assert_eq!(notice["stream"], "!serverShutdown");
    assert_eq!(notice["data"]["E"], NOW_US / 1_000);
    assert_eq!(raw.end().await.unwrap().code, 1_001.into());
    assert_eq!(combined.end().await.unwrap().code, 1_001.into());
}

#[tokio::test]
async fn the_end_of_the_day_can_be_brought_near() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue).await;
    venue.control().inject(Fault::Expire { within_ms: 30 });
    assert_eq!(socket.end().await.unwrap().code, 1_001.into());
}

#[tokio::test]
async fn the_next_requests_fail_as_ordered() {
    let venue = scripted().await;
    venue.control().inject(Fault::FailRest { status: 503, requests: 2, retry_after_s: None });
    for status in [503, 503, 200] {
        assert_eq!(get(&venue, "/api/v3/time").await.0, status);
    }
    venue.control().inject(Fault::FailRest { status: 429, requests: 1, retry_after_s: Some(7) });
    let refused = http().get(format!("{}/api/v3/time", venue.rest_url())).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"] == "7"), (429, true));
    venue.control().inject(Fault::FailRest { status: 418, requests: 1, retry_after_s: Some(7) });
    let (status, body) = get(&venue, "/api/v3/time").await;
    assert_eq!((status, body["code"].as_i64()), (418, Some(-1003)));
    assert_eq!(venue.control().counters().rest_refused, 4);
}

#[tokio::test]
async fn late_answers_are_late() {
    let venue = scripted().await;
    venue.control().inject(Fault::DelayRest { ms: 120 });
    let start = Instant::now();
    assert_eq!(get(&venue, "/api/v3/time").await.0, 200);
    assert!(start.elapsed() >= Duration::from_millis(120));
}
