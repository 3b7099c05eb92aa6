//! What only administrators may do.

use bellwether_store::user::Role;
use serde_json::{Value, json};

use crate::rig::{Person, Rig};

const ADMIN: [&str; 5] = [
    "/api/admin/feeds",
    "/api/admin/instruments",
    "/api/admin/quarantine",
    "/api/admin/queues",
    "/api/admin/users",
];

#[tokio::test]
async fn it_is_for_administrators_who_have_logged_in_alone() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    assert_eq!(rig.get(&ada, "/api/me").await.expect(200).body["role"], "user");
    for path in ADMIN {
        rig.get(&ada, path).await.refused(403, "administrator_required");
        let nobody = Person { access: String::new(), ..ada.clone() };
        rig.get(&nobody, path).await.expect(401);
    }
    rig.promote("ada@example.org").await;
    assert_eq!(rig.get(&ada, "/api/me").await.expect(200).body["role"], "administrator");
    let wish = json!({"name": "k", "scopes": ["read", "write"]});
    let key = rig.post(&ada, "/api/keys", &wish).await.expect(201).body;
    let program = Person { access: key["secret"].as_str().unwrap().to_owned(), ..ada.clone() };
    for path in ADMIN {
        rig.get(&ada, path).await.expect(200);
        rig.get(&program, path).await.refused(403, "login_required");
    }
    rig.store.set_role("ada@example.org", Role::User, rig.now()).await.unwrap();
    for path in ADMIN {
        rig.get(&ada, path).await.refused(403, "administrator_required");
    }
}

#[tokio::test]
async fn accounts_are_listed_and_found() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.promote("ada@example.org").await;
    let bob = json!({"email": "bob@example.org", "password": "correct horse", "username": "Builder"});
    rig.post_openly("/api/users", &bob).await.expect(201);
    rig.alert(&ada, "33000").await;
    let list = |path: &'static str| {
        let (rig, ada) = (&rig, &ada);
        async move { rig.get(ada, path).await.expect(200).body }
    };
    let emails = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = list("/api/admin/users").await;
    assert_eq!(emails(&all), ["bob@example.org", "ada@example.org"]);
    assert_eq!((&all["items"][1]["role"], &all["items"][1]["alerts"]), (&json!("administrator"), &json!(1)));
    assert!(!all.to_string().contains("argon2"));
    assert_eq!(emails(&list("/api/admin/users?q=BUILD").await), ["bob@example.org"]);
    assert_eq!(emails(&list("/api/admin/users?q=ada@").await), ["ada@example.org"]);
    let first = list("/api/admin/users?page_size=1").await;
    assert_eq!((emails(&first), &first["total"]), (vec!["bob@example.org".to_owned()], &json!(2)));
    assert_eq!(first["next"], "/api/admin/users?page_size=1&page=2");
}

#[tokio::test]
async fn queues_tell_what_waits_and_for_how_long() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.promote("ada@example.org").await;
    let alert = rig.alert(&ada, "33000").await;
    rig.fire(&alert, false).await;
    rig.clock.advance("5s");
    let queues = rig.get(&ada, "/api/admin/queues").await.expect(200).body;
    let urgent = &queues["items"][0];
    // The mail that asks to verify the address waits, and the fire's is held until then.
    let expected =
        json!({"lane": "urgent", "waiting": 1, "due_for_ms": 5_000, "sending": 0, "held": 1, "dead": 0});
    assert_eq!(urgent, &expected);
    assert_eq!(queues["items"][1]["due_for_ms"], Value::Null);
    assert_eq!(queues["items"].as_array().unwrap().len(), 3);
}
