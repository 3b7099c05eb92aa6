//! The simulated Coinbase, over its own sockets.

use std::time::Duration;

use bellwether_simulators::coinbase::{CoinbaseSimulator, Config, Fault, Limits, Malformed, Running, Trade};
use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Hand, NOW_US, PATIENCE, Socket, get_from, http};

const TIME: &str = "2026-11-21T10:33:44.500000Z";

async fn start(config: Config) -> Running {
    CoinbaseSimulator::start(config).await.unwrap()
}

async fn scripted() -> Running {
    start(Config::scripted(|| NOW_US)).await
}

async fn open(venue: &Running) -> Socket {
    Socket::open_at(&venue.ws_url()).await
}

/// A socket that hears the matches of one product.
async fn subscribed(venue: &Running, product: &str) -> Socket {
    let mut socket = open(venue).await;
    let ask = json!({"type": "subscribe", "product_ids": [product], "channels": ["matches"]});
    assert_eq!(socket.ask(&ask.to_string()).await["type"], "subscriptions");
    socket
}

async fn ok(venue: &Running, path: &str) -> Value {
    let (status, body) = get_from(&venue.rest_url(), path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn ids(page: &Value) -> Vec<u64> {
    page.as_array().unwrap().iter().map(|trade| trade["trade_id"].as_u64().unwrap()).collect()
}

fn push(venue: &Running, price: &str) -> Trade {
    venue.control().push("BTC-USD", price).unwrap()
}

#[tokio::test]
async fn a_match_is_told_as_documented() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue, "ETH-USD").await;
    venue.control().push_quantity("ETH-USD", "3121.4", "0.25").unwrap();
    venue.control().push_quantity("ETH-USD", "3121.39", "1").unwrap();
    let mut told = socket.json().await;
    for order in ["maker_order_id", "taker_order_id"] {
        assert_eq!(told[order].take().as_str().map(str::len), Some(36));
    }
    let expected = json!({
        "type": "match", "trade_id": 1, "maker_order_id": null, "taker_order_id": null, "side": "sell",
        "size": "0.25000000", "price": "3121.40", "product_id": "ETH-USD", "sequence": 10, "time": TIME,
    });
    assert_eq!(told, expected);
    let down = socket.json().await;
    assert_eq!(
        (&down["trade_id"], &down["side"], &down["price"]),
        (&json!(2), &json!("buy"), &json!("3121.39"))
    );
}

