//! Logging in, refreshing, logging out; and tokens that are none.

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use crate::rig::{PASSWORD, Person, Rig};

fn with_access(person: &Person, access: impl Into<String>) -> Person {
    Person { access: access.into(), ..person.clone() }
}

async fn refresh(rig: &Rig, token: &str) -> crate::rig::Answer {
    rig.post_openly("/api/token/refresh", &json!({"refresh": token})).await
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn one_logs_in_with_the_address_or_the_name() {
    let rig = Rig::new().await;
    let ada = json!({"email": "ada@example.org", "password": PASSWORD, "username": "ada"});
    rig.post_openly("/api/users", &ada).await.expect(201);
    for login in [json!({"email": "ADA@example.org"}), json!({"username": "ada"})] {
        let mut credentials = login.clone();
        credentials["password"] = PASSWORD.into();
        let pair = rig.post_openly("/api/token", &credentials).await.expect(200).body;
        assert_eq!(pair["expires_in"], 900);
        assert_eq!(pair.as_object().unwrap().len(), 3, "{pair}");
    }
}

#[tokio::test]
async fn wrong_passwords_and_unknown_accounts_are_answered_alike() {
    let rig = Rig::new().await;
    rig.person("ada@example.org").await;
    let attempt = |email: &str, password: &str| {
        let (rig, body) = (&rig, json!({"email": email, "password": password}));
        async move { rig.post_openly("/api/token", &body).await.refused(401, "wrong_credentials") }
    };
    let wrong = attempt("ada@example.org", "wrong horse").await;
    let unknown = attempt("eve@example.org", PASSWORD).await;
    assert_eq!(wrong.body, unknown.body);
}

#[tokio::test]
async fn guesses_are_limited_and_logins_are_not() {
    let rig = Rig::with(&[("limits.failed_logins_per_minute", "3")]).await;
    rig.person("ada@example.org").await;
    for _ in 0..10 {
        rig.log_in("ada@example.org").await;
    }
    let wrong = json!({"email": "ada@example.org", "password": "wrong horse"});
    for _ in 0..3 {
        rig.post_openly("/api/token", &wrong).await.refused(401, "wrong_credentials");
    }
    rig.post_openly("/api/token", &wrong).await.refused(429, "too_many_requests");
    let right = json!({"email": "ada@example.org", "password": PASSWORD});
    rig.post_openly("/api/token", &right).await.refused(429, "too_many_requests");
    rig.clock.advance("20s");
    rig.post_openly("/api/token", &right).await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_a_second_showing_ends_the_login() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let next = refresh(&rig, &ada.refresh).await.expect(200).body;
    let newer = with_access(&ada, text(&next, "access"));
    rig.get(&newer, "/api/me").await.expect(200);

    rig.get(&ada, "/api/me").await.expect(200);

    refresh(&rig, &ada.refresh).await.refused(401, "invalid_refresh_token");
    for former in [&ada, &newer] {
        rig.get(former, "/api/me").await.refused(401, "invalid_token");
    }
    refresh(&rig, &text(&next, "refresh")).await.refused(401, "invalid_refresh_token");
    let (access, _) = rig.log_in("ada@example.org").await;
    rig.get(&with_access(&ada, access), "/api/me").await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_expires() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.clock.advance("29d");
    let next = refresh(&rig, &ada.refresh).await.expect(200).body;
    rig.clock.advance("30d");
    refresh(&rig, &text(&next, "refresh")).await.refused(401, "invalid_refresh_token");
}

#[tokio::test]
async fn logging_out_ends_the_login_at_once() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let (access, _) = rig.log_in("ada@example.org").await;
    let elsewhere = with_access(&ada, access);
    rig.post(&ada, "/api/token/revoke", &json!({"refresh": ada.refresh})).await.expect(204);
    rig.get(&ada, "/api/me").await.refused(401, "invalid_token");
    refresh(&rig, &ada.refresh).await.refused(401, "invalid_refresh_token");
    rig.get(&elsewhere, "/api/me").await.expect(200);
    rig.post_openly("/api/token/revoke", &json!({"refresh": "unknown"})).await.expect(204);
}

#[tokio::test]
async fn an_access_token_expires() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.clock.advance("899s");
    rig.get(&ada, "/api/me").await.expect(200);
    rig.clock.advance("1s");
    let refused = rig.get(&ada, "/api/me").await.refused(401, "expired_token");
    assert_eq!(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn forged_tokens_open_nothing() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    let [header, payload, signature] = ada.access.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let other_payload = eve.access.split('.').nth(1).unwrap();
    let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let forged = [
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        format!("{header}.{payload}."),
        format!("{header}.{other_payload}.{signature}"),
        format!("{header}.{payload}.{}", "A".repeat(43)),
        ada.refresh.clone(),
        "x".to_owned(),
    ];
    for token in forged {
        rig.get(&with_access(&ada, token), "/api/me").await.refused(401, "invalid_token");
    }
    let elsewhere = Rig::new().await;
    elsewhere.get(&ada, "/api/me").await.refused(401, "invalid_token");
}

#[tokio::test]
async fn logging_out_without_the_access_token_ends_that_too_at_once() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.get(&ada, "/api/me").await.expect(200);
    rig.post_openly("/api/token/revoke", &json!({"refresh": ada.refresh})).await.expect(204);
    rig.get(&ada, "/api/me").await.refused(401, "invalid_token");
}

#[tokio::test]
async fn everything_of_a_user_needs_a_token() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let id = rig.alert(&ada, "33000").await;
    let id = id.as_str();
    let calls = [
        ("GET", "/api/me".to_owned()),
        ("PATCH", "/api/me".to_owned()),
        ("DELETE", "/api/me".to_owned()),
        ("POST", "/api/me/verification".to_owned()),
        ("GET", "/api/alerts".to_owned()),
        ("POST", "/api/alerts".to_owned()),
        ("GET", format!("/api/alerts/{id}")),
        ("PATCH", format!("/api/alerts/{id}")),
        ("DELETE", format!("/api/alerts/{id}")),
        ("POST", format!("/api/alerts/{id}/pause")),
        ("POST", format!("/api/alerts/{id}/resume")),
        ("POST", format!("/api/alerts/{id}/rearm")),
        ("POST", format!("/api/alerts/{id}/snooze")),
        ("GET", format!("/api/alerts/{id}/history")),
        ("GET", format!("/api/alerts/{id}/fires")),
        ("GET", "/api/fires".to_owned()),
        ("GET", format!("/api/fires/{id}")),
        ("GET", "/api/instruments".to_owned()),
        ("GET", "/api/instruments/binance:BTCUSDT".to_owned()),
        ("GET", "/api/deliveries".to_owned()),
        ("GET", format!("/api/deliveries/{id}")),
        ("POST", format!("/api/deliveries/{id}/retry")),
        ("POST", "/alerts/create/".to_owned()),
        ("GET", "/alerts/".to_owned()),
        ("DELETE", format!("/alerts/delete/{id}/")),
    ];
    for (method, path) in calls {
        let request = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
        let refused = rig.send(request).await.refused(401, "no_token");
        assert_eq!(refused.header("www-authenticate"), "Bearer", "{method} {path}");
    }
    assert_eq!(rig.get(&ada, &format!("/api/alerts/{id}")).await.body["status"], "active");
}
