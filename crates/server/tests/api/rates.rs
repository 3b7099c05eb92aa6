//! How often one client and one caller may ask.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::rig::{Answer, Person, Rig};

fn told(answer: &Answer) -> [Option<u64>; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
        .map(|name| answer.headers.get(name).map(|value| value.to_str().unwrap().parse().unwrap()))
}

#[tokio::test]
async fn a_caller_is_told_what_is_left_and_refused_when_nothing_is() {
    let rig = Rig::with(&[("limits.requests_per_minute", "3")]).await;
    let ada = rig.person("ada@example.org").await;
    for (left, reset) in [(2, 20), (1, 40), (0, 60)] {
        let answer = rig.get(&ada, "/api/alerts").await.expect(200);
        assert_eq!(told(&answer), [Some(3), Some(left), Some(reset)]);
    }
    let refused = rig.get(&ada, "/api/alerts").await.refused(429, "too_many_requests");
    assert_eq!(told(&refused), [Some(3), Some(0), Some(60)]);
    assert_eq!(refused.headers["retry-after"], "20");
    // A second login of hers is still her; somebody else is not.
    let (access, _) = rig.log_in("ada@example.org").await;
    rig.get(&Person { access, ..ada.clone() }, "/api/alerts").await.refused(429, "too_many_requests");
    let eve = rig.person("eve@example.org").await;
    rig.get(&eve, "/api/alerts").await.expect(200);
    rig.clock.advance("20s");
    rig.get(&ada, "/api/alerts").await.expect(200);
}

#[tokio::test]
async fn each_key_has_a_limit_of_its_own() {
    let rig = Rig::with(&[("limits.requests_per_minute", "4")]).await;
    let ada = rig.person("ada@example.org").await;
    let mut keys = Vec::new();
    for name in ["one", "two"] {
        let made = rig.post(&ada, "/api/keys", &json!({"name": name, "scopes": ["read"]})).await.expect(201);
        let access = made.body["secret"].as_str().unwrap().to_owned();
        keys.push(Person { access, ..ada.clone() });
    }
    for _ in 0..4 {
        rig.get(&keys[0], "/api/alerts").await.expect(200);
    }
    rig.get(&keys[0], "/api/alerts").await.refused(429, "too_many_requests");
    let other = rig.get(&keys[1], "/api/alerts").await.expect(200);
    assert_eq!(told(&other), [Some(4), Some(3), Some(15)]);
}

#[tokio::test]
async fn a_client_is_kept_from_flooding_before_anything_is_read() {
    let settings = [("limits.client_requests_per_minute", "5"), ("server.behind_proxy", "true")];
    let rig = Rig::with(&settings).await;
    let from = async |address: &str, path: &str| {
        let request = Request::builder().uri(path).header("x-forwarded-for", address);
        rig.send(request.body(Body::empty()).unwrap()).await
    };
    for _ in 0..5 {
        from("192.0.2.1", "/api/alerts").await.refused(401, "no_token");
    }
    from("192.0.2.1", "/api/alerts").await.refused(429, "too_many_requests");
    from("192.0.2.1, 192.0.2.2", "/api/alerts").await.refused(401, "no_token");
    // What is no API costs nothing.
    from("192.0.2.1", "/openapi.json").await.expect(200);
}

#[tokio::test]
async fn there_may_be_no_limit() {
    let settings = [("limits.requests_per_minute", "0"), ("limits.client_requests_per_minute", "0")];
    let rig = Rig::with(&settings).await;
    let ada = rig.person("ada@example.org").await;
    for _ in 0..50 {
        assert_eq!(told(&rig.get(&ada, "/api/me").await.expect(200)), [None; 3]);
    }
}
