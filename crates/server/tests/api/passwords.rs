//! Forgotten passwords: the same answer for everybody, a link that works once, and the end of every login.

use std::time::Duration;

use bellwether_model::DeliveryId;
use bellwether_store::delivery::{Claim, ClaimWish, Content, Lane, Notice};
use serde_json::json;
use uuid::Uuid;

use crate::rig::{PASSWORD, Person, Rig};

const ADA: &str = "ada@example.org";

async fn ask(rig: &Rig, email: &str) {
    let answer = rig.post_openly("/api/password/reset", &json!({"email": email})).await.expect(202);
    assert_eq!(answer.text, "");
}

/// The deliveries that are due, which are claimed by this.
async fn due(rig: &Rig) -> Vec<Claim> {
    let wish = ClaimWish::new(Lane::Urgent, 100, Uuid::new_v4(), Duration::from_secs(60));
    rig.store.claim(wish, rig.now()).await.unwrap().claims
}

/// The next mail with a link: it is queued just after the answer.
async fn link(rig: &Rig) -> DeliveryId {
    for _ in 0..500 {
        let claims = due(rig).await;
        if let Some(claim) =
            claims.iter().find(|claim| claim.content == Content::Notice(Notice::PasswordLink))
        {
            return claim.id;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no mail was queued");
}

/// How many such mails somebody has got.
async fn links_to(rig: &Rig, person: &Person) -> usize {
    let mails = rig.get(person, "/api/deliveries?page_size=100").await.expect(200).body;
    let links = mails["items"].as_array().unwrap().iter().filter(|mail| mail["about"] == "password_link");
    links.count()
}

#[tokio::test]
async fn a_link_replaces_the_password_once_and_ends_every_login() {
    let rig = Rig::new().await;
    let ada = rig.person(ADA).await;
    let bob = rig.person("bob@example.org").await;
    rig.get(&ada, "/api/me").await.expect(200);
    ask(&rig, "Ada@Example.org").await;
    let token = rig.links.password_token(link(&rig).await);
    let wish = json!({"token": token, "password": "quite another one"});
    rig.post_openly("/api/password", &wish).await.expect(204);

    rig.get(&ada, "/api/me").await.refused(401, "invalid_token");
    let refresh = json!({"refresh": ada.refresh});
    rig.post_openly("/api/token/refresh", &refresh).await.refused(401, "invalid_refresh_token");
    rig.get(&bob, "/api/me").await.expect(200);
    let login = |password: &str| json!({"email": ADA, "password": password});
    rig.post_openly("/api/token", &login(PASSWORD)).await.refused(401, "wrong_credentials");
    rig.post_openly("/api/token", &login("quite another one")).await.expect(200);
    let again = rig.post_openly("/api/password", &wish).await.refused(400, "invalid_input");
    assert_eq!(again.faults(), ["token invalid_link"]);
}

#[tokio::test]
async fn a_link_works_for_an_hour_and_the_use_of_one_ends_the_others() {
    let rig = Rig::new().await;
    rig.person(ADA).await;
    ask(&rig, ADA).await;
    let first = rig.links.password_token(link(&rig).await);
    ask(&rig, ADA).await;
    let second = rig.links.password_token(link(&rig).await);
    let wish = |token: &str| json!({"token": token, "password": "quite another one"});
    rig.post_openly("/api/password", &wish(&second)).await.expect(204);
    rig.post_openly("/api/password", &wish(&first)).await.refused(400, "invalid_input");
    ask(&rig, ADA).await;
    let third = rig.links.password_token(link(&rig).await);
    rig.clock.advance("1h");
    rig.post_openly("/api/password", &wish(&third)).await.refused(400, "invalid_input");
}

#[tokio::test]
async fn nobody_learns_who_has_an_account_and_nobody_is_flooded() {
    let rig = Rig::with(&[("limits.failed_logins_per_minute", "20")]).await;
    let ada = rig.person(ADA).await;
    due(&rig).await;
    for _ in 0..5 {
        ask(&rig, ADA).await;
        ask(&rig, "nobody@example.org").await;
    }
    // What was asked for last is queued behind the rest.
    let bob = rig.person("bob@example.org").await;
    ask(&rig, "bob@example.org").await;
    while links_to(&rig, &bob).await == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(links_to(&rig, &ada).await, 3);
    for _ in 0..9 {
        ask(&rig, "nobody@example.org").await;
    }
    let too_many = rig.post_openly("/api/password/reset", &json!({"email": ADA})).await;
    assert!(!too_many.refused(429, "too_many_requests").header("retry-after").is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_told_together_and_changes_nothing() {
    let rig = Rig::new().await;
    rig.person(ADA).await;
    let refused = rig.post_openly("/api/password", &json!({"password": "short"})).await;
    assert_eq!(refused.refused(400, "invalid_input").faults(), ["token required", "password password"]);
    let refused = rig.post_openly("/api/password/reset", &json!({"email": "ada", "x": 1})).await;
    assert_eq!(refused.refused(400, "invalid_input").faults().len(), 2);
    let wrong = json!({"token": "AAAA", "password": "quite another one"});
    rig.post_openly("/api/password", &wrong).await.refused(400, "invalid_input");
    rig.log_in(ADA).await;
    // Wrong links count, ten times as many as wrong passwords of one account.
    for _ in 0..99 {
        rig.post_openly("/api/password", &wrong).await.refused(400, "invalid_input");
    }
    rig.post_openly("/api/password", &wrong).await.refused(429, "too_many_requests");
}
