//! Signing up, one's own account, verifying its address.

use axum::body::Body;
use axum::http::Request;
use bellwether_store::delivery::{ClaimWish, Content, Lane};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rig::{PASSWORD, Person, Rig, crossing};

#[tokio::test]
async fn signing_up_makes_an_unverified_account() {
    let rig = Rig::new().await;
    let body = json!({"email": "Ada@Example.org", "password": PASSWORD, "username": "ada", "time_zone": "Europe/Berlin"});
    let made = rig.post_openly("/api/users", &body).await.expect(201);
    let id = made.id();
    assert_eq!(made.body, json!({"id": id, "email": "Ada@Example.org", "verified": false}));
    let (access, _) = rig.log_in("ada@example.org").await;
    let person = Person { id: id.parse().unwrap(), access, refresh: String::new() };
    let me = rig.get(&person, "/api/me").await.expect(200);
    let expected = json!({
        "id": id, "email": "Ada@Example.org", "verified": false, "email_problem": null, "username": "ada",
        "time_zone": "Europe/Berlin", "quiet_hours": null, "created_at": "2027-01-15T08:00:00Z", "role": "user",
        "single_user": false,
    });
    assert_eq!(me.body, expected);
}

#[tokio::test]
async fn an_address_and_a_name_belong_to_one_account() {
    let rig = Rig::new().await;
    let ada = json!({"email": "ada@example.org", "password": PASSWORD, "username": "ada"});
    rig.post_openly("/api/users", &ada).await.expect(201);
    let same_address = json!({"email": "ADA@example.org", "password": "another one"});
    rig.post_openly("/api/users", &same_address).await.refused(409, "email_taken");
    let same_name = json!({"email": "eve@example.org", "password": "another one", "username": "Ada"});
    rig.post_openly("/api/users", &same_name).await.refused(409, "username_taken");
    assert_eq!(rig.store.count_users().await.unwrap(), 1);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_sign_up_is_told_together() {
    let rig = Rig::new().await;
    let body = json!({"email": "no address", "password": "short", "username": "a b", "time_zone": "Mars/Base", "admin": true});
    let refused = rig.post_openly("/api/users", &body).await.refused(400, "invalid_input");
    let expected = [
        "email invalid",
        "password password",
        "username invalid",
        "time_zone unknown_value",
        "admin unknown_field",
    ];
    assert_eq!(refused.faults(), expected);
    let nothing = rig.post_openly("/api/users", &json!({})).await.refused(400, "invalid_input");
    assert_eq!(nothing.faults(), ["email required", "password required"]);
    assert_eq!(rig.store.count_users().await.unwrap(), 0);
}

#[tokio::test]
async fn signing_up_may_be_closed() {
    let rig = Rig::with(&[("accounts.sign_up", "false")]).await;
    let body = json!({"email": "ada@example.org", "password": PASSWORD});
    rig.post_openly("/api/users", &body).await.refused(403, "sign_up_closed");
    assert_eq!(rig.store.count_users().await.unwrap(), 0);
}

#[tokio::test]
async fn sign_ups_of_one_client_are_limited() {
    let rig = Rig::with(&[("limits.sign_ups_per_minute", "2")]).await;
    rig.person("a@example.org").await;
    rig.person("b@example.org").await;
    let third = json!({"email": "c@example.org", "password": PASSWORD});
    let refused = rig.post_openly("/api/users", &third).await.refused(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "30");
    rig.clock.advance("30s");
    rig.post_openly("/api/users", &third).await.expect(201);
}

#[tokio::test]
async fn the_time_zone_can_be_changed() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let changed =
        rig.call_with(&ada, "PATCH", "/api/me", &json!({"time_zone": "Asia/Tokyo"})).await.expect(200);
    assert_eq!(changed.body["time_zone"], "Asia/Tokyo");
    let refused = rig.call_with(&ada, "PATCH", "/api/me", &json!({"email": "x@example.org"})).await;
    assert_eq!(refused.refused(400, "invalid_input").faults(), ["email unknown_field"]);
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_every_login() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let (access, elsewhere) = rig.log_in("ada@example.org").await;
    let other = Person { access, ..ada.clone() };
    rig.get(&other, "/api/me").await.expect(200);
    let patch = |body| {
        let (rig, ada) = (&rig, &ada);
        async move { rig.call_with(ada, "PATCH", "/api/me", &body).await }
    };
    let without = patch(json!({"password": "a new password"})).await.refused(400, "invalid_input");
    assert_eq!(without.faults(), ["current_password required"]);
    let wrong = json!({"password": "a new password", "current_password": "not this one"});
    assert_eq!(
        patch(wrong).await.refused(400, "invalid_input").faults(),
        ["current_password wrong_password"]
    );
    patch(json!({"password": "a new password", "current_password": PASSWORD})).await.expect(200);

    rig.get(&ada, "/api/me").await.refused(401, "invalid_token");
    rig.post(&other, "/api/alerts", &crossing("1")).await.refused(401, "invalid_token");
    for token in [&ada.refresh, &elsewhere] {
        let refreshed = rig.post_openly("/api/token/refresh", &json!({"refresh": token})).await;
        refreshed.refused(401, "invalid_refresh_token");
    }
    let old = json!({"email": "ada@example.org", "password": PASSWORD});
    rig.post_openly("/api/token", &old).await.refused(401, "wrong_credentials");
    let new = json!({"email": "ada@example.org", "password": "a new password"});
    rig.post_openly("/api/token", &new).await.expect(200);
}

