//! Requests that are sent again under the same `Idempotency-Key`: every call that creates something is done once.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use bellwether_server::http::openapi;
use serde_json::{Value, json};

use crate::rig::{Answer, Person, Rig, crossing};

/// Every call that the API's document says creates something, each with two bodies. A new one is added here.
fn creating() -> BTreeMap<&'static str, (String, String)> {
    let target = |price: &str| json!({"target_price": price}).to_string();
    let hook =
        |name: &str| json!({"kind": "webhook", "name": name, "url": "https://example.org/a"}).to_string();
    let key = |name: &str| json!({"name": name, "scopes": ["read"]}).to_string();
    let sign_up = |password: &str| json!({"email": "bob@example.org", "password": password}).to_string();
    let instrument = |symbol: &str| json!({"instrument": format!("uphold:{symbol}@bid")}).to_string();
    let lines = |price: &str| format!("{}\n\n{}\n", crossing(price), crossing("7"));
    [
        ("/alerts/create", (target("1"), target("2"))),
        ("/api/admin/instruments", (instrument("XAU-GBP"), instrument("XAU-EUR"))),
        ("/api/alerts", (crossing("1").to_string(), crossing("2").to_string())),
        ("/api/alerts/import", (lines("1"), lines("2"))),
        ("/api/channels", (hook("a"), hook("b"))),
        ("/api/keys", (key("a"), key("b"))),
        ("/api/users", (sign_up("correct horse"), sign_up("another horse"))),
    ]
    .into()
}

async fn post(rig: &Rig, person: &Person, path: &str, key: &str, body: &str) -> Answer {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {}", person.access))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    rig.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// What there is in each list that these calls add to.
async fn there(rig: &Rig, ada: &Person) -> Vec<u64> {
    let mut totals = Vec::new();
    for path in ["/api/alerts", "/api/channels", "/api/keys", "/api/instruments", "/api/admin/users"] {
        totals.push(rig.get(ada, path).await.expect(200).body["total"].as_u64().unwrap());
    }
    totals
}

#[test]
fn the_document_names_the_header_at_every_call_that_creates_something() {
    let document = serde_json::to_value(openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let creates = |path: &Value| path["post"]["responses"].get("201").is_some();
    let listed: Vec<&str> =
        paths.iter().filter(|(_, path)| creates(path)).map(|(path, _)| path.as_str()).collect();
    assert_eq!(listed, creating().into_keys().collect::<Vec<_>>());
    for path in listed {
        let parameters = paths[path]["post"]["parameters"].as_array().unwrap();
        let named = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        assert!(named, "{path}");
    }
}

#[tokio::test]
async fn every_call_that_creates_something_does_it_once_under_a_key() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.promote("ada@example.org").await;
    for (path, (body, other)) in creating() {
        // The same key for all: it belongs to the call.
        let first = post(&rig, &ada, path, "k", &body).await.expect(201);
        let made = there(&rig, &ada).await;
        let again = post(&rig, &ada, path, "k", &body).await.expect(201);
        // From where an alert is in force is told when it is made.
        let told = |answer: &Answer| {
            let mut told = answer.body.clone();
            told.as_object_mut().unwrap().remove("armed_from");
            told
        };
        assert_eq!(told(&first), told(&again), "{path}");
        let replayed = |answer: &Answer| answer.header("idempotent-replayed").to_owned();
        assert_eq!((replayed(&first), replayed(&again)), (String::new(), "true".to_owned()), "{path}");
        post(&rig, &ada, path, "k", &other).await.refused(422, "idempotency_key_reused");
        assert_eq!(there(&rig, &ada).await, made, "{path}");
        let long = "k".repeat(256);
        let refused = post(&rig, &ada, path, &long, &body).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), ["Idempotency-Key invalid"], "{path}");
    }
}

#[tokio::test]
async fn what_was_made_in_time_is_answered_again_when_its_time_is_over() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let soon = "2027-01-15T08:10:00Z";
    let mut alert = crossing("33000");
    alert["expires_at"] = json!(soon);
    let line = format!("{alert}\n{}\n", crossing("1"));
    let key = json!({"name": "shop", "scopes": ["read"], "expires_at": soon});
    let requests =
        [("/api/alerts", alert.to_string()), ("/api/alerts/import", line), ("/api/keys", key.to_string())];
    let mut first = Vec::new();
    for (path, body) in &requests {
        first.push(post(&rig, &ada, path, "k", body).await.expect(201));
    }
    rig.clock.advance("11m");
    rig.expire().await;
    for ((path, body), first) in requests.iter().zip(first) {
        let again = post(&rig, &ada, path, "k", body).await.expect(201);
        assert_eq!(again.header("idempotent-replayed"), "true", "{path}");
        if *path == "/api/alerts" {
            assert_eq!((again.id(), &again.body["status"]), (first.id(), &json!("expired")), "as it is now");
        } else {
            assert_eq!(again.text, first.text, "{path}");
        }
    }
    rig.clock.advance("1d");
    let (access, _) = rig.log_in("ada@example.org").await;
    let ada = Person { access, ..ada };
    post(&rig, &ada, "/api/alerts", "k", &requests[0].1).await.refused(400, "invalid_input");
}

#[tokio::test]
async fn an_import_under_a_key_is_done_once_however_often_it_comes_at_once() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let lines = format!("{}\n{}\n", crossing("1"), crossing("2"));
    let send = || post(&rig, &ada, "/api/alerts/import", "k", &lines);
    let (one, two, three) = tokio::join!(send(), send(), send());
    let one = one.expect(201);
    assert_eq!((&one.text, &one.text), (&two.expect(201).text, &three.expect(201).text));
    let listed = rig.get(&ada, "/api/alerts").await.expect(200).body;
    let ids: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|alert| &alert["id"]).collect();
    assert_eq!(ids, [&one.body["items"][1]["id"], &one.body["items"][0]["id"]], "the newest first");
}

#[tokio::test]
async fn a_key_that_is_answered_again_works_and_stands_nowhere() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let body = json!({"name": "shop", "scopes": ["read"]}).to_string();
    let made = post(&rig, &ada, "/api/keys", "k", &body).await.expect(201);
    let again = post(&rig, &ada, "/api/keys", "k", &body).await.expect(201);
    let secret = again.body["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("bw_") && secret.len() == 46, "{secret}");
    let program = Person { access: secret.clone(), ..ada.clone() };
    rig.get(&program, "/api/alerts").await.expect(200);
    for file in std::fs::read_dir(rig.folder()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    let other = post(&rig, &ada, "/api/keys", "l", &body).await.expect(201);
    assert_ne!(other.body["secret"], made.body["secret"]);
    rig.call(&ada, "DELETE", &format!("/api/keys/{}", made.id())).await.expect(204);
    post(&rig, &ada, "/api/keys", "k", &body).await.refused(422, "idempotency_key_reused");
    rig.get(&program, "/api/alerts").await.refused(401, "invalid_key");
}
