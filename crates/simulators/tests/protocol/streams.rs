//! Streams: addresses, subscriptions at run time, envelopes, payloads.

use std::time::Duration;

use bellwether_simulators::binance::Config;
use serde_json::{Value, json};

use crate::client::{Hand, NOW_US, Socket, ok, scripted, start};

const NOW_MS: i64 = NOW_US / 1_000;

#[tokio::test]
async fn a_raw_stream_brings_a_trade_as_documented() {
    let venue = scripted().await;
    let mut socket = Socket::open(&venue, "/ws/ethusdt@aggTrade").await;
    venue.control().push_quantity("ETHUSDT", "3121.44", "0.25").unwrap();
    let expected = format!(
        r#"{{"e":"aggTrade","E":{NOW_MS},"s":"ETHUSDT","a":1,"p":"3121.44000000","q":"0.25000000","f":1,"l":1,"T":{NOW_MS},"m":false,"M":true}}"#
    );
    assert_eq!(socket.text().await, expected);
}

#[tokio::test]
async fn a_combined_stream_names_its_stream() {
    let venue = scripted().await;
    let mut socket = Socket::open(&venue, "/stream?streams=ethusdt@trade/btcusdt@bookTicker").await;
    venue.control().push("ETHUSDT", "3121.44").unwrap();
    venue.control().push("BTCUSDT", "96000").unwrap();
    let trade = socket.json().await;
    assert_eq!(trade["stream"], "ethusdt@trade");
    assert_eq!(trade["data"]["t"], 1);
    assert_eq!(trade["data"]["p"], "3121.44000000");
    let quote = socket.json().await;
    assert_eq!(quote["stream"], "btcusdt@bookTicker");
    assert_eq!(
        (&quote["data"]["b"], &quote["data"]["a"]),
        (&json!("95999.99000000"), &json!("96000.00000000"))
    );
    assert_eq!(quote["data"].get("e"), None);
}

