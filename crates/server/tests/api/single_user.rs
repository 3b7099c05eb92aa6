//! Single-user mode: its owner needs no login on this machine, and nobody else gets in.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Answer, PASSWORD, Rig, crossing};

const HERE: &str = "127.0.0.1:8080";

async fn alone() -> Rig {
    Rig::with(&[("accounts.single_user", "true")]).await
}

async fn send(rig: &Rig, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    rig.send(request.body(body).unwrap()).await
}

/// As a program on this machine asks, or a page of the service's own.
async fn ask(rig: &Rig, method: &str, path: &str, body: Option<&Value>) -> Answer {
    send(rig, method, path, &[("host", HERE)], body).await
}

async fn alerts(rig: &Rig) -> Value {
    ask(rig, "GET", "/api/alerts", None).await.expect(200).body["total"].clone()
}

#[tokio::test]
async fn the_owner_needs_no_token() {
    let rig = alone().await;
    let me = ask(&rig, "GET", "/api/me", None).await.expect(200).body;
    assert_eq!(me["email"], "owner@localhost");
    assert_eq!((&me["single_user"], &me["role"]), (&json!(true), &json!("administrator")));
    let made = ask(&rig, "POST", "/api/alerts", Some(&crossing("33000"))).await.expect(201).id();
    ask(&rig, "POST", &format!("/api/alerts/{made}/pause"), None).await.expect(200);
    let changed =
        ask(&rig, "PATCH", "/api/me", Some(&json!({"time_zone": "Europe/Berlin"}))).await.expect(200);
    assert_eq!(changed.body["single_user"], true);
    ask(&rig, "GET", "/api/admin/users", None).await.expect(200);
    ask(&rig, "GET", "/api/changes", None).await.expect(200);
    assert_eq!(alerts(&rig).await, 1);
}

#[tokio::test]
async fn tokens_and_keys_still_count_and_a_wrong_one_is_no_way_in() {
    let rig = alone().await;
    let key = ask(&rig, "POST", "/api/keys", Some(&json!({"name": "reader", "scopes": ["read"]}))).await;
    let key = format!("Bearer {}", key.expect(201).body["secret"].as_str().unwrap());
    let with_key = [("host", HERE), ("authorization", key.as_str())];
    send(&rig, "GET", "/api/alerts", &with_key, None).await.expect(200);
    // A key is for its scopes alone, also here.
    send(&rig, "POST", "/api/alerts", &with_key, Some(&crossing("1"))).await.refused(403, "missing_scope");
    send(&rig, "GET", "/api/admin/users", &with_key, None).await.refused(403, "login_required");
    for wrong in ["Bearer x.y.z", "Bearer bw_nothing", "Basic b3duZXI6", ""] {
        let shown = [("host", HERE), ("authorization", wrong)];
        let refused = send(&rig, "GET", "/api/alerts", &shown, None).await.expect(401);
        assert!(refused.header("www-authenticate").starts_with("Bearer"), "{wrong}");
    }
    assert_eq!(alerts(&rig).await, 0);
}

#[tokio::test]
async fn what_does_not_come_from_this_machine_is_refused() {
    let rig = alone().await;
    let wish = crossing("33000");
    for hosts in [
        // DNS rebinding: the name leads here by now.
        &["rebound.example.org:8080"][..],
        &["rebound.example.org"],
        &["localhost.example.org"],
        &["127.0.0.1.nip.io:8080"],
        &["192.168.1.2:8080"],
        &["0.0.0.0:8080"],
        &["user@localhost"],
        &[""],
        &[],
        &[HERE, HERE],
        &[HERE, "rebound.example.org"],
    ] {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        for (method, path) in
            [("GET", "/api/alerts"), ("POST", "/api/alerts"), ("GET", "/app/"), ("GET", "/healthz")]
        {
            let body = (method == "POST").then_some(&wish);
            send(&rig, method, path, &headers, body).await.refused(403, "not_from_here");
        }
    }
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", HERE),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("via", "1.1 proxy"),
    ] {
        let headers = [("host", HERE), (name, value)];
        send(&rig, "POST", "/api/alerts", &headers, Some(&wish)).await.refused(403, "not_from_here");
    }
    // The address of the request line counts before the header, so it must say the same.
    let headers = [("host", HERE)];
    let other = send(&rig, "GET", "http://rebound.example.org/api/alerts", &headers, None).await;
    other.refused(403, "not_from_here");
    assert_eq!(alerts(&rig).await, 0);
}

#[tokio::test]
async fn other_sites_pages_cannot_act() {
    let rig = alone().await;
    let wish = crossing("33000");
    for origin in [
        "https://evil.example",
        "http://evil.example:8080",
        "null",
        "http://127.0.0.1",
        // Another service of this machine.
        "http://127.0.0.1:3000",
        "http://localhost:8080",
        "https://127.0.0.1:8080",
        "http://127.0.0.1:8080.evil.example",
        "",
    ] {
        let headers = [("host", HERE), ("origin", origin)];
        for (method, path) in [("POST", "/api/alerts"), ("GET", "/api/me"), ("OPTIONS", "/api/alerts")] {
            let body = (method == "POST").then_some(&wish);
            let refused = send(&rig, method, path, &headers, body).await.refused(403, "other_site");
            assert_eq!(refused.header("access-control-allow-origin"), "", "{origin}");
        }
    }
    for site in ["cross-site", "same-site", "anything"] {
        let headers = [("host", HERE), ("sec-fetch-site", site)];
        send(&rig, "POST", "/api/alerts", &headers, Some(&wish)).await.refused(403, "other_site");
        send(&rig, "GET", "/api/me", &headers, None).await.refused(403, "other_site");
        // A link in a mail leads to a page.
        let page = send(&rig, "GET", "/app/alerts", &headers, None).await;
        assert_ne!(page.status.as_u16(), 403);
    }
    // A form of another site needs no script: it is no JSON, and says where it comes from.
    let form = [("host", HERE), ("content-type", "text/plain")];
    send(&rig, "POST", "/api/alerts", &form, None).await.refused(415, "unsupported_media_type");
    assert_eq!(alerts(&rig).await, 0);

    for host in [HERE, "localhost:8080", "[::1]:8080", "localhost"] {
        let origin = format!("http://{host}");
        let own = [("host", host), ("origin", &origin), ("sec-fetch-site", "same-origin")];
        send(&rig, "POST", "/api/alerts", &own, Some(&wish)).await.expect(201);
    }
    assert_eq!(alerts(&rig).await, 4);
}

#[tokio::test]
async fn there_is_nobody_but_the_owner() {
    let rig = alone().await;
    let eve = json!({"email": "eve@example.org", "password": PASSWORD});
    ask(&rig, "POST", "/api/users", Some(&eve)).await.refused(403, "sign_up_closed");
    ask(&rig, "DELETE", "/api/me", None).await.refused(409, "owner");
    ask(&rig, "GET", "/api/me", None).await.expect(200);
}

#[tokio::test]
async fn without_the_mode_nothing_changes() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    ask(&rig, "GET", "/api/me", None).await.refused(401, "no_token");
    assert_eq!(rig.get(&ada, "/api/me").await.expect(200).body["single_user"], false);
    // Behind a proxy the service has whatever name it is given there.
    let named = [("host", "bells.example.org"), ("x-forwarded-for", "192.0.2.1")];
    send(&rig, "GET", "/healthz", &named, None).await.expect(200);
}