#[tokio::test]
async fn a_subscription_is_answered_with_its_state_and_the_last_match() {
    let venue = scripted().await;
    push(&venue, "96000");
    let mut socket = open(&venue).await;
    let ask = r#"{"type":"subscribe","product_ids":["BTC-USD"],
        "channels":["heartbeat",{"name":"matches","product_ids":["ETH-USD"]}]}"#;
    let state = json!({"type": "subscriptions", "channels": [
        {"name": "heartbeat", "product_ids": ["BTC-USD"], "account_ids": null},
        {"name": "matches", "product_ids": ["BTC-USD", "ETH-USD"], "account_ids": null},
    ]});
    assert_eq!(socket.ask(ask).await, state);
    let last = socket.json().await;
    assert_eq!((&last["type"], &last["product_id"]), (&json!("last_match"), &json!("BTC-USD")));
    assert_eq!((&last["trade_id"], &last["price"]), (&json!(1), &json!("96000.00")));
    // Asked for again, it is told again what is, and not what was last.
    assert_eq!(socket.ask(ask).await, state);
    let less = r#"{"type":"unsubscribe","product_ids":["BTC-USD"],"channels":["heartbeat","matches"]}"#;
    assert_eq!(socket.ask(less).await["channels"][0]["product_ids"], json!(["ETH-USD"]));
    push(&venue, "96001");
    venue.control().push("ETH-USD", "3000").unwrap();
    assert_eq!(socket.json().await["product_id"], "ETH-USD");
    let counters = venue.control().counters();
    assert!(counters.has_stream("matches:ETH-USD") && !counters.has_stream("matches:BTC-USD"));
    assert_eq!((counters.subscribe_messages, counters.unsubscribe_messages), (2, 1));
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_is_refused_and_the_rest_is_not() {
    let venue = scripted().await;
    let mut socket = open(&venue).await;
    let some =
        r#"{"type":"subscribe","product_ids":["FOO-USD","BTC-USD"],"channels":["matches","heartbeat"]}"#;
    let refused = json!({"type": "error", "message": "Failed to subscribe", "reason": "FOO-USD is not a valid product"});
    assert_eq!(socket.ask(some).await, refused);
    assert_eq!(socket.json().await["channels"][1]["product_ids"], json!(["BTC-USD"]));
    for (wrong, reason) in [
        (
            r#"{"type":"subscribe","product_ids":["FOO-USD"],"channels":["matches"]}"#,
            "FOO-USD is not a valid product",
        ),
        (
            r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level2"]}"#,
            "level2 channel requires authentication",
        ),
        (
            r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["gossip"]}"#,
            "gossip is not a valid channel",
        ),
        (r#"{"type":"subscribe","product_ids":["BTC-USD"]}"#, "No channels provided"),
        (r#"{"type":"subscribe","channels":["matches"]}"#, "No products provided"),
    ] {
        assert_eq!(socket.ask(wrong).await["reason"], reason, "{wrong}");
    }
    assert_eq!(socket.ask("hello").await["message"], "Malformed JSON");
    assert_eq!(
        socket.ask(r#"{"type":"dance"}"#).await["message"],
        "Type has to be either subscribe or unsubscribe"
    );
}

#[tokio::test]
async fn a_heartbeat_names_the_last_trade_each_second() {
    let venue = scripted().await;
    let mut socket = open(&venue).await;
    socket.ask(r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["heartbeat"]}"#).await;
    let none = json!({"type": "heartbeat", "sequence": 3, "last_trade_id": 0, "product_id": "BTC-USD", "time": TIME});
    assert_eq!(socket.json().await, none);
    push(&venue, "96000");
    assert_eq!(socket.json().await["last_trade_id"], 1);
}

#[tokio::test]
async fn a_ticker_follows_every_trade() {
    let venue = start(Config::lively(3, || NOW_US)).await;
    venue.control().pause();
    let mut socket = open(&venue).await;
    socket.ask(r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["ticker"]}"#).await;
    let pushed = push(&venue, "96000.5");
    let ticker = socket.json().await;
    assert_eq!((&ticker["type"], &ticker["price"]), (&json!("ticker"), &json!("96000.50")));
    assert_eq!((ticker["trade_id"].as_u64(), &ticker["time"]), (Some(pushed.id), &json!(TIME)));
    let number = |field: &str| ticker[field].as_str().unwrap().parse::<f64>().unwrap();
    assert!(number("best_bid") < number("best_ask") && number("low_24h") < number("high_24h"));
    assert!(number("volume_24h") > 0.0);
    let rest = ok(&venue, "/products/BTC-USD/ticker").await;
    assert_eq!((&rest["trade_id"], &rest["price"]), (&ticker["trade_id"], &ticker["price"]));
}

#[tokio::test]
async fn trades_are_paged_by_cursors_newest_first() {
    let venue = scripted().await;
    for cents in 1..=20 {
        push(&venue, &format!("96000.{cents:02}"));
    }
    let page = async |query: &str| {
        let url = format!("{}/products/BTC-USD/trades{query}", venue.rest_url());
        let reply = http().get(url).send().await.unwrap();
        let cursor = |name: &str| reply.headers().get(name).map(|id| id.to_str().unwrap().to_owned());
        let cursors = (cursor("cb-before"), cursor("cb-after"));
        (ids(&reply.json().await.unwrap()), cursors)
    };
    let cursors = |before: u64, after: u64| (Some(before.to_string()), Some(after.to_string()));
    assert_eq!(page("?limit=3").await, (vec![20, 19, 18], cursors(20, 18)));
    assert_eq!(page("?limit=3&after=18").await, (vec![17, 16, 15], cursors(17, 15)));
    // Newer than 5, and of those the newest.
    assert_eq!(page("?limit=3&before=5").await, (vec![20, 19, 18], cursors(20, 18)));
    assert_eq!(page("?before=5&after=8").await, (vec![7, 6], cursors(7, 6)));
    assert_eq!(page("?after=1").await, (vec![], (None, None)));
    assert_eq!(page("").await.0.len(), 20);
    let first = &ok(&venue, "/products/BTC-USD/trades?after=2").await[0];
    let expected =
        json!({"trade_id": 1, "side": "sell", "size": "0.01000000", "price": "96000.01", "time": TIME});
    assert_eq!(first, &expected);
    for (path, status) in [
        ("/products/FOO-USD/trades", 404),
        ("/products/FOO-USD/ticker", 404),
        ("/products/ETH-USD/ticker", 404),
        ("/products/BTC-USD/trades?limit=0", 400),
        ("/products/BTC-USD/trades?after=x", 400),
    ] {
        let (got, body) = get_from(&venue.rest_url(), path).await;
        assert_eq!((got, body["message"].is_string()), (status, true), "{path}");
    }
}

#[tokio::test]
async fn history_reaches_back_behind_the_start_without_a_hole() {
    let venue = start(Config::lively(3, || NOW_US)).await;
    venue.control().pause();
    let mut cursor = venue.control().last("SOL-USD").unwrap().unwrap().id + 1;
    for _ in 0..4 {
        let page = ids(&ok(&venue, &format!("/products/SOL-USD/trades?after={cursor}")).await);
        assert_eq!(page, (cursor - 1_000..cursor).rev().collect::<Vec<_>>());
        cursor -= 1_000;
    }
}

#[tokio::test]
async fn products_currencies_and_time_are_described() {
    let venue = scripted().await;
    let products = ok(&venue, "/products").await;
    let named = |id: &str| products.as_array().unwrap().iter().find(|product| product["id"] == id).unwrap();
    let bitcoin = named("BTC-USD");
    assert_eq!((&bitcoin["base_currency"], &bitcoin["quote_currency"]), (&json!("BTC"), &json!("USD")));
    assert_eq!((&bitcoin["quote_increment"], &bitcoin["status"]), (&json!("0.01"), &json!("online")));
    assert_eq!(named("WAVES-USD")["status"], "delisted");
    assert_eq!(&ok(&venue, "/products/BTC-USD").await, bitcoin);
    let currencies = ok(&venue, "/currencies").await;
    assert!(currencies.as_array().unwrap().iter().any(|currency| currency["id"] == "EUR"));
    assert_eq!(ok(&venue, "/time").await, json!({"iso": TIME, "epoch": 1_795_257_224.5}));
}

#[tokio::test]
async fn a_client_that_asks_for_nothing_is_dropped() {
    // Long enough for a client that does ask, on a busy machine too.
    let limits = Limits { subscribe_within: Duration::from_secs(2), ..Limits::default() };
    let venue = start(Config { limits, ..Config::scripted(|| NOW_US) }).await;
    let mut busy = subscribed(&venue, "BTC-USD").await;
    let mut idle = open(&venue).await;
    assert_eq!(idle.end().await.unwrap().code, 1_008.into());
    push(&venue, "1");
    assert_eq!(busy.json().await["trade_id"], 1);
}

#[tokio::test]
async fn too_many_requests_and_connects_are_refused() {
    // No request is within this limit, however slow the machine.
    let limits = Limits { requests_per_second: 0, connects: 1, ..Limits::default() };
    let venue = start(Config { limits, ..Config::scripted(|| NOW_US) }).await;
    let (status, body) = get_from(&venue.rest_url(), "/time").await;
    assert_eq!((status, body["message"].as_str()), (429, Some("Public rate limit exceeded")));
    assert_eq!(venue.control().counters().rest_refused, 1);
    let _one = open(&venue).await;
    assert!(tokio_tungstenite::connect_async(venue.ws_url()).await.is_err());
}

#[tokio::test]
async fn swallowed_trades_leave_a_hole_that_history_fills() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue, "BTC-USD").await;
    push(&venue, "1");
    venue.control().inject(Fault::Swallow { trades: 2 });
    for price in ["2", "3", "4"] {
        push(&venue, price);
    }
    assert_eq!(socket.json().await["trade_id"], 1);
    assert_eq!(socket.json().await["trade_id"], 4);
    assert_eq!(ids(&ok(&venue, "/products/BTC-USD/trades").await), [4, 3, 2, 1]);
}

