//! Mails that come back: who may tell of them, and what becomes of the address.

use std::time::Duration;

use axum::http::Request;
use bellwether_model::AttemptId;
use bellwether_store::delivery::{AttemptOutcome, Claim, ClaimWish, Content, Lane, NewAttempt, Notice};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rig::{Answer, Person, Rig};

const SECRET: &str = "a secret of more than 24 bytes";
const BOUNCE: &str = include_str!("../../../notify/tests/suite/returned/bounce.eml");

/// Somebody with a verified address, and what was claimed at the start taken away.
async fn started() -> (Rig, Person) {
    let rig = Rig::with(&[("mail.bounces_secret", SECRET)]).await;
    let ada = rig.person("ada@example.org").await;
    rig.store.verify_user(ada.id, "ada@example.org", rig.now()).await.unwrap();
    claims(&rig).await;
    (rig, ada)
}

async fn claims(rig: &Rig) -> Vec<Claim> {
    let wish = ClaimWish::new(Lane::Urgent, 100, Uuid::now_v7(), Duration::from_secs(60));
    rig.store.claim(wish, rig.now()).await.unwrap().claims
}

async fn delivered(rig: &Rig, claim: &Claim) {
    let attempt = NewAttempt {
        id: AttemptId(Uuid::now_v7()),
        delivery: claim.id,
        channel: claim.channel,
        token: claim.token,
        started_at: rig.now(),
        took_us: 1,
        outcome: AttemptOutcome::Delivered,
        ambiguous: false,
        detail: "250 queued".to_owned(),
        combined_in: None,
    };
    assert!(rig.store.record(vec![attempt], rig.now()).await.unwrap().is_empty());
}

/// An alert over these channels has fired, and its one mail was accepted.
async fn mailed(rig: &Rig, person: &Person, channels: Value) -> String {
    let alert = json!({"instrument": "binance:BTCUSDT", "channels": channels,
                       "condition": {"type": "crossing", "price": "33000"}});
    let alert = rig.post(person, "/api/alerts", &alert).await.expect(201).id();
    rig.fire(&alert, true).await;
    let claims = claims(rig).await;
    assert_eq!(claims.len(), 1);
    delivered(rig, &claims[0]).await;
    claims[0].id.to_string()
}

async fn tell(rig: &Rig, secret: &str, kind: &str, body: String) -> Answer {
    let request = Request::post("/api/bounces").header("content-type", kind);
    let request = request.header("authorization", format!("Bearer {secret}"));
    rig.send(request.body(body.into()).unwrap()).await
}

async fn told(rig: &Rig, kind: &str, body: String) -> String {
    tell(rig, SECRET, kind, body).await.expect(200).body["outcome"].as_str().unwrap().to_owned()
}

fn bounce_of(delivery: &str) -> String {
    BOUNCE.replace("01940000-0000-7000-8000-00000000000d", delivery)
}

