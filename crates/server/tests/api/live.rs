//! The stream of what happens, as it happens.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use bellwether_feeds::{Coverage, FeedEvent, Update};
use bellwether_model::{Instrument, Observation, Origin, Tick, Venue};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::rig::{Person, Rig};

/// Longer than any wait that is meant; nothing here takes so long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A stream as a browser reads it.
struct Events {
    body: BodyDataStream,
    text: String,
}

impl Events {
    async fn open(rig: &Rig, person: &Person, path: &str) -> Self {
        let token = format!("Bearer {}", person.access);
        let request = Request::builder().uri(path).header("authorization", token).body(Body::empty());
        let response = rig.respond(request.unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        let mut events = Self { body: response.into_body().into_data_stream(), text: String::new() };
        let (name, _) = events.next().await.unwrap();
        assert_eq!(name, "hello");
        events
    }

    /// The next event, or nothing once the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned())
                };
                let read = field("event:").zip(field("data:"));
                self.text = rest.to_owned();
                match read {
                    Some((name, data)) => return Some((name, serde_json::from_str(&data).unwrap())),
                    None => continue,
                }
            }
            let more = tokio::time::timeout(PATIENCE, self.body.next()).await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&more.unwrap()).unwrap());
        }
    }

    /// The next event of a name.
    async fn next_of(&mut self, name: &str) -> Value {
        loop {
            let (found, data) = self.next().await.unwrap();
            if found == name {
                return data;
            }
        }
    }
}

#[tokio::test]
async fn changes_of_ones_alerts_are_told_and_nobody_elses() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let before = rig.alert(&ada, "1000").await;
    let mut events = Events::open(&rig, &ada, "/api/stream").await;
    rig.alert(&bob, "2000").await;
    let alert = rig.alert(&ada, "3000").await;
    let told = events.next().await.unwrap();
    assert_eq!(
        (told.0.as_str(), &told.1["id"], &told.1["status"]),
        ("alert", &json!(alert), &json!("active"))
    );
    assert_eq!(told.1, rig.get(&ada, &format!("/api/alerts/{alert}")).await.body, "as its own page has it");

    rig.post(&ada, &format!("/api/alerts/{before}/pause"), &json!({})).await.expect(200);
    let told = events.next_of("alert").await;
    assert_eq!((&told["id"], &told["status"]), (&json!(before), &json!("paused")));
    rig.call(&ada, "DELETE", &format!("/api/alerts/{before}")).await.expect(204);
    let told = events.next_of("alert").await;
    assert_eq!((&told["id"], &told["status"]), (&json!(before), &json!("deleted")));
}

#[tokio::test]
async fn a_fire_comes_with_its_alert_and_its_deliveries() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let alert = rig.alert(&ada, "33000").await;
    rig.fire(&alert, false).await;
    let mut events = Events::open(&rig, &ada, "/api/stream").await;
    let fire = rig.fire(&alert, false).await;

    let (mut told, mut deliveries) = (Vec::new(), 0);
    while told.len() < 3 {
        let (name, data) = events.next().await.unwrap();
        match name.as_str() {
            "delivery" => deliveries += 1,
            "fire" => assert_eq!(data, rig.get(&ada, &format!("/api/fires/{fire}")).await.body),
            _ => assert_eq!(data["fires"], 2),
        }
        told.push(name);
    }
    assert_eq!(told, ["alert", "fire", "delivery"], "each once, and nothing of what was before");
    assert_eq!(deliveries, 1);
}

#[tokio::test]
async fn prices_are_told_as_they_move() {
    let rig = Rig::evaluating().await;
    let ada = rig.person("ada@example.org").await;
    rig.alert(&ada, "33000").await;
    let mut events =
        Events::open(&rig, &ada, "/api/stream?instruments=binance:btcusdt,binance:ETHUSDT").await;
    let bitcoin: Instrument = "binance:BTCUSDT".parse().unwrap();
    let coverage = FeedEvent::Coverage { instrument: bitcoin.clone(), coverage: Coverage::Watched };
    rig.feed(Update::Feed { venue: Venue::Binance, at: rig.now(), event: coverage }).await;
    for (id, price) in [(1, "32000"), (2, "32000.10")] {
        let tick = Tick::numbered(price.parse().unwrap(), rig.now(), id);
        let observations = vec![Observation { tick, trades: None, origin: Origin::Live }];
        rig.feed(Update::Ticks { instrument: bitcoin.clone(), observations }).await;
    }
    loop {
        let told = events.next_of("price").await;
        assert_eq!((&told["instrument"], &told["time"]), (&json!(bitcoin), &json!("2027-01-15T08:00:00Z")));
        if told["price"] == "32000.1" {
            break;
        }
        assert_eq!(told["price"], "32000");
    }
}

#[tokio::test]
async fn more_than_is_told_is_a_reason_to_read_the_lists() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let mut events = Events::open(&rig, &ada, "/api/stream").await;
    for price in 0..120 {
        rig.alert(&ada, &format!("{}", 1_000 + price)).await;
    }
    events.next_of("reload").await;
}

#[tokio::test]
async fn it_ends_with_its_login() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let mut events = Events::open(&rig, &ada, "/api/stream").await;
    rig.post(&ada, "/api/token/revoke", &json!({"refresh": ada.refresh})).await.expect(204);
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn it_ends_with_its_key() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let made = rig.post(&ada, "/api/keys", &json!({"name": "desk", "scopes": ["read"]})).await.expect(201);
    let program = Person { access: made.body["secret"].as_str().unwrap().to_owned(), ..ada.clone() };
    let mut events = Events::open(&rig, &program, "/api/stream").await;
    rig.call(&ada, "DELETE", &format!("/api/keys/{}", made.id())).await.expect(204);
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn what_cannot_be_told_is_refused() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let stranger = Person { access: "none".to_owned(), ..ada.clone() };
    rig.get(&stranger, "/api/stream").await.refused(401, "invalid_token");
    let refused = rig.get(&ada, "/api/stream?instruments=nonsense&colour=red").await;
    let faults = refused.refused(400, "invalid_input").faults();
    assert_eq!(faults, ["instruments unknown_value", "colour unknown_parameter"]);
    let many: Vec<String> = (0..501).map(|number| format!("binance:A{number}")).collect();
    let refused = rig.get(&ada, &format!("/api/stream?instruments={}", many.join(","))).await;
    assert_eq!(refused.refused(400, "invalid_input").faults(), ["instruments too_long"]);
}
