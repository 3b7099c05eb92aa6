//! The simulated Kraken, over its own sockets.

use std::time::Duration;

use bellwether_simulators::kraken::{Config, Fault, KrakenSimulator, Limits, Malformed, Running, Trade};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Hand, NOW_US, Socket, get_from, http};

const TIME: &str = "2026-11-21T10:33:44.500000Z";

/// As many requests as a test makes are within the limits.
async fn start(config: Config) -> Running {
    let limits = Limits { requests_per_second: 1_000, ..Limits::default() };
    KrakenSimulator::start(Config { limits, ..config }).await.unwrap()
}

async fn scripted() -> Running {
    start(Config::scripted(|| NOW_US)).await
}

/// An open socket, after its greeting.
async fn open(venue: &Running) -> Socket {
    let mut socket = Socket::open_at(&format!("{}/v2", venue.ws_url())).await;
    let greeting = socket.json().await;
    assert_eq!((&greeting["channel"], &greeting["data"][0]["system"]), (&json!("status"), &json!("online")));
    assert!(greeting["data"][0]["connection_id"].as_u64().unwrap() > 1 << 53);
    socket
}

/// A socket that hears the trades of one pair.
async fn subscribed(venue: &Running, symbol: &str) -> Socket {
    let mut socket = open(venue).await;
    let ask = json!({"method": "subscribe", "params": {"channel": "trade", "symbol": [symbol]}});
    assert_eq!(socket.ask(&ask.to_string()).await["success"], true);
    socket
}

async fn ok(venue: &Running, path: &str) -> Value {
    let (status, body) = get_from(&venue.rest_url(), path).await;
    assert_eq!((status, &body["error"]), (200, &json!([])), "{path}: {body}");
    body["result"].clone()
}

fn push(venue: &Running, price: &str) -> Trade {
    venue.control().push("BTC/USD", price).unwrap()
}

