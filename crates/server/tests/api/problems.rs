//! What is refused whatever it is about, and what every answer carries.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::rig::{Rig, crossing};

fn post(path: &str, token: &str) -> axum::http::request::Builder {
    Request::post(path).header("authorization", format!("Bearer {token}"))
}

#[tokio::test]
async fn addresses_and_methods_that_are_none() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for path in ["/nope", "/api", "/api/nope", "/api/alerts/x/y/z", "/docs/nope.js"] {
        rig.get(&ada, path).await.refused(404, "no_such_address");
    }
    let refused = rig.call(&ada, "PUT", "/api/alerts").await.refused(405, "method_not_allowed");
    let allow = refused.header("allow").to_owned();
    assert!(allow.contains("GET") && allow.contains("POST") && !allow.contains("PATCH"), "{allow}");
    rig.call(&ada, "GET", "/api/token").await.refused(405, "method_not_allowed");
    rig.call(&ada, "BREW", "/api/me").await.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn a_parameter_that_nobody_asks_for_is_refused_whatever_the_method() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let alert = rig.alert(&ada, "33000").await;
    for (method, path) in [
        ("GET", "/api/alerts?colour=red"),
        ("GET", "/api/me?colour=red"),
        ("POST", "/api/alerts?colour=red"),
        ("POST", &format!("/api/alerts/{alert}/pause?colour=red")),
        ("PATCH", &format!("/api/alerts/{alert}?colour=red")),
        ("DELETE", &format!("/api/alerts/{alert}?colour=red")),
    ] {
        let refused = rig.call_with(&ada, method, path, &crossing("34000")).await;
        assert_eq!(
            refused.refused(400, "invalid_input").faults(),
            ["colour unknown_parameter"],
            "{method} {path}"
        );
    }
    // An empty query says nothing.
    rig.get(&ada, "/api/me?").await.expect(200);
    let alerts = rig.get(&ada, "/api/alerts").await.body;
    assert_eq!((&alerts["total"], &alerts["items"][0]["status"]), (&json!(1), &json!("active")));
    assert_eq!(alerts["items"][0]["condition"]["price"], "33000");
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let send = |kind: Option<&'static str>, body: Vec<u8>| {
        let mut request = post("/api/alerts", &ada.access);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        rig.send(request.body(Body::from(body)).unwrap())
    };
    let wish = crossing("33000").to_string().into_bytes();
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
        Some("é"),
    ] {
        send(kind, wish.clone()).await.refused(415, "unsupported_media_type");
    }
    for body in ["", "{", "{} {}", "{'a': 1}", "nope", "[1,]"] {
        send(Some("application/json"), body.into()).await.refused(400, "malformed_json");
    }
    send(Some("application/json"), b"{\"name\": \"\xff\"}".to_vec()).await.refused(400, "malformed_json");
    send(Some("application/json"), "[".repeat(10_000).into()).await.refused(400, "malformed_json");
    for body in ["[]", "1", "null", "\"x\""] {
        let refused = send(Some("application/json"), body.into()).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), [" type"]);
    }
    let twice = r#"{"instrument": "binance:BTCUSDT", "instrument": "binance:ETHUSDT", "condition": {"type": "above", "price": 1}}"#;
    let refused = send(Some("application/json"), twice.into()).await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["instrument duplicate"]);
    send(Some("Application/vnd.example+JSON; charset=utf-8"), wish).await.expect(201);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 1);
}

#[tokio::test]
async fn bodies_over_the_limit() {
    let rig = Rig::with(&[("server.body_limit", "1024")]).await;
    let ada = rig.person("ada@example.org").await;
    let mut wish = crossing("33000");
    wish["note"] = json!("x".repeat(1_024));
    rig.post(&ada, "/api/alerts", &wish).await.refused(413, "too_large");
    // Without a declared length the limit shows only while reading.
    let chunks = (0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64]));
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let request = post("/api/alerts", &ada.access).header("content-type", "application/json");
    rig.send(request.body(body).unwrap()).await.refused(413, "too_large");
    let form = Request::post("/verify").body(Body::from("x".repeat(2_000))).unwrap();
    rig.send(form).await.refused(413, "too_large");
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 0);
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let chunks = [Ok(b"{\"instrument\"".to_vec()), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures_util::stream::iter(chunks));
    let request = post("/api/alerts", &ada.access).header("content-type", "application/json");
    rig.send(request.body(body).unwrap()).await.refused(400, "broken_body");
}

