//! Alerts on products over the API: made, refused, changed, told of, exported and imported.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Person, Rig};

/// A rig that has access to eBay, as far as the API needs to know.
async fn rig() -> Rig {
    Rig::with(&[("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")]).await
}

fn digest() -> Value {
    json!({"kind": "digest", "name": "bikes", "search": {"query": "  Gravel  bike 56 ", "max_price": "900.00"},
           "schedule": {"every": "10m"}, "top": 5, "tags": ["sport"]})
}

fn drops() -> Value {
    json!({"kind": "search", "search": {"query": "leica m6", "marketplace": "EBAY_DE"},
           "condition": {"type": "price_drop", "percent": "5"}, "exclude": ["broken"]})
}

async fn made(rig: &Rig, person: &Person, alert: &Value) -> Value {
    rig.post(person, "/api/alerts", alert).await.expect(201).body
}

#[tokio::test]
async fn an_alert_on_products_is_one_of_the_list_like_any_other() {
    let rig = rig().await;
    let ada = rig.person("ada@example.org").await;
    let alert = made(&rig, &ada, &digest()).await;
    assert_eq!(alert["kind"], "digest");
    assert_eq!(
        alert["search"],
        json!({"query": "Gravel bike 56", "marketplace": "EBAY_US", "max_price": "900"})
    );
    assert_eq!((&alert["schedule"], &alert["top"]), (&json!({"every": "10m"}), &json!(5)));
    assert_eq!(alert["sentence"], "the 5 cheapest: \"Gravel bike 56\" on eBay up to 900 USD");
    assert_eq!((&alert["market"], &alert["status"]), (&Value::Null, &json!("active")));
    let id = alert["id"].as_str().unwrap();
    rig.alert(&ada, "33000").await;
    made(&rig, &ada, &drops()).await;

    let count = async |query: &str| {
        rig.get(&ada, &format!("/api/alerts{query}")).await.expect(200).body["total"].clone()
    };
    assert_eq!(count("").await, 3);
    assert_eq!(count("?kind=price").await, 1);
    assert_eq!(count("?kind=digest&kind=search").await, 2);
    assert_eq!(count("?q=gravel").await, 1);
    rig.get(&ada, "/api/alerts?kind=lottery").await.refused(400, "invalid_input");

    let path = format!("/api/alerts/{id}");
    let changed = rig.call_with(&ada, "PATCH", &path, &json!({"top": 7, "note": "for the summer"})).await;
    let changed = changed.expect(200).body;
    assert_eq!(
        (&changed["top"], &changed["note"], &changed["name"]),
        (&json!(7), &json!("for the summer"), &json!("bikes"))
    );
    let refused =
        rig.call_with(&ada, "PATCH", &path, &json!({"kind": "search", "schedule": {"every": "5s"}})).await;
    assert_eq!(refused.refused(400, "invalid_input").faults().len(), 2);
    let paused = rig.post(&ada, &format!("{path}/pause"), &json!({})).await.expect(200).body;
    assert_eq!(paused["status"], "paused");
    let explained = rig.get(&ada, &format!("{path}/explain")).await.expect(200).body;
    assert_eq!(
        (&explained["status"], &explained["hindrances"][0]["code"]),
        (&json!("paused"), &json!("paused"))
    );
    rig.post(&ada, &format!("{path}/resume"), &json!({})).await.expect(200);
    let explained = rig.get(&ada, &format!("{path}/explain")).await.expect(200).body;
    let sentence = explained["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("It is told next at "), "{sentence}");
    assert!(sentence.ends_with("Its search was not answered yet."), "{sentence}");
    rig.call(&ada, "DELETE", &path).await.expect(204);
    assert_eq!(count("?kind=digest").await, 0);
}

#[tokio::test]
async fn the_same_search_twice_is_a_conflict_that_names_the_first() {
    let rig = rig().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let first = made(&rig, &ada, &drops()).await["id"].as_str().unwrap().to_owned();
    let mut again = drops();
    again["search"]["query"] = json!(" LEICA  m6");
    let refused = rig.post(&ada, "/api/alerts", &again).await.refused(409, "same_search");
    assert!(refused.body["detail"].as_str().unwrap().contains(&first), "{}", refused.text);
    // Another kind is another wish, and somebody else another person; both share the search.
    let mut other = digest();
    other["search"] = again["search"].clone();
    let other = made(&rig, &ada, &other).await;
    let bobs = made(&rig, &bob, &again).await;
    assert_eq!(other["search_id"], bobs["search_id"]);
    let change = json!({"search": {"query": "gravel bike"}});
    let bikes = made(
        &rig,
        &ada,
        &json!({"kind": "search", "search": change["search"], "condition": {"type": "listed"}}),
    )
    .await;
    let path = format!("/api/alerts/{}", bikes["id"].as_str().unwrap());
    rig.call_with(&ada, "PATCH", &path, &json!({"search": drops()["search"]}))
        .await
        .refused(409, "same_search");
    rig.call(&ada, "DELETE", &format!("/api/alerts/{first}")).await.expect(204);
    rig.call_with(&ada, "PATCH", &path, &json!({"search": drops()["search"]})).await.expect(200);
}

#[tokio::test]
async fn every_fault_is_told_and_nothing_is_made() {
    let rig = rig().await;
    let ada = rig.person("ada@example.org").await;
    let check = async |alert: Value, faults: &[&str]| {
        let refused = rig.post(&ada, "/api/alerts", &alert).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), faults, "{}", refused.text);
    };
    check(json!({"kind": "search"}), &["search required", "condition required"]).await;
    check(
        json!({"kind": "search", "search": {"query": "x", "currency": "EUR"}, "condition": {"type": "below"}, "top": 3}),
        &["search.currency not_applicable", "condition.price required", "top unknown_field"],
    )
    .await;
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 0);
    assert_eq!(rig.get(&ada, "/api/searches").await.body["items"], json!([]));
}

