//! The ledger of deliveries.

use std::time::Duration;

use bellwether_model::AttemptId;
use bellwether_store::delivery::{AttemptOutcome, ClaimWish, Lane, NewAttempt};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rig::{Person, Rig};

/// A person whose address is verified, with one delivery of a fire that waits.
async fn owed() -> (Rig, Person, String) {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.store.verify_user(ada.id, "ada@example.org", rig.now()).await.unwrap();
    let alert = rig.alert(&ada, "33000").await;
    rig.fire(&alert, true).await;
    let page = rig.get(&ada, &format!("/api/deliveries?alert={alert}")).await.expect(200).body;
    let id = page["items"][0]["id"].as_str().unwrap().to_owned();
    (rig, ada, id)
}

/// Lets every due delivery be tried, with this outcome.
async fn attempt(rig: &Rig, outcome: AttemptOutcome, detail: &str) {
    let lease = Duration::from_secs(60);
    let claims = rig
        .store
        .claim(ClaimWish::new(Lane::Urgent, 10, Uuid::now_v7(), lease), rig.now())
        .await
        .unwrap()
        .claims;
    let tried = claims.into_iter().map(|claim| NewAttempt {
        id: AttemptId(Uuid::now_v7()),
        delivery: claim.id,
        channel: claim.channel,
        token: claim.token,
        started_at: rig.now(),
        took_us: 1_500,
        outcome: outcome.clone(),
        ambiguous: false,
        detail: detail.to_owned(),
        combined_in: None,
    });
    assert_eq!(rig.store.record(tried.collect(), rig.now()).await.unwrap(), []);
}

#[tokio::test]
async fn a_delivery_tells_of_every_attempt() {
    let (rig, ada, id) = owed().await;
    let path = format!("/api/deliveries/{id}");
    let waiting = rig.get(&ada, &path).await.expect(200).body;
    assert_eq!((&waiting["status"], &waiting["attempts"]), (&json!("pending"), &json!([])));
    let at = "2027-01-15T08:01:00Z".parse().unwrap();
    attempt(&rig, AttemptOutcome::Retry { at }, "451 try later").await;
    let retried = rig.get(&ada, &path).await.expect(200).body;
    let told =
        (&retried["status"], &retried["attempt_count"], &retried["next_attempt_at"], &retried["last_error"]);
    assert_eq!(told, (&json!("pending"), &json!(1), &json!("2027-01-15T08:01:00Z"), &json!("451 try later")));
    rig.clock.advance("1m");
    attempt(&rig, AttemptOutcome::Delivered, "250 ok").await;
    let delivered = rig.get(&ada, &path).await.expect(200).body;
    assert_eq!((&delivered["status"], &delivered["about"]), (&json!("delivered"), &json!("fire")));
    assert_eq!(delivered["delivered_at"], "2027-01-15T08:01:00Z");
    let outcomes: Vec<_> = delivered["attempts"].as_array().unwrap().iter().map(|a| &a["outcome"]).collect();
    assert_eq!(outcomes, ["retry", "delivered"]);
    assert_eq!(delivered["attempts"][0]["took_us"], 1_500);
}

#[tokio::test]
async fn a_dead_letter_can_be_tried_again() {
    let (rig, ada, id) = owed().await;
    let retry = format!("/api/deliveries/{id}/retry");
    attempt(&rig, AttemptOutcome::Dead, "550 no such mailbox").await;
    let status = |rig: Value| rig["status"].clone();
    assert_eq!(status(rig.get(&ada, &format!("/api/deliveries/{id}")).await.body), "dead");
    rig.call(&ada, "POST", &retry).await.expect(202);
    assert_eq!(status(rig.get(&ada, &format!("/api/deliveries/{id}")).await.body), "pending");
    attempt(&rig, AttemptOutcome::Delivered, "250 ok").await;
    rig.call(&ada, "POST", &retry).await.refused(409, "not_retriable");
}

#[tokio::test]
async fn all_that_failed_since_an_instant_is_tried_again() {
    let (rig, ada, id) = owed().await;
    attempt(&rig, AttemptOutcome::Expired, "given up").await;
    let eve = rig.person("eve@example.org").await;
    let listed = rig.get(&ada, "/api/deliveries?status=expired").await.expect(200).body;
    assert!(listed["items"].as_array().unwrap().iter().any(|item| item["id"] == id.as_str()), "{listed}");
    let failed = listed["total"].as_u64().unwrap();
    let retry = |since: &str| json!({"since": since});
    let path = "/api/deliveries/retry";
    let answer = rig.post(&ada, path, &retry("2099-01-01T00:00:00Z")).await.expect(202).body;
    assert_eq!(answer, json!({"retried": 0, "more": false}));
    let answer = rig.post(&eve, path, &retry("2020-01-01T00:00:00Z")).await.expect(202).body;
    assert_eq!(answer["retried"], 0, "somebody else's are left alone");
    let answer = rig.post(&ada, path, &retry("2020-01-01T00:00:00Z")).await.expect(202).body;
    assert_eq!(answer, json!({"retried": failed, "more": false}));
    let waiting = rig.get(&ada, &format!("/api/deliveries/{id}")).await.expect(200).body;
    assert_eq!((&waiting["status"], &waiting["attempt_count"]), (&json!("pending"), &json!(1)));
    for wrong in [json!({}), json!({"since": "yesterday"}), json!({"since": null, "x": 1})] {
        rig.post(&ada, path, &wrong).await.refused(400, "invalid_input");
    }
}

#[tokio::test]
async fn deliveries_are_listed_and_filtered() {
    let (rig, ada, id) = owed().await;
    let count = |query: &str| {
        let (rig, ada, path) = (&rig, &ada, format!("/api/deliveries{query}"));
        async move { rig.get(ada, &path).await.expect(200).body["total"].as_u64().unwrap() }
    };
    let all = count("").await;
    assert!(all >= 1, "the fire's, and the verification mail's where it is shown");
    assert_eq!(count("?status=held").await, 0);
    assert_eq!(count("?status=pending,dead").await, all);
    let one = rig.get(&ada, &format!("/api/deliveries/{id}")).await.expect(200).body;
    assert_eq!(count(&format!("?fire={}", one["fire_id"].as_str().unwrap())).await, 1);
    for query in ["?status=lost", "?alert=x", "?page=1", "?q=x"] {
        rig.get(&ada, &format!("/api/deliveries{query}")).await.refused(400, "invalid_input");
    }
    let whole = rig.get(&ada, "/api/deliveries").await.text;
    assert!(!whole.contains("token"), "the secret of a link is not shown: {whole}");
}

#[tokio::test]
async fn other_peoples_deliveries_do_not_exist() {
    let (rig, _, id) = owed().await;
    let eve = rig.person("eve@example.org").await;
    for id in [id.as_str(), "0198c0de-0000-7000-8000-000000000000", "x"] {
        rig.get(&eve, &format!("/api/deliveries/{id}")).await.refused(404, "not_found");
        rig.call(&eve, "POST", &format!("/api/deliveries/{id}/retry")).await.refused(404, "not_found");
    }
}