#[tokio::test]
async fn a_store_that_is_gone_is_told_without_its_insides() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.get(&ada, "/api/alerts").await.expect(200);
    rig.store.close().await;
    let refused = rig.post(&ada, "/api/alerts", &crossing("33000")).await.refused(503, "unavailable");
    assert_eq!(refused.header("retry-after"), "1");
    for inside in ["sqlx", "sqlite", "closed", "pool", ".db"] {
        assert!(!refused.text.to_lowercase().contains(inside), "{}", refused.text);
    }
    let ready = rig.get(&ada, "/readyz").await.expect(503).body;
    assert_eq!(ready, json!({"status": "not ready", "parts": {"store": "does not answer"}}));
    rig.get(&ada, "/healthz").await.expect(200);
}

#[tokio::test]
async fn readiness_is_what_every_part_says() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.readiness.ready("evaluator");
    rig.readiness.not_ready("feed binance", "is connecting");
    let parts = json!({"evaluator": "ready", "feed binance": "is connecting", "store": "ready"});
    assert_eq!(rig.get(&ada, "/readyz").await.expect(503).body["parts"], parts);
    rig.readiness.ready("feed binance");
    assert_eq!(rig.get(&ada, "/readyz").await.expect(200).body["status"], "ready");
}

#[tokio::test]
async fn every_answer_has_a_name_and_keeps_browsers_careful() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for path in ["/api/me", "/nope", "/app/", "/docs/"] {
        let answer = rig.get(&ada, path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        // Nobody else is told where a reader came from; a page with forms of ours tells us.
        assert!(["no-referrer", "same-origin"].contains(&answer.header("referrer-policy")), "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 36);
        assert_eq!(answer.header("strict-transport-security"), "");
    }
    assert_eq!(rig.get(&ada, "/api/me").await.header("cache-control"), "no-store");
    let named = |id: &str| Request::get("/healthz").header("x-request-id", id).body(Body::empty()).unwrap();
    assert_eq!(rig.send(named("from-the-proxy")).await.header("x-request-id"), "from-the-proxy");
    assert_eq!(rig.send(named("a b")).await.header("x-request-id").len(), 36);
    assert_eq!(rig.send(named(&"x".repeat(200))).await.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_there() {
    let rig = Rig::with(&[("server.public_url", "https://bellwether.example.org")]).await;
    let answer = rig.send(Request::get("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn other_sites_are_allowed_by_configuration_only() {
    let from = |origin: &str| {
        Request::options("/api/alerts")
            .header("origin", origin)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "authorization,if-match")
            .body(Body::empty())
            .unwrap()
    };
    let closed = Rig::new().await;
    let answer = closed.send(from("https://app.example.org")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let open = Rig::with(&[("server.allowed_origins", "https://app.example.org")]).await;
    let answer = open.send(from("https://app.example.org")).await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.org");
    assert!(answer.header("access-control-allow-methods").contains("PATCH"));
    assert_eq!(open.send(from("https://evil.example")).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_ask() {
    let rig = Rig::new().await;
    let ask = |kind: &str| {
        Request::get("/openapi.json").header("accept-encoding", kind).body(Body::empty()).unwrap()
    };
    assert_eq!(rig.send(ask("gzip")).await.header("content-encoding"), "gzip");
    assert_eq!(rig.send(ask("identity")).await.header("content-encoding"), "");
    let short = Request::get("/healthz").header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    assert_eq!(rig.send(short).await.header("content-encoding"), "");
}