#[tokio::test]
async fn a_deleted_account_is_gone_and_its_address_free() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.alert(&ada, "33000").await;
    let (access, _) = rig.log_in("ada@example.org").await;
    let other = Person { access, ..ada.clone() };
    rig.get(&other, "/api/me").await.expect(200);
    rig.call(&ada, "DELETE", "/api/me").await.expect(204);
    let key = json!({"name": "shop", "scopes": ["read"]});
    rig.post(&other, "/api/keys", &key).await.refused(401, "invalid_token");
    rig.get(&ada, "/api/me").await.refused(401, "invalid_token");
    rig.get(&ada, "/api/alerts").await.refused(401, "invalid_token");
    rig.post(&ada, "/api/alerts", &crossing("1")).await.refused(401, "invalid_token");
    let login = json!({"email": "ada@example.org", "password": PASSWORD});
    rig.post_openly("/api/token", &login).await.refused(401, "wrong_credentials");
    assert!(rig.store.wanted_instruments().await.unwrap().is_empty());
    rig.person("ada@example.org").await;
}

/// The token of the newest verification mail that waits to be sent.
async fn mailed_token(rig: &Rig) -> Option<String> {
    let lease = std::time::Duration::from_secs(60);
    let claims = rig
        .store
        .claim(ClaimWish::new(Lane::Urgent, 10, Uuid::now_v7(), lease), rig.now())
        .await
        .unwrap()
        .claims;
    claims.into_iter().find_map(|claim| match claim.content {
        Content::VerifyAddress { token } => Some(token),
        Content::Fired(_) | Content::Notice(_) | Content::Report(_) => None,
    })
}

async fn press(rig: &Rig, token: &str) -> crate::rig::Answer {
    let request = Request::post("/verify").header("content-type", "application/x-www-form-urlencoded");
    rig.send(request.body(Body::from(format!("token={token}"))).unwrap()).await
}

#[tokio::test]
async fn the_mailed_link_shows_a_button_and_the_button_verifies() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let token = mailed_token(&rig).await.unwrap();
    let open = || Request::get(format!("/verify?token={token}")).body(Body::empty()).unwrap();
    let shown = rig.send(open()).await.expect(200);
    assert!(shown.text.contains(&format!("name=\"token\" value=\"{token}\"")));
    assert_eq!(rig.get(&ada, "/api/me").await.body["verified"], false, "opening changes nothing");
    for _ in 0..2 {
        press(&rig, &token).await.expect(200);
        assert_eq!(rig.get(&ada, "/api/me").await.body["verified"], true);
    }
}

#[tokio::test]
async fn forged_expired_and_foreign_links_verify_nothing() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let token = mailed_token(&rig).await.unwrap();
    for bad in ["", "x", &token[..token.len() - 2], &ada.access, "\"><script>alert(1)</script>"] {
        press(&rig, bad).await.expect(400);
        let path = format!("/verify?token={}", bad.replace(['"', '<', '>'], "%22"));
        let shown = rig.send(Request::get(path).body(Body::empty()).unwrap()).await.expect(400);
        assert!(!shown.text.contains("script>"));
    }
    rig.clock.advance("2d");
    press(&rig, &token).await.expect(400);
    let (access, _) = rig.log_in("ada@example.org").await;
    let ada = Person { access, ..ada };
    assert_eq!(rig.get(&ada, "/api/me").await.body["verified"], false);
}

#[tokio::test]
async fn the_verification_mail_can_be_asked_for_again() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let first = mailed_token(&rig).await.unwrap();
    rig.clock.advance("10s");
    rig.call(&ada, "POST", "/api/me/verification").await.expect(202);
    let second = mailed_token(&rig).await.unwrap();
    assert_ne!(first, second);
    press(&rig, &second).await.expect(200);
    rig.call(&ada, "POST", "/api/me/verification").await.expect(202);
    assert_eq!(mailed_token(&rig).await, None, "nothing is sent to a verified address");
}

#[tokio::test]
async fn quiet_hours_are_set_changed_and_given_up() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let patch =
        async |quiet: Value| rig.call_with(&ada, "PATCH", "/api/me", &json!({"quiet_hours": quiet})).await;
    let night = json!({"from": "22:00", "to": "07:05"});
    assert_eq!(patch(night.clone()).await.expect(200).body["quiet_hours"], night);
    rig.call_with(&ada, "PATCH", "/api/me", &json!({"time_zone": "Asia/Tokyo"})).await.expect(200);
    for (wrong, fault) in [
        (json!({"from": "22:00"}), "quiet_hours.to required"),
        (json!({"from": "24:00", "to": "07:00"}), "quiet_hours.from invalid"),
        (json!({"from": "7:00", "to": "08:00"}), "quiet_hours.from invalid"),
        (json!({"from": "07:00", "to": "07:00"}), "quiet_hours.to range"),
        (json!({"from": "07:00", "to": "08:00", "x": 1}), "quiet_hours.x unknown_field"),
    ] {
        assert_eq!(patch(wrong).await.refused(400, "invalid_input").faults(), [fault]);
    }
    patch(json!("22:00")).await.refused(400, "invalid_input");
    assert_eq!(
        rig.get(&ada, "/api/me").await.expect(200).body["quiet_hours"],
        night,
        "refused, so unchanged"
    );
    assert!(patch(Value::Null).await.expect(200).body["quiet_hours"].is_null());
}
