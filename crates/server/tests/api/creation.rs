//! Making alerts: what is answered, what is refused, and that refusals leave nothing behind.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Answer, Person, Rig, crossing};

async fn post_with_key(rig: &Rig, person: &Person, key: &str, body: &Value) -> Answer {
    let request = Request::post("/api/alerts")
        .header("authorization", format!("Bearer {}", person.access))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    rig.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn total(rig: &Rig, person: &Person) -> u64 {
    rig.get(person, "/api/alerts").await.expect(200).body["total"].as_u64().unwrap()
}

#[tokio::test]
async fn an_alert_is_answered_as_it_is_kept() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let wish = json!({
        "kind": "price", "name": " BTC reaches 33k ", "instrument": "binance:btcusdt",
        "condition": {"type": "crossing", "price": 33000.00}, "repeat": {"mode": "every", "cooldown": "90s"},
        "expires_at": "2027-02-01T00:00:00Z", "note": "sell a third", "message": "{symbol} reached {price}, sell!", "channels": ["email"], "tags": ["btc"],
    });
    let made = rig.post(&ada, "/api/alerts", &wish).await.expect(201);
    let expected = json!({
        "id": made.id(), "kind": "price", "name": "BTC reaches 33k", "instrument": "binance:BTCUSDT",
        "condition": {"type": "crossing", "price": "33000"},
        "sentence": "binance:BTCUSDT reaches 33,000",
        "repeat": {"mode": "every", "cooldown": "90s"}, "expires_at": "2027-02-01T00:00:00Z",
        "note": "sell a third", "message": "{symbol} reached {price}, sell!", "channels": ["email"], "tags": ["btc"], "status": "active", "version": 1,
        "created_at": "2027-01-15T08:00:00Z", "updated_at": "2027-01-15T08:00:00Z",
        "armed_at": "2027-01-15T08:00:00Z", "snoozed_until": null, "fires": 0, "last_fired_at": null,
        "last_sent_at": null, "market": null, "armed_from": {"position": null, "reference": null},
    });
    assert_eq!(made.body, expected);
    assert_eq!(made.header("etag"), "\"1\"");

    let mut kept = expected;
    kept.as_object_mut().unwrap().remove("armed_from");
    assert_eq!(rig.get(&ada, &format!("/api/alerts/{}", made.id())).await.expect(200).body, kept);
    assert_eq!(rig.get(&ada, "/api/alerts").await.expect(200).body["items"], json!([kept]));
}

#[tokio::test]
async fn what_is_left_out_has_its_default() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let made = rig.post(&ada, "/api/alerts", &crossing("33000")).await.expect(201).body;
    assert_eq!(made["repeat"], json!({"mode": "once"}));
    assert_eq!(made["channels"], json!(["email"]));
    assert_eq!((&made["name"], &made["note"], &made["tags"]), (&json!(""), &json!(""), &json!([])));
}

#[tokio::test]
async fn prices_are_exact_whatever_they_are_written_as() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let check = |written: &str, kept: &str| {
        let (rig, ada, kept) = (&rig, &ada, kept.to_owned());
        let body =
            format!(r#"{{"instrument":"binance:BTCUSDT","condition":{{"type":"above","price":{written}}}}}"#);
        async move {
            let request = Request::post("/api/alerts")
                .header("authorization", format!("Bearer {}", ada.access))
                .header("content-type", "application/json; charset=utf-8");
            let made = rig.send(request.body(Body::from(body)).unwrap()).await.expect(201);
            assert_eq!(made.body["condition"]["price"], kept);
        }
    };
    check("37.537537537537537538", "37.537537537537537538").await;
    check("\"37.537537537537537538\"", "37.537537537537537538").await;
    check("0.000000000000000001", "0.000000000000000001").await;
    check("9999999999999999999999999999", "9999999999999999999999999999").await;
    check("1200.500", "1200.5").await;
}