#[tokio::test]
async fn reordered_and_duplicated_events_are_all_there() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue, "BTC-USD").await;
    let mut next = async |count: usize| {
        let mut seen = Vec::new();
        for _ in 0..count {
            seen.push(socket.json().await["trade_id"].as_u64().unwrap());
        }
        seen
    };
    venue.control().inject(Fault::Reorder { on: true });
    for price in ["1", "2", "3"] {
        push(&venue, price);
    }
    // The third has no partner, and leaves with the second.
    assert_eq!(next(3).await, [2, 1, 3]);
    venue.control().inject(Fault::Heal);
    venue.control().inject(Fault::Duplicate { on: true });
    push(&venue, "4");
    assert_eq!(next(2).await, [4, 4]);
}

#[tokio::test]
async fn connections_are_cut_silenced_and_frozen() {
    let venue = scripted().await;
    let control = venue.control();
    let mut cut = subscribed(&venue, "BTC-USD").await;
    control.inject(Fault::Cut);
    assert_eq!(cut.end().await, None);

    let mut silent = subscribed(&venue, "BTC-USD").await;
    control.inject(Fault::Silence);
    let again = r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#;
    silent.ask(again).await;
    let mut fresh = subscribed(&venue, "BTC-USD").await;
    push(&venue, "1");
    assert_eq!(fresh.json().await["trade_id"], 1);
    assert_eq!(silent.ask(again).await["type"], "subscriptions");

    control.inject(Fault::HalfOpen);
    fresh.raw().send(Message::text(again)).await.unwrap();
    let mut last = open(&venue).await;
    let told = last.ask(again).await;
    assert_eq!(told["type"], "subscriptions");
    control.inject(Fault::Cut);
    assert_eq!(fresh.end().await, None);
    control.wait_for(PATIENCE, |counters| counters.connections_open == 0).await.unwrap();
}