#[tokio::test]
async fn without_a_marketplace_the_wish_is_refused_with_what_to_do() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let refused = rig.post(&ada, "/api/alerts", &drops()).await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["kind not_available"]);
    assert!(refused.text.contains("ebay.client_id"), "{}", refused.text);
}

#[tokio::test]
async fn a_search_is_seen_by_those_who_watch_it() {
    let rig = rig().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let search = made(&rig, &ada, &drops()).await["search_id"].as_str().unwrap().to_owned();
    let path = format!("/api/searches/{search}");
    let seen = rig.get(&ada, &path).await.expect(200).body;
    assert_eq!((&seen["currency"], &seen["polled_at"]), (&json!("EUR"), &Value::Null));
    for below in ["", "/listings", "/days"] {
        rig.get(&ada, &format!("{path}{below}")).await.expect(200);
        rig.get(&bob, &format!("{path}{below}")).await.refused(404, "not_found");
    }
    rig.get(&ada, &format!("{path}/listings?order=beauty")).await.refused(400, "invalid_input");
    rig.get(&ada, &format!("{path}/days?days=0")).await.refused(400, "invalid_input");
    rig.get(&ada, "/api/listings/v1%7C1%7C0").await.refused(404, "not_found");
}

#[tokio::test]
async fn what_is_exported_is_what_an_import_makes() {
    let rig = rig().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let insights = json!({"kind": "insights", "search": {"query": "leica m6"}, "look_back": "7d", "drop_percent": "2.5",
        "schedule": {"cron": "0 9 * * *", "time_zone": "Europe/Berlin"}});
    for alert in [&digest(), &drops(), &insights] {
        made(&rig, &ada, alert).await;
    }
    rig.alert(&ada, "33000").await;
    let export = async |person: &Person| rig.get(person, "/api/alerts/export").await.expect(200).text;
    let lines = export(&ada).await;
    let token = format!("Bearer {}", bob.access);
    let request = Request::post("/api/alerts/import").header("authorization", token);
    let made = rig.send(request.body(Body::from(lines.clone())).unwrap()).await.expect(201).body;
    assert_eq!(made["created"], 4);
    let prices = rig.get(&ada, "/api/alerts/export?kind=price").await.expect(200).text;
    assert_eq!(prices.lines().count(), 1, "what a backtest reads");
    assert_eq!(export(&bob).await, lines);
}