#[tokio::test]
async fn prices_that_are_none_are_refused() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for price in [
        json!("0"),
        json!(0),
        json!("-1"),
        json!(-33000),
        json!("1e5"),
        json!("+1"),
        json!("abc"),
        json!(""),
        json!("1,000"),
        json!("NaN"),
        json!("Infinity"),
        json!(" 1"),
        json!("0x10"),
        json!(".5"),
        json!("5."),
        json!("0.1234567890123456789"),
        json!("99999999999999999999999999999"),
        json!("9".repeat(10_000)),
        json!(true),
        json!([1]),
        json!({"price": 1}),
        json!(1e300),
    ] {
        let wish =
            json!({"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": price}});
        let refused = rig.post(&ada, "/api/alerts", &wish).await.refused(400, "invalid_input");
        assert!(refused.faults()[0].starts_with("condition.price "), "{price}: {:?}", refused.faults());
    }
    let absent = json!({"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": null}});
    rig.post(&ada, "/api/alerts", &absent).await.refused(400, "invalid_input");
    assert_eq!(total(&rig, &ada).await, 0);
}

#[tokio::test]
async fn every_fault_of_a_wish_is_told_together() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let wish = json!({
        "instrument": "binance:NOPEUSDT", "condition": {"type": "crossing", "price": "-1", "colour": "red"},
        "repeat": {"mode": "sometimes"}, "expires_at": "2020-01-01T00:00:00Z", "channels": ["pigeon"],
        "name": "x".repeat(201), "surprise": 1,
    });
    let refused = rig.post(&ada, "/api/alerts", &wish).await.refused(400, "invalid_input");
    let mut faults = refused.faults();
    faults.sort();
    let expected = [
        "channels[0] invalid",
        "condition.colour unknown_field",
        "condition.price invalid",
        "expires_at past",
        "instrument unknown_instrument",
        "name too_long",
        "repeat.mode unknown_value",
        "surprise unknown_field",
    ];
    assert_eq!(faults, expected);
    assert_eq!(total(&rig, &ada).await, 0);
}

#[tokio::test]
async fn only_what_a_watched_venue_trades_can_be_watched() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let check = |instrument: &str, fault: &str| {
        let wish = json!({"instrument": instrument, "condition": {"type": "above", "price": "1"}});
        let (rig, ada, fault) = (&rig, &ada, fault.to_owned());
        async move {
            let refused = rig.post(ada, "/api/alerts", &wish).await.refused(400, "invalid_input");
            assert_eq!(refused.faults(), [fault]);
        }
    };
    check("binance:NOPEUSDT", "instrument unknown_instrument").await;
    check("binance:LUNAUSDT", "instrument not_trading").await;
    check("kraken:BTC/USD", "instrument venue_not_watched").await;
    check("mtgox:BTCUSD", "instrument invalid").await;
    check("BTCUSDT", "instrument invalid").await;
    check("binance:BTC USDT", "instrument invalid").await;
    assert_eq!(total(&rig, &ada).await, 0);
}

#[tokio::test]
async fn a_silence_can_be_watched_where_every_trade_comes() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let silent =
        |instrument: &str| json!({"instrument": instrument, "condition": {"type": "silent", "for": "10m"}});
    for polled in ["uphold:BTC-USD", "coingecko:bitcoin-usd"] {
        let refused = rig.post(&ada, "/api/alerts", &silent(polled)).await.refused(400, "invalid_input");
        assert!(refused.faults().contains(&"condition.type not_applicable".to_owned()), "{:?}", refused.body);
        assert!(refused.body.to_string().contains("is only asked now and then"), "{:?}", refused.body);
    }
    let made = rig.post(&ada, "/api/alerts", &silent("binance:BTCUSDT")).await.expect(201);
    assert_eq!(made.body["sentence"], "binance:BTCUSDT goes without a trade for 10 minutes");
    let path = format!("/api/alerts/{}", made.id());
    let moved = json!({"instrument": "uphold:BTC-USD"});
    let refused = rig.call_with(&ada, "PATCH", &path, &moved).await.refused(400, "invalid_input");
    assert!(refused.faults().contains(&"condition.type not_applicable".to_owned()), "{:?}", refused.body);
}