#[tokio::test]
async fn malformed_frames_are_wrong_in_the_way_that_was_asked() {
    let venue = scripted().await;
    let mut socket = subscribed(&venue, "BTC-USD").await;
    let mut strike = async |kind| {
        venue.control().inject(Fault::Malformed { kind });
        socket.frame().await.unwrap().unwrap()
    };
    let parse = |frame: &Message| serde_json::from_str::<Value>(frame.to_text().unwrap());
    assert!(parse(&strike(Malformed::NotJson).await).is_err());
    assert!(parse(&strike(Malformed::Truncated).await).unwrap_err().is_eof());
    assert_eq!(parse(&strike(Malformed::WrongTypes).await).unwrap()["price"], Value::Null);
    assert_eq!(parse(&strike(Malformed::MissingField).await).unwrap().get("price"), None);
    assert_eq!(parse(&strike(Malformed::UnknownEvent).await).unwrap()["type"], "something_new");
    assert!(strike(Malformed::Huge).await.len() > 1 << 20);
    assert!(strike(Malformed::Binary).await.to_text().is_err());
}

#[tokio::test]
async fn requests_fail_as_ordered() {
    let venue = scripted().await;
    for status in [429, 503] {
        venue.control().inject(Fault::FailRest { status, requests: 1, retry_after_s: Some(7) });
        let refused = http().get(format!("{}/products", venue.rest_url())).send().await.unwrap();
        assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"] == "7"), (status, true));
    }
    assert_eq!(get_from(&venue.rest_url(), "/products").await.0, 200);
    assert_eq!(venue.control().counters().rest_requests["/products"], 3);
}

#[tokio::test]
async fn the_market_trades_by_itself() {
    let hand = Hand::new();
    let venue = start(Config::lively(5, hand.clock())).await;
    let before = venue.control().last("BTC-USD").unwrap().unwrap();
    let mut socket = open(&venue).await;
    socket.ask(r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}"#).await;
    assert_eq!(socket.json().await["type"], "last_match");
    hand.advance(Duration::from_secs(30));
    assert_eq!(socket.json().await["trade_id"].as_u64(), Some(before.id + 1));
}