#[tokio::test]
async fn an_address_that_a_mail_comes_back_from_is_not_written_to_until_it_is_verified_again() {
    let (rig, ada) = started().await;
    let hook = json!({"kind": "webhook", "name": "desk", "url": "https://example.org/hooks"});
    let hook = rig.post(&ada, "/api/channels", &hook).await.expect(201).id();
    let id = mailed(&rig, &ada, json!(["email"])).await;
    assert_eq!(told(&rig, "message/rfc822", bounce_of(&id)).await, "suppressed");
    let me = rig.get(&ada, "/api/me").await.expect(200).body;
    let why = "mail came back: 5.1.1 550 5.1.1 <ada@example.org>: no such user";
    assert_eq!((&me["verified"], &me["email_problem"]), (&json!(false), &json!(why)));
    let delivery = rig.get(&ada, &format!("/api/deliveries/{id}")).await.expect(200).body;
    assert_eq!((&delivery["status"], &delivery["last_error"]), (&json!("dead"), &json!(why)));
    let last = delivery["attempts"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["outcome"], &last["detail"]), (&json!("dead"), &json!(why)));

    let sent = claims(&rig).await;
    let expected = Content::Notice(Notice::AddressSuppressed { reason: why.into() });
    assert!(matches!(&sent[..], [claim] if claim.content == expected), "{sent:?}");
    assert_eq!(sent[0].channel.to_string(), hook);
    assert_eq!(told(&rig, "message/rfc822", bounce_of(&id)).await, "noted");
    assert_eq!(claims(&rig).await.len(), 0, "it is told once");

    rig.call(&ada, "POST", "/api/me/verification").await.expect(202);
    let asked = claims(&rig).await;
    assert!(matches!(&asked[..], [claim] if matches!(claim.content, Content::VerifyAddress { .. })));
    rig.store.verify_user(ada.id, "ada@example.org", rig.now()).await.unwrap();
    let me = rig.get(&ada, "/api/me").await.expect(200).body;
    assert_eq!((&me["verified"], &me["email_problem"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_mailbox_whose_reader_complains_is_switched_off() {
    let (rig, ada) = started().await;
    let made = json!({"kind": "email", "address": "desk@example.org"});
    let made = rig.post(&ada, "/api/channels", &made).await.expect(201).id();
    let asked = claims(&rig).await;
    let Content::VerifyAddress { token } = &asked[0].content else { panic!("{asked:?}") };
    let press = Request::post("/verify").body(format!("token={token}").into()).unwrap();
    rig.send(press).await.expect(200);
    let id = mailed(&rig, &ada, json!([made])).await;
    let complaint = |address: &str| {
        json!({"delivery_id": id, "kind": "complaint", "address": address, "reason": "abuse"}).to_string()
    };
    assert_eq!(told(&rig, "application/json", complaint("former@example.org")).await, "noted");
    assert_eq!(told(&rig, "application/json", complaint("Desk@example.org")).await, "suppressed");
    let channel = rig.get(&ada, &format!("/api/channels/{made}")).await.expect(200).body;
    let why = "mail was reported as spam: abuse";
    assert_eq!((&channel["status"], &channel["reason"]), (&json!("disabled"), &json!(why)));
    let delivery = rig.get(&ada, &format!("/api/deliveries/{id}")).await.expect(200).body;
    assert_eq!(delivery["status"], "delivered", "it was");
    let sent = claims(&rig).await;
    assert!(matches!(&sent[..], [claim] if claim.via.is_none()), "its owner is told by mail: {sent:?}");
}

#[tokio::test]
async fn what_says_nothing_changes_nothing() {
    let (rig, ada) = started().await;
    let id = mailed(&rig, &ada, json!(["email"])).await;
    let delayed = bounce_of(&id).replace("Action: failed", "Action: delayed");
    assert_eq!(told(&rig, "message/rfc822", delayed).await, "noted");
    let nobody = "0198c0de-0000-7000-8000-000000000000";
    assert_eq!(told(&rig, "message/rfc822", bounce_of(nobody)).await, "unknown");
    let hello = "Subject: hello\n\nhello".to_owned();
    tell(&rig, SECRET, "message/rfc822", hello).await.refused(400, "invalid_input");
    let wrong = json!({"delivery_id": "x", "kind": "other", "more": 1}).to_string();
    let refused = tell(&rig, SECRET, "application/json", wrong).await.refused(400, "invalid_input");
    assert_eq!(refused.faults().len(), 3, "{:?}", refused.faults());
    for secret in ["", "another secret of 24 bytes or more", &SECRET[..SECRET.len() - 1]] {
        tell(&rig, secret, "message/rfc822", bounce_of(&id)).await.refused(401, "invalid_key");
    }
    assert_eq!(rig.get(&ada, "/api/me").await.body["verified"], true);
    assert_eq!(claims(&rig).await.len(), 0);

    let closed = Rig::new().await;
    tell(&closed, "", "message/rfc822", bounce_of(&id)).await.refused(401, "invalid_key");
}