#[tokio::test]
async fn a_trade_is_told_as_documented_with_its_numbers_as_numbers() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue, "BTC/USD").await;
    venue.control().push_quantity("BTC/USD", "96000.10", "0.25").unwrap();
    let expected = format!(
        r#"{{"channel":"trade","type":"update","data":[{{"symbol":"BTC/USD","side":"buy","price":96000.1,"qty":0.25,"ord_type":"limit","trade_id":1,"timestamp":"{TIME}"}}]}}"#
    );
    assert_eq!(socket.text().await, expected);
    venue.control().push_quantity("BTC/USD", "0.00000842", "3").unwrap();
    let text = socket.text().await;
    assert!(text.contains(r#""side":"sell","price":0.00000842,"qty":3.0,"#), "{text}");
}

#[tokio::test]
async fn every_symbol_is_answered_by_itself() {
    let venue = scripted().await;
    push(&venue, "96000");
    let mut socket = open(&venue).await;
    let ask = r#"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","FOO/BAR","ETH/EUR"],"snapshot":true},"req_id":17}"#;
    let held = |symbol: &str| {
        json!({"method": "subscribe", "result": {"channel": "trade", "symbol": symbol, "snapshot": true},
               "success": true, "time_in": TIME, "time_out": TIME, "req_id": 17})
    };
    assert_eq!(socket.ask(ask).await, held("BTC/USD"));
    let snapshot = socket.json().await;
    assert_eq!((&snapshot["type"], &snapshot["data"][0]["trade_id"]), (&json!("snapshot"), &json!(1)));
    let refused = json!({"error": "Currency pair not supported FOO/BAR", "method": "subscribe", "success": false,
                         "symbol": "FOO/BAR", "time_in": TIME, "time_out": TIME, "req_id": 17});
    assert_eq!(socket.json().await, refused);
    assert_eq!(socket.json().await, held("ETH/EUR"));
    let again = r#"{"method":"subscribe","params":{"channel":"trade","symbol":["ETH/EUR"]}}"#;
    let twice = socket.ask(again).await;
    assert_eq!((&twice["error"], twice.get("req_id")), (&json!("Already subscribed"), None));

    let less =
        r#"{"method":"unsubscribe","params":{"channel":"trade","symbol":["BTC/USD","SOL/USD"]},"req_id":18}"#;
    let left = socket.ask(less).await;
    assert_eq!((&left["result"]["symbol"], &left["success"]), (&json!("BTC/USD"), &json!(true)));
    assert_eq!(socket.json().await["error"], "Subscription Not Found");
    push(&venue, "96001");
    venue.control().push("ETH/EUR", "3000").unwrap();
    assert_eq!(socket.json().await["data"][0]["symbol"], "ETH/EUR");
    let counters = venue.control().counters();
    assert!(counters.has_stream("trade:ETH/EUR") && !counters.has_stream("trade:BTC/USD"));
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let venue = scripted().await;
    let mut socket = open(&venue).await;
    for (wrong, error) in
        [("hello", "Malformed request"), (r#"{"method":"dance","req_id":3}"#, "Unsupported method")]
    {
        let answer = socket.ask(wrong).await;
        assert_eq!((&answer["error"], &answer["success"]), (&json!(error), &json!(false)), "{wrong}");
    }
    let answer = socket
        .ask(r#"{"method":"subscribe","params":{"channel":"gossip","symbol":["BTC/USD"]},"req_id":4}"#)
        .await;
    assert_eq!((&answer["success"], &answer["req_id"]), (&json!(false), &json!(4)));
    let pong = socket.ask(r#"{"method":"ping","req_id":101}"#).await;
    assert_eq!(pong, json!({"method": "pong", "req_id": 101, "time_in": TIME, "time_out": TIME}));
}

#[tokio::test]
async fn a_heartbeat_fills_the_silence_after_the_first_subscription() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue, "BTC/USD").await;
    assert_eq!(socket.json().await, json!({"channel": "heartbeat"}));
    assert_eq!(socket.json().await, json!({"channel": "heartbeat"}));
}

#[tokio::test]
async fn a_ticker_begins_with_a_snapshot() {
    let venue = start(Config::lively(3, || NOW_US)).await;
    venue.control().pause();
    let mut socket = open(&venue).await;
    let ask = r#"{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"]}}"#;
    assert_eq!(socket.ask(ask).await["result"]["event_trigger"], "trades");
    assert_eq!(socket.json().await["type"], "snapshot");
    push(&venue, "96000.5");
    let update = socket.json().await;
    let ticker = &update["data"][0];
    assert_eq!((&update["type"], &ticker["last"]), (&json!("update"), &json!(96_000.5)));
    assert!(
        ticker["bid"].as_f64() < ticker["ask"].as_f64() && ticker["low"].as_f64() < ticker["high"].as_f64()
    );
    let rest = ok(&venue, "/0/public/Ticker?pair=XBTUSD").await;
    assert_eq!(rest["XXBTZUSD"]["c"][0], "96000.50000000");
}

#[tokio::test]
async fn trades_are_paged_by_nanoseconds_oldest_first() {
    let hand = Hand::new();
    let venue = start(Config::scripted(hand.clock())).await;
    for nth in 1..=5 {
        push(&venue, &format!("96000.{nth}"));
        hand.advance(Duration::from_millis(500));
    }
    let page = async |query: &str| {
        let result = ok(&venue, &format!("/0/public/Trades?pair=XBTUSD{query}")).await;
        let ids: Vec<_> =
            result["XXBTZUSD"].as_array().unwrap().iter().map(|trade| trade[6].as_u64().unwrap()).collect();
        (ids, result["last"].as_str().unwrap().parse::<i64>().unwrap())
    };
    let nanos = |nth: i64| (NOW_US + (nth - 1) * 500_000) * 1_000 + nth;
    assert_eq!(page("").await, (vec![1, 2, 3, 4, 5], nanos(5)));
    assert_eq!(page("&count=2").await, (vec![4, 5], nanos(5)));
    assert_eq!(page("&since=0&count=2").await, (vec![1, 2], nanos(2)));
    assert_eq!(
        page(&format!("&since={}&count=2", nanos(2))).await,
        (vec![3, 4], nanos(4)),
        "later ones only"
    );
    assert_eq!(page(&format!("&since={}", nanos(5))).await.0, [0; 0]);
    let url = format!("{}/0/public/Trades?pair=XXBTZUSD&since=0&count=1", venue.rest_url());
    let text = http().get(url).send().await.unwrap().text().await.unwrap();
    let expected = r#"{"error":[],"result":{"XXBTZUSD":[["96000.1","0.01000000",1795257224.5000000,"b","l","",1]],"last":"1795257224500000001"}}"#;
    assert_eq!(text, expected);
    for (path, error) in [
        ("/0/public/Trades?pair=FOOBAR", "EQuery:Unknown asset pair"),
        ("/0/public/Trades", "EGeneral:Invalid arguments"),
        ("/0/public/Trades?pair=XBTUSD&since=x", "EGeneral:Invalid arguments"),
    ] {
        assert_eq!(get_from(&venue.rest_url(), path).await, (200, json!({"error": [error]})), "{path}");
    }
}

#[tokio::test]
async fn history_is_followed_by_its_last_without_a_hole() {
    let venue = start(Config::lively(3, || NOW_US)).await;
    venue.control().pause();
    let mut since = (NOW_US - 3_600_000_000) * 1_000;
    let mut ids: Vec<u64> = Vec::new();
    loop {
        let page = ok(&venue, &format!("/0/public/Trades?pair=SOLUSD&since={since}")).await;
        let trades = page["SOLUSD"].as_array().unwrap();
        ids.extend(trades.iter().map(|trade| trade[6].as_u64().unwrap()));
        if trades.len() < 1_000 {
            break;
        }
        since = page["last"].as_str().unwrap().parse().unwrap();
    }
    let last = venue.control().last("SOL/USD").unwrap().unwrap().id;
    assert!(ids.len() > 2_000, "{}", ids.len());
    assert_eq!(ids, (ids[0]..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn pairs_and_assets_are_described_under_their_old_names() {
    let venue = scripted().await;
    let pairs = ok(&venue, "/0/public/AssetPairs").await;
    let bitcoin = &pairs["XXBTZUSD"];
    assert_eq!((&bitcoin["altname"], &bitcoin["wsname"]), (&json!("XBTUSD"), &json!("XBT/USD")));
    assert_eq!((&bitcoin["tick_size"], &bitcoin["status"]), (&json!("0.1"), &json!("online")));
    assert_eq!(pairs["XDGUSD"]["wsname"], "XDG/USD");
    assert_eq!(pairs["WAVESUSD"]["status"], "cancel_only");
    assert_eq!(ok(&venue, "/0/public/AssetPairs?pair=BTC/USD,ETHUSD").await.as_object().unwrap().len(), 2);
    assert_eq!(ok(&venue, "/0/public/Assets").await["XBT"]["altname"], "XBT");
    assert_eq!(ok(&venue, "/0/public/Time").await["unixtime"], NOW_US / 1_000_000);
    assert_eq!(ok(&venue, "/0/public/SystemStatus").await["status"], "online");
}

#[tokio::test]
async fn limits_are_kept_in_the_venues_own_way() {
    let limits = Limits {
        inactivity: Duration::from_millis(50),
        requests_per_second: 0,
        connects: 1,
        ..Limits::default()
    };
    let venue = KrakenSimulator::start(Config { limits, ..Config::scripted(|| NOW_US) }).await.unwrap();
    let refused = json!({"error": ["EGeneral:Too many requests"]});
    assert_eq!(get_from(&venue.rest_url(), "/0/public/Time").await, (200, refused));
    assert_eq!(open(&venue).await.end().await.unwrap().code, 1_008.into());
    let second = tokio_tungstenite::connect_async(format!("{}/v2", venue.ws_url())).await;
    assert!(second.is_err());
}

#[tokio::test]
async fn faults_strike_here_as_elsewhere() {
    let venue = scripted().await;
    let control = venue.control();
    let mut socket = subscribed(&venue, "BTC/USD").await;
    control.inject(Fault::Swallow { trades: 1 });
    push(&venue, "1");
    push(&venue, "2");
    assert_eq!(socket.json().await["data"][0]["trade_id"], 2);
    control.inject(Fault::Malformed { kind: Malformed::WrongTypes });
    let wrong = socket.json().await;
    assert_eq!((&wrong["data"][0]["price"], &wrong["data"][0]["trade_id"]), (&Value::Null, &json!("seven")));
    control.inject(Fault::Malformed { kind: Malformed::Binary });
    assert!(matches!(socket.frame().await, Some(Ok(Message::Binary(_)))));
    control.inject(Fault::FailRest { status: 429, requests: 1, retry_after_s: None });
    let refused = json!({"error": ["EAPI:Rate limit exceeded"]});
    assert_eq!(get_from(&venue.rest_url(), "/0/public/Time").await, (200, refused));
    control.inject(Fault::FailRest { status: 520, requests: 1, retry_after_s: None });
    let response = http().get(format!("{}/0/public/Time", venue.rest_url())).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 520);
    control.inject(Fault::Cut);
    assert_eq!(socket.end().await, None);
}