#[tokio::test]
async fn subscriptions_change_at_run_time_and_leave_the_others_alone() {
    let venue = scripted().await;
    let control = venue.control();
    let mut socket = Socket::open(&venue, "/ws").await;
    let done = |id: u32| json!({"result": null, "id": id});
    let both = r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","ethusdt@aggTrade"],"id":1}"#;
    assert_eq!(socket.ask(both).await, done(1));
    assert_eq!(
        socket.ask(r#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#).await,
        json!({"result": ["btcusdt@aggTrade", "ethusdt@aggTrade"], "id": 3})
    );
    let less = r#"{"method":"UNSUBSCRIBE","params":["btcusdt@aggTrade","never@heard"],"id":4}"#;
    assert_eq!(socket.ask(less).await, done(4));
    control.push("BTCUSDT", "96000").unwrap();
    let id = control.push("ETHUSDT", "3000").unwrap().id;
    let event = socket.json().await;
    assert_eq!((event["s"].as_str(), event["a"].as_u64()), (Some("ETHUSDT"), Some(id)));
    let counters = control.counters();
    assert_eq!((counters.subscribe_messages, counters.unsubscribe_messages), (1, 1));
    assert!(counters.has_stream("ethusdt@aggTrade") && !counters.has_stream("btcusdt@aggTrade"));
}

#[tokio::test]
async fn the_envelope_is_a_property() {
    let venue = scripted().await;
    let mut socket = Socket::open(&venue, "/ws/btcusdt@aggTrade").await;
    let get = r#"{"method":"GET_PROPERTY","params":["combined"],"id":"q"}"#;
    assert_eq!(socket.ask(get).await, json!({"result": false, "id": "q"}));
    let set = r#"{"method":"SET_PROPERTY","params":["combined",true],"id":5}"#;
    assert_eq!(socket.ask(set).await, json!({"result": null, "id": 5}));
    assert_eq!(socket.ask(get).await["result"], json!(true));
    venue.control().push("BTCUSDT", "1").unwrap();
    assert_eq!(socket.json().await["stream"], "btcusdt@aggTrade");
    let mut combined = Socket::open(&venue, "/stream").await;
    assert_eq!(combined.ask(get).await["result"], json!(true));
}

#[tokio::test]
async fn unknown_names_are_accepted_and_double_ones_bring_nothing_twice() {
    let venue = scripted().await;
    let mut socket = Socket::open(&venue, "/stream?streams=btcusdt@aggTrade").await;
    let again =
        r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","!ticker@arr","BTCUSDT@trade","0"],"id":1}"#;
    assert_eq!(socket.ask(again).await["result"], Value::Null);
    venue.control().push("BTCUSDT", "1").unwrap();
    venue.control().push("BTCUSDT", "2").unwrap();
    assert_eq!(socket.json().await["data"]["a"], 1);
    assert_eq!(socket.json().await["data"]["a"], 2);
}

#[tokio::test]
async fn wrong_requests_are_answered_and_the_socket_lives_on() {
    let venue = scripted().await;
    let mut socket = Socket::open(&venue, "/ws/btcusdt@aggTrade").await;
    let answer = socket.ask("<nonsense>").await;
    assert_eq!(answer, json!({"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}));
    let answer = socket.ask(r#"{"method":"SHOUT","params":[],"id":8}"#).await;
    assert_eq!((answer["code"].as_i64(), answer["id"].as_i64()), (Some(2), Some(8)));
    venue.control().push("BTCUSDT", "1").unwrap();
    assert_eq!(socket.json().await["a"], 1);
}

#[tokio::test]
async fn addresses_may_be_percent_encoded_and_times_in_microseconds() {
    let venue = scripted().await;
    let path = "/stream?streams=btcusdt%40aggTrade%2Fethusdt%40aggTrade&timeUnit=MICROSECOND";
    let mut socket = Socket::open(&venue, path).await;
    venue.control().push("ETHUSDT", "1").unwrap();
    let event = socket.json().await;
    assert_eq!((&event["data"]["T"], &event["data"]["E"]), (&json!(NOW_US), &json!(NOW_US)));
}

#[tokio::test]
async fn a_lively_market_trades_by_itself_and_rest_tells_the_same() {
    let hand = Hand::new();
    let venue = start(Config::lively(7, hand.clock())).await;
    let mut socket = Socket::open(&venue, "/ws/btcusdt@aggTrade").await;
    let before = venue.control().last("BTCUSDT").unwrap().unwrap().id;
    hand.advance(Duration::from_secs(90));
    let mut events = Vec::new();
    for _ in 0..50 {
        events.push(socket.json().await);
    }
    let ids: Vec<_> = events.iter().map(|event| event["a"].as_u64().unwrap()).collect();
    assert_eq!(ids, (before + 1..before + 51).collect::<Vec<_>>());
    let page = ok(&venue, &format!("/api/v3/aggTrades?symbol=BTCUSDT&fromId={}&limit=50", before + 1)).await;
    for (event, row) in events.iter().zip(page.as_array().unwrap()) {
        for field in ["a", "p", "q", "f", "l", "T", "m"] {
            assert_eq!(event[field], row[field], "{field}");
        }
    }
}

#[tokio::test]
async fn tickers_tell_the_day_every_second() {
    let hand = Hand::new();
    let config = Config { paused: true, ..Config::lively(7, hand.clock()) };
    let venue = start(config).await;
    let day = ok(&venue, "/api/v3/ticker/24hr?symbol=ETHUSDT").await;
    for (stream, kind) in [("ethusdt@miniTicker", "24hrMiniTicker"), ("ethusdt@ticker", "24hrTicker")] {
        let event = Socket::open(&venue, &format!("/ws/{stream}")).await.json().await;
        assert_eq!(event["e"], kind);
        for (short, long) in
            [("c", "lastPrice"), ("o", "openPrice"), ("h", "highPrice"), ("l", "lowPrice"), ("v", "volume")]
        {
            assert_eq!(event[short], day[long], "{kind} {short}");
        }
    }
    let all = Socket::open(&venue, "/ws/!miniTicker@arr").await.json().await;
    assert_eq!(all.as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn klines_close_once_and_go_on() {
    let hand = Hand::new();
    let venue = start(Config::scripted(hand.clock())).await;
    let control = venue.control();
    let mut socket = Socket::open(&venue, "/ws/btcusdt@kline_1m").await;
    control.push("BTCUSDT", "100").unwrap();
    control.push("BTCUSDT", "90").unwrap();
    let open = socket.json().await;
    assert_eq!((&open["k"]["o"], &open["k"]["x"]), (&json!("100.00000000"), &json!(false)));
    hand.advance(Duration::from_secs(60));
    control.push("BTCUSDT", "95").unwrap();
    let closed = socket.json().await;
    assert_eq!(
        (&closed["k"]["t"], &closed["k"]["x"], &closed["k"]["c"]),
        (&open["k"]["t"], &json!(true), &json!("90.00000000"))
    );
    let next = socket.json().await;
    assert_eq!((&next["k"]["x"], &next["k"]["o"]), (&json!(false), &json!("95.00000000")));
    assert_eq!(next["k"]["t"].as_i64().unwrap(), closed["k"]["T"].as_i64().unwrap() + 1);
}