#[tokio::test]
async fn a_venue_whose_list_has_not_arrived_is_not_taken_for_empty() {
    let rig = Rig::without_catalogue().await;
    let ada = rig.person("ada@example.org").await;
    rig.post(&ada, "/api/alerts", &crossing("33000")).await.refused(503, "unavailable");
    assert_eq!(total(&rig, &ada).await, 0);
}

#[tokio::test]
async fn channels_must_exist() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let mut wish = crossing("33000");
    wish["channels"] = json!(["email", "0198c0de-0000-7000-8000-000000000000"]);
    let refused = rig.post(&ada, "/api/alerts", &wish).await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["channels[1] unknown_channel"]);
}

#[tokio::test]
async fn the_same_key_makes_one_alert() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    let first = post_with_key(&rig, &ada, "k1", &crossing("33000")).await.expect(201);
    let again = post_with_key(&rig, &ada, "k1", &crossing("33000")).await.expect(201);
    assert_eq!(first.id(), again.id());
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    post_with_key(&rig, &ada, "k1", &crossing("34000")).await.refused(422, "idempotency_key_reused");
    assert_ne!(post_with_key(&rig, &ada, "k2", &crossing("33000")).await.expect(201).id(), first.id());
    assert_ne!(post_with_key(&rig, &eve, "k1", &crossing("33000")).await.expect(201).id(), first.id());
    assert_eq!((total(&rig, &ada).await, total(&rig, &eve).await), (2, 1));
    rig.clock.advance("25h");
    let (access, _) = rig.log_in("ada@example.org").await;
    let ada = Person { access, ..ada };
    assert_ne!(post_with_key(&rig, &ada, "k1", &crossing("33000")).await.expect(201).id(), first.id());
}

#[tokio::test]
async fn a_key_must_be_plain_and_short() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for key in ["", &"k".repeat(256)] {
        let refused = post_with_key(&rig, &ada, key, &crossing("33000")).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), ["Idempotency-Key invalid"]);
    }
    assert_eq!(total(&rig, &ada).await, 0);
}

#[tokio::test]
async fn a_user_may_have_so_many_alerts() {
    let rig = Rig::with(&[("limits.alerts_per_user", "2")]).await;
    let ada = rig.person("ada@example.org").await;
    let first = rig.alert(&ada, "1").await;
    rig.alert(&ada, "2").await;
    rig.post(&ada, "/api/alerts", &crossing("3")).await.refused(409, "too_many_alerts");
    rig.call(&ada, "DELETE", &format!("/api/alerts/{first}")).await.expect(204);
    rig.alert(&ada, "3").await;
}

#[tokio::test]
async fn a_marketplace_has_no_instruments_to_watch() {
    let ebay = [("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")];
    for rig in [Rig::with(&ebay).await, Rig::new().await] {
        let ada = rig.person("ada@example.org").await;
        let mut wish = crossing("33000");
        wish["instrument"] = json!("ebay:x");
        let refused = rig.post(&ada, "/api/alerts", &wish).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), ["instrument venue_not_watched"]);
    }
}

#[tokio::test]
async fn a_kind_that_is_none_is_the_only_fault() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let wish = json!({"kind": "digests", "search": {"query": "leica m6"}, "schedule": {"every": "1h"}});
    let refused = rig.post(&ada, "/api/alerts", &wish).await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["kind unknown_value"]);
    assert_eq!(refused.body["errors"][0]["message"], "must be one of price, search, digest, insights");
    let mut wish = crossing("33000");
    wish["kind"] = Value::Null;
    rig.post(&ada, "/api/alerts", &wish).await.expect(201);
}
