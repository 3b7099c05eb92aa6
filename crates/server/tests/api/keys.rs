//! Keys that programs show instead of a login.

use serde_json::{Value, json};

use crate::rig::{Person, Rig, crossing};

/// Makes a key; whoever shows it, and its id.
async fn key(rig: &Rig, person: &Person, scopes: &[&str]) -> (Person, String) {
    let made = rig.post(person, "/api/keys", &json!({"name": "shop", "scopes": scopes})).await.expect(201);
    let secret = made.body["secret"].as_str().unwrap();
    assert!(secret.starts_with("bw_") && secret.len() == 46, "{secret}");
    (Person { access: secret.to_owned(), ..person.clone() }, made.id())
}

#[tokio::test]
async fn a_key_does_what_its_scopes_allow() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let (reader, _) = key(&rig, &ada, &["read"]).await;
    let (writer, _) = key(&rig, &ada, &["write"]).await;
    let (both, _) = key(&rig, &ada, &["write", "read", "read"]).await;
    let (ticks, _) = key(&rig, &ada, &["ticks"]).await;

    rig.get(&reader, "/api/alerts").await.expect(200);
    let refused = rig.post(&reader, "/api/alerts", &crossing("1")).await.refused(403, "missing_scope");
    assert_eq!(refused.body["detail"], "It takes a key with the scope write.");
    for preview in ["/api/alerts/preview", "/api/alerts/preview-message"] {
        rig.post(&reader, preview, &crossing("1")).await.expect(200);
    }
    rig.post(&writer, "/api/alerts", &crossing("1")).await.expect(201);
    rig.get(&writer, "/api/alerts").await.refused(403, "missing_scope");
    rig.post(&both, "/api/alerts", &crossing("2")).await.expect(201);
    assert_eq!(rig.get(&both, "/api/alerts").await.expect(200).body["total"], 2);
    for path in ["/api/alerts", "/api/me", "/api/stream"] {
        rig.get(&ticks, path).await.refused(403, "missing_scope");
    }
}

#[tokio::test]
async fn what_decides_over_the_account_takes_a_login() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let (program, id) = key(&rig, &ada, &["read", "write", "ticks"]).await;
    let wish = json!({"name": "another", "scopes": ["read"]});
    rig.post(&program, "/api/keys", &wish).await.refused(403, "login_required");
    rig.call(&program, "DELETE", &format!("/api/keys/{id}")).await.refused(403, "login_required");
    rig.call(&program, "DELETE", "/api/me").await.refused(403, "login_required");
    let change = json!({"time_zone": "Europe/Berlin"});
    rig.call_with(&program, "PATCH", "/api/me", &change).await.refused(403, "login_required");
    rig.get(&program, "/api/me").await.expect(200);
}

#[tokio::test]
async fn keys_are_listed_without_their_secrets_and_deleted_at_once() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let (program, id) = key(&rig, &ada, &["read"]).await;
    rig.clock.advance("1m");
    rig.get(&program, "/api/alerts").await.expect(200);
    let listed = rig.get(&ada, "/api/keys").await.expect(200);
    assert!(!listed.text.contains(&program.access));
    let expected = json!([{
        "id": id, "name": "shop", "scopes": ["read"], "expires_at": null,
        "created_at": "2027-01-15T08:00:00Z", "last_used_at": "2027-01-15T08:01:00Z"
    }]);
    assert_eq!(listed.body["items"], expected);
    assert_eq!(rig.get(&bob, "/api/keys").await.body["items"], json!([]));
    rig.call(&bob, "DELETE", &format!("/api/keys/{id}")).await.refused(404, "not_found");
    rig.get(&program, "/api/alerts").await.expect(200);

    rig.call(&ada, "DELETE", &format!("/api/keys/{id}")).await.expect(204);
    rig.get(&program, "/api/alerts").await.refused(401, "invalid_key");
    rig.call(&ada, "DELETE", &format!("/api/keys/{id}")).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_key_expires_and_goes_with_its_account() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let wish = json!({"name": "short", "scopes": ["read"], "expires_at": "2027-01-15T08:00:05Z"});
    let made = rig.post(&ada, "/api/keys", &wish).await.expect(201);
    let short = Person { access: made.body["secret"].as_str().unwrap().to_owned(), ..ada.clone() };
    let (long, _) = key(&rig, &ada, &["read"]).await;
    rig.clock.advance("4s");
    rig.get(&short, "/api/me").await.expect(200);
    rig.clock.advance("1s");
    rig.get(&short, "/api/me").await.refused(401, "invalid_key");
    rig.get(&long, "/api/me").await.expect(200);
    rig.call(&ada, "DELETE", "/api/me").await.expect(204);
    rig.get(&long, "/api/me").await.refused(401, "invalid_key");
}

#[tokio::test]
async fn keys_that_make_no_sense_are_refused_and_forged_ones_open_nothing() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let cases: [(Value, &[&str]); 5] = [
        (json!({}), &["name required", "scopes required"]),
        (json!({"name": " ", "scopes": []}), &["name required", "scopes required"]),
        (
            json!({"name": "x", "scopes": ["read", "root", 1]}),
            &["scopes[1] unknown_value", "scopes[2] unknown_value"],
        ),
        (
            json!({"name": "x", "scopes": ["read"], "expires_at": "2027-01-15T08:00:00Z"}),
            &["expires_at past"],
        ),
        (json!({"name": "x", "scopes": ["read"], "secret": "mine"}), &["secret unknown_field"]),
    ];
    for (body, faults) in cases {
        assert_eq!(rig.post(&ada, "/api/keys", &body).await.refused(400, "invalid_input").faults(), faults);
    }
    for forged in ["bw_", "bw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "bw_\u{fffd}"] {
        let stranger = Person { access: forged.to_owned(), ..ada.clone() };
        let answer = rig.get(&stranger, "/api/me").await;
        assert_eq!(answer.status, 401, "{}", answer.text);
    }
    assert_eq!(rig.get(&ada, "/api/keys").await.body["total"], 0);
}
