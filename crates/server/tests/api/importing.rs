//! Alerts in and out, as lines.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Answer, Person, Rig, crossing};

async fn import(rig: &Rig, person: &Person, lines: &str) -> Answer {
    let token = format!("Bearer {}", person.access);
    let request = Request::post("/api/alerts/import").header("authorization", token);
    rig.send(request.body(Body::from(lines.to_owned())).unwrap()).await
}

async fn export(rig: &Rig, person: &Person) -> String {
    let answer = rig.get(person, "/api/alerts/export").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    answer.text
}

#[tokio::test]
async fn what_is_exported_is_what_an_import_makes() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let rich = json!({
        "name": "A \"rich\u{2028}\" one", "instrument": "binance:ETHUSDT", "note": "line\nbreak", "message": "{{ {symbol}\n{price} }}", "tags": ["a", "b"],
        "condition": {"type": "all", "of": [
            {"type": "above", "price": "2000.50", "instrument": "binance:BTCUSDT"},
            {"type": "moving", "percent": "1.5", "window": "1h", "direction": "up"}
        ]},
        "repeat": {"mode": "every", "cooldown": "15m", "max_fires": 3}, "expires_at": "2027-02-01T00:00:00Z"
    });
    rig.post(&ada, "/api/alerts", &rich).await.expect(201);
    rig.alert(&ada, "33000").await;
    let gone = rig.alert(&ada, "1").await;
    rig.call(&ada, "DELETE", &format!("/api/alerts/{gone}")).await.expect(204);

    let lines = export(&rig, &ada).await;
    assert_eq!(lines.lines().count(), 2);
    let made = import(&rig, &bob, &lines).await.expect(201).body;
    assert_eq!(made["created"], 2);
    assert_eq!(export(&rig, &bob).await, lines);
    let first: Value =
        rig.get(&bob, &format!("/api/alerts/{}", made["items"][0]["id"].as_str().unwrap())).await.body;
    assert_eq!((&first["name"], &first["status"]), (&rich["name"], &json!("active")));
}

#[tokio::test]
async fn one_fault_and_nothing_is_made() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let good = crossing("33000");
    let other = json!({"instrument": "binance:NOPE", "condition": {"type": "crossing", "price": "0"}});
    let lines = format!("{good}\n\n  {other}  \r\n[]\n{{\"a\":\n{good}");
    let refused = import(&rig, &ada, &lines).await.refused(400, "invalid_input");
    let expected = [
        "lines[3].condition.price invalid",
        "lines[3].instrument unknown_instrument",
        "lines[4] type",
        "lines[5] malformed_json",
    ];
    assert_eq!(refused.faults(), expected);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 0);
    for nothing in ["", "\n \n"] {
        assert_eq!(
            import(&rig, &ada, nothing).await.refused(400, "invalid_input").faults(),
            ["lines required"]
        );
    }
}

#[tokio::test]
async fn a_limit_is_a_limit() {
    let rig = Rig::with(&[("limits.alerts_per_user", "3")]).await;
    let ada = rig.person("ada@example.org").await;
    rig.alert(&ada, "1").await;
    let three = format!("{}\n", crossing("2")).repeat(3);
    import(&rig, &ada, &three).await.refused(409, "too_many_alerts");
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 1);
    let two = format!("{}\n", crossing("2")).repeat(2);
    import(&rig, &ada, &two).await.expect(201);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 3);
    let many = format!("{}\n", crossing("2")).repeat(10_001);
    assert_eq!(import(&rig, &ada, &many).await.refused(400, "invalid_input").faults(), ["lines too_long"]);
}

/// A rig that has access to eBay, and somebody.
async fn with_products() -> (Rig, Person) {
    let rig = Rig::with(&[("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")]).await;
    let ada = rig.person("ada@example.org").await;
    (rig, ada)
}

fn digest(words: &str) -> Value {
    json!({"kind": "digest", "search": {"query": words}, "schedule": {"every": "1h"}})
}

#[tokio::test]
async fn two_of_a_kind_on_one_search_and_nothing_is_made() {
    let (rig, ada) = with_products().await;
    let there = rig.post(&ada, "/api/alerts", &digest("leica m6")).await.expect(201).id();
    let good = crossing("33000");
    let lines = format!("{good}\n{}\n{good}\n", digest("Leica M6"));
    let refused = import(&rig, &ada, &lines).await.refused(409, "same_search");
    assert_eq!(refused.faults(), ["lines[2].search same_search"]);
    assert!(refused.body["detail"].as_str().unwrap().contains(&there), "{}", refused.text);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 1, "what was there is all that is there");

    let bike = digest("gravel bike");
    let refused = import(&rig, &ada, &format!("{bike}\n\n{good}\n{bike}")).await.refused(409, "same_search");
    assert_eq!(refused.faults(), ["lines[4].search same_search"]);
    assert!(refused.body["detail"].as_str().unwrap().contains("lines[1]"), "{}", refused.text);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 1);
    let made = import(&rig, &ada, &format!("{bike}\n{good}\n")).await.expect(201);
    assert_eq!(made.body["created"], 2);
}

#[tokio::test]
async fn what_is_over_is_imported_as_it_was_exported() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let hook = json!({"kind": "webhook", "name": "desk", "url": "https://example.org/hook"});
    let hook = rig.post(&ada, "/api/channels", &hook).await.expect(201).id();
    let mut short = crossing("33000");
    short["expires_at"] = json!("2027-01-15T08:10:00Z");
    rig.post(&ada, "/api/alerts", &short).await.expect(201);
    let mut posted = crossing("34000");
    posted["channels"] = json!(["email", hook]);
    rig.post(&ada, "/api/alerts", &posted).await.expect(201);
    rig.call(&ada, "DELETE", &format!("/api/channels/{hook}")).await.expect(204);
    rig.clock.advance("11m");

    let lines = export(&rig, &ada).await;
    let made = import(&rig, &ada, &lines).await.expect(201).body;
    let told: Vec<_> = made["items"].as_array().unwrap().iter().map(|item| &item["status"]).collect();
    assert_eq!(told, ["expired", "active"]);
    assert_eq!(made["items"][1]["deleted_channels"], json!([hook]));
    assert_eq!(export(&rig, &ada).await, lines.repeat(2));
    let path = format!("/api/alerts/{}", made["items"][0]["id"].as_str().unwrap());
    assert_eq!(rig.get(&ada, &path).await.expect(200).body["status"], "expired");
    let later = json!({"expires_at": "2027-02-01T00:00:00Z"});
    let again = rig.call_with(&ada, "PATCH", &path, &later).await.expect(200).body;
    assert_eq!(again["status"], "active", "it watches once it is given time");

    let refused = import(&rig, &bob, &lines).await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["lines[2].channels[1] unknown_channel"], "somebody else's is none of his");
}
