//! Channels: made, shown without their keys, changed, verified, tested, deleted, and named by alerts.

use std::time::Duration;

use bellwether_store::delivery::{Claim, ClaimWish, Content, Lane, Notice};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rig::{Person, Rig, crossing};

const BOT: &str = "123456:ABCDEFGHIJKLMNOPQRSTUVWXYZ012345678";

async fn started() -> (Rig, Person) {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.store.verify_user(ada.id, "ada@example.org", rig.now()).await.unwrap();
    claims(&rig).await;
    (rig, ada)
}

async fn claims(rig: &Rig) -> Vec<Claim> {
    rig.store
        .claim(ClaimWish::new(Lane::Urgent, 100, Uuid::now_v7(), Duration::from_secs(60)), rig.now())
        .await
        .unwrap()
        .claims
}

fn webhook() -> Value {
    json!({"kind": "webhook", "name": "desk", "url": "https://example.org/hooks/s3cret-path?key=s3cret-key"})
}

/// One of each kind, with everything secret in it marked.
fn every_kind() -> Vec<(Value, &'static str)> {
    vec![
        (webhook(), "https://example.org"),
        (
            json!({"kind": "slack", "url": "https://hooks.slack.com/services/T0/B0/s3cret"}),
            "https://hooks.slack.com",
        ),
        (
            json!({"kind": "discord", "url": "https://discord.com/api/webhooks/1/s3cret"}),
            "https://discord.com",
        ),
        (json!({"kind": "telegram", "token": BOT, "chat_id": -100_200}), "https://api.telegram.org"),
        (
            json!({"kind": "ntfy", "url": "https://ntfy.sh", "topic": "s3cret", "token": "tk_s3cret"}),
            "https://ntfy.sh",
        ),
        (json!({"kind": "email", "address": "s3cret@example.org"}), "example.org"),
    ]
}

#[tokio::test]
async fn every_kind_is_made_and_shown_by_its_host_alone() {
    let (rig, ada) = started().await;
    for (wish, host) in every_kind() {
        let made = rig.post(&ada, "/api/channels", &wish).await.expect(201);
        let (kind, status) = (&wish["kind"], if wish["kind"] == "email" { "unverified" } else { "active" });
        assert_eq!(
            (&made.body["kind"], &made.body["status"], &made.body["target"]),
            (kind, &json!(status), &json!(host))
        );
        assert_eq!(made.body["secret"].is_string(), kind == "webhook", "{}", made.text);
        let one = rig.get(&ada, &format!("/api/channels/{}", made.id())).await.expect(200);
        assert_eq!(one.body["target"], host);
        let path = format!("/api/channels/{}", made.id());
        let patched = rig.call_with(&ada, "PATCH", &path, &json!({"name": "x"})).await;
        let whole = format!("{}{}{}", made.text, one.text, patched.expect(200).text);
        assert!(!whole.contains("s3cret") && !whole.contains("ABCDEFGH"), "{whole}");
        assert!(!one.text.contains("whsec_"), "{}", one.text);
    }
    let all = rig.get(&ada, "/api/channels?page_size=5").await.expect(200);
    assert_eq!((&all.body["total"], all.body["items"].as_array().unwrap().len()), (&json!(6), 5));
    assert_eq!(all.body["next"], "/api/channels?page_size=5&page=2");
    assert!(!all.text.contains("s3cret") && !all.text.contains("whsec_"), "{}", all.text);
}

#[tokio::test]
async fn a_channel_is_made_once_under_a_key() {
    let (rig, ada) = started().await;
    let post = async |body: &Value| {
        let request = axum::http::Request::post("/api/channels")
            .header("authorization", format!("Bearer {}", ada.access))
            .header("content-type", "application/json")
            .header("idempotency-key", "k1");
        rig.send(request.body(body.to_string().into()).unwrap()).await
    };
    let first = post(&webhook()).await.expect(201);
    let again = post(&webhook()).await.expect(201);
    assert!(first.body["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(first.body, again.body, "with the secret, since the first answer may have been lost");
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    let mailbox = json!({"kind": "email", "address": "desk@example.org"});
    post(&mailbox).await.refused(422, "idempotency_key_reused");
    assert_eq!(rig.get(&ada, "/api/channels").await.expect(200).body["total"], 1);
    assert_eq!(claims(&rig).await.len(), 0, "nobody is asked");
    rig.call(&ada, "DELETE", &format!("/api/channels/{}", first.id())).await.expect(204);
    post(&webhook()).await.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn the_database_holds_no_target_in_plain() {
    let (rig, ada) = started().await;
    for (wish, _) in every_kind() {
        rig.post(&ada, "/api/channels", &wish).await.expect(201);
    }
    let mut files = 0;
    for file in std::fs::read_dir(rig.folder()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["s3cret", "ABCDEFGHIJKL", "whsec_"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", path.display());
        }
        files += 1;
    }
    assert!(files >= 2, "the database, its journal, its keys");
}

#[tokio::test]
async fn what_is_wrong_is_told_field_by_field() {
    let (rig, ada) = started().await;
    let check = async |body: Value, faults: &[&str]| {
        let refused = rig.post(&ada, "/api/channels", &body).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), faults, "{body}");
    };
    check(json!({}), &["kind required"]).await;
    check(json!({"kind": "pager", "url": "x"}), &["kind unknown_value"]).await;
    check(json!({"kind": "webhook"}), &["url required"]).await;
    check(
        json!({"kind": "webhook", "url": "ftp://x/", "colour": 1}),
        &["url invalid", "colour unknown_field"],
    )
    .await;
    check(json!({"kind": "slack", "url": "https://u:p@x.org/"}), &["url invalid"]).await;
    check(json!({"kind": "email", "address": "nobody"}), &["address invalid"]).await;
    check(json!({"kind": "email", "address": "a@b.org", "url": "https://x.org"}), &["url unknown_field"])
        .await;
    let telegram = json!({"kind": "telegram", "token": "s3cret", "chat_id": "me", "topic_id": 0});
    check(telegram, &["token invalid", "chat_id invalid", "topic_id invalid"]).await;
    check(json!({"kind": "telegram"}), &["token required", "chat_id required"]).await;
    let ntfy =
        json!({"kind": "ntfy", "url": "https://ntfy.sh", "topic": "a b", "token": "a b", "name": "a\nb"});
    check(ntfy, &["name character", "topic invalid", "token invalid"]).await;
    assert_eq!(rig.get(&ada, "/api/channels").await.body["total"], 0);
}

#[tokio::test]
async fn a_target_within_is_refused_unless_it_is_allowed() {
    let (rig, ada) = started().await;
    let wish = |url: &str| json!({"kind": "webhook", "url": url});
    for url in [
        "http://127.0.0.1:8080/x",
        "http://2130706433/x",
        "https://[::1]/x",
        "http://169.254.169.254/latest",
        "https://intranet.example/x",
    ] {
        let refused = rig.post(&ada, "/api/channels", &wish(url)).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), ["url private_address"], "{url}");
        assert!(refused.text.contains("outgoing.allow"), "{}", refused.text);
    }
    let made = rig.post(&ada, "/api/channels", &webhook()).await.expect(201);
    let path = format!("/api/channels/{}", made.id());
    let moved = rig.call_with(&ada, "PATCH", &path, &json!({"url": "http://10.0.0.1/"})).await;
    assert_eq!(moved.refused(400, "invalid_input").faults(), ["url private_address"]);

    let rig = Rig::with(&[("outgoing.allow", "127.0.0.1,10.0.0.0/8")]).await;
    let ada = rig.person("ada@example.org").await;
    for url in ["http://127.0.0.1:8080/x", "https://intranet.example/x"] {
        rig.post(&ada, "/api/channels", &wish(url)).await.expect(201);
    }
    rig.post(&ada, "/api/channels", &wish("http://127.0.0.2/x")).await.refused(400, "invalid_input");
}

#[tokio::test]
async fn a_secret_is_replaced_and_a_new_target_keeps_it() {
    let (rig, ada) = started().await;
    let made = rig.post(&ada, "/api/channels", &webhook()).await.expect(201);
    let path = format!("/api/channels/{}", made.id());
    let rotated = rig.call(&ada, "POST", &format!("{path}/rotate-secret")).await.expect(200);
    let (first, second) = (made.body["secret"].as_str().unwrap(), rotated.body["secret"].as_str().unwrap());
    assert!(first.starts_with("whsec_") && second.starts_with("whsec_") && first != second);
    let moved = rig.call_with(&ada, "PATCH", &path, &json!({"url": "https://other.example.org/x"})).await;
    assert_eq!(moved.expect(200).body["target"], "https://other.example.org");
    let slack = json!({"kind": "slack", "url": "https://hooks.slack.com/services/x"});
    let slack = rig.post(&ada, "/api/channels", &slack).await.expect(201).id();
    let refused = rig.call(&ada, "POST", &format!("/api/channels/{slack}/rotate-secret")).await;
    refused.refused(409, "no_secret");
}

#[tokio::test]
async fn a_mailbox_is_verified_by_the_link_that_is_mailed_there() {
    let (rig, ada) = started().await;
    let made =
        rig.post(&ada, "/api/channels", &json!({"kind": "email", "address": "desk@example.org"})).await;
    let made = made.expect(201);
    let alert = json!({"instrument": "binance:BTCUSDT", "channels": [made.id()],
                       "condition": {"type": "crossing", "price": "33000"}});
    let alert = rig.post(&ada, "/api/alerts", &alert).await.expect(201).id();
    rig.fire(&alert, true).await;
    let sent = claims(&rig).await;
    assert_eq!(sent.len(), 1, "the fire waits: {sent:?}");
    let Content::VerifyAddress { token } = &sent[0].content else { panic!("{sent:?}") };
    let press = async |token: &str| {
        let form = format!("token={token}");
        let request = axum::http::Request::builder().method("POST").uri("/verify");
        rig.send(request.body(form.into()).unwrap()).await
    };
    // A link to a mailbox that the channel no longer leads to verifies nothing.
    let path = format!("/api/channels/{}", made.id());
    rig.call_with(&ada, "PATCH", &path, &json!({"address": "other@example.org"})).await.expect(200);
    press(token).await.expect(400);
    assert_eq!(rig.get(&ada, &path).await.body["status"], "unverified");
    let sent = claims(&rig).await;
    let Content::VerifyAddress { token } = &sent[0].content else { panic!("{sent:?}") };
    let shown =
        rig.send(axum::http::Request::get(format!("/verify?token={token}")).body("".into()).unwrap()).await;
    assert!(shown.expect(200).text.contains("<button>"));
    assert_eq!(rig.get(&ada, &path).await.body["status"], "unverified", "opening the link changes nothing");
    rig.call(&ada, "POST", &format!("{path}/test")).await.refused(409, "mailbox_unverified");
    press(token).await.expect(200);
    press(token).await.expect(200);
    assert_eq!(rig.get(&ada, &path).await.body["status"], "active");
    let released = claims(&rig).await;
    assert!(matches!(&released[..], [claim] if matches!(claim.content, Content::Fired(_))), "{released:?}");
    rig.call(&ada, "POST", &format!("{path}/verify")).await.expect(202);
    assert_eq!(claims(&rig).await.len(), 0, "who is verified is not asked again");
}

#[tokio::test]
async fn a_test_is_sent_and_what_came_of_it_is_listed() {
    let (rig, ada) = started().await;
    let id = rig.post(&ada, "/api/channels", &webhook()).await.expect(201).id();
    let queued = rig.call(&ada, "POST", &format!("/api/channels/{id}/test")).await.expect(202);
    let sent = claims(&rig).await;
    assert!(matches!(&sent[..], [claim] if claim.content == Content::Notice(Notice::ChannelTest)));
    let delivery = queued.body["delivery_id"].as_str().unwrap();
    let listed = rig.get(&ada, &format!("/api/deliveries/{delivery}")).await.expect(200).body;
    assert_eq!((&listed["about"], &listed["channel"]), (&json!("test"), &json!(id)));
    let mut refused = 0;
    for _ in 0..20 {
        refused += u32::from(rig.call(&ada, "POST", &format!("/api/channels/{id}/test")).await.status == 429);
    }
    assert!(refused > 0, "nobody is flooded with tests");
}

#[tokio::test]
async fn a_disabled_channel_says_why_and_is_switched_on_again() {
    let (rig, ada) = started().await;
    let id = rig.post(&ada, "/api/channels", &webhook()).await.expect(201).id();
    let path = format!("/api/channels/{id}");
    let disable = async || {
        let channel = rig.store.channel(ada.id, id.parse().unwrap()).await.unwrap().unwrap();
        let notice = bellwether_model::DeliveryId(Uuid::now_v7());
        let (id, target) = (channel.id, channel.target);
        assert!(rig.store.disable_channel(id, target, "410 Gone".into(), notice, rig.now()).await.unwrap());
        let shown = rig.get(&ada, &path).await.expect(200).body;
        assert_eq!((&shown["status"], &shown["reason"]), (&json!("disabled"), &json!("410 Gone")));
    };
    disable().await;
    let on = rig.call(&ada, "POST", &format!("{path}/verify")).await.expect(202).body;
    assert_eq!((&on["status"], &on["reason"]), (&json!("active"), &Value::Null));
    disable().await;
    let moved = rig.call_with(&ada, "PATCH", &path, &json!({"url": "https://new.example.org/"})).await;
    assert_eq!(moved.expect(200).body["status"], "active");
}

#[tokio::test]
async fn other_peoples_channels_do_not_exist() {
    let (rig, ada) = started().await;
    let id = rig.post(&ada, "/api/channels", &webhook()).await.expect(201).id();
    let eve = rig.person("eve@example.org").await;
    for id in [id.as_str(), "0198c0de-0000-7000-8000-000000000000", "x"] {
        let path = format!("/api/channels/{id}");
        rig.get(&eve, &path).await.refused(404, "not_found");
        rig.call(&eve, "DELETE", &path).await.refused(404, "not_found");
        rig.call_with(&eve, "PATCH", &path, &json!({"name": "mine"})).await.refused(404, "not_found");
        for action in ["verify", "test", "rotate-secret"] {
            rig.call(&eve, "POST", &format!("{path}/{action}")).await.refused(404, "not_found");
        }
    }
    assert_eq!(rig.get(&ada, &format!("/api/channels/{id}")).await.body["name"], "desk");
}

#[tokio::test]
async fn an_alert_names_channels_of_its_owner_alone() {
    let (rig, ada) = started().await;
    let eve = rig.person("eve@example.org").await;
    let id = rig.post(&ada, "/api/channels", &webhook()).await.expect(201).id();
    let wish = |channels: Value| {
        let mut wish = crossing("33000");
        wish["channels"] = channels;
        wish
    };
    let named = rig.post(&ada, "/api/alerts", &wish(json!(["email", id]))).await.expect(201);
    assert_eq!(named.body["channels"], json!(["email", id]));
    let refused =
        rig.post(&eve, "/api/alerts", &wish(json!(["email", id]))).await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["channels[1] unknown_channel"]);
    let alert = rig.alert(&ada, "1").await;
    let path = format!("/api/alerts/{alert}");
    rig.call_with(&ada, "PATCH", &path, &json!({"channels": [id]})).await.expect(200);
    for _ in 0..2 {
        rig.call(&ada, "DELETE", &format!("/api/channels/{id}")).await.expect(204);
    }
    rig.get(&ada, &format!("/api/channels/{id}")).await.refused(404, "not_found");
    let refused = rig.call_with(&ada, "PATCH", &path, &json!({"channels": ["email", id]})).await;
    assert_eq!(refused.refused(400, "invalid_input").faults(), ["channels[1] unknown_channel"]);
    // What names it already can be changed otherwise.
    rig.call_with(&ada, "PATCH", &path, &json!({"name": "renamed"})).await.expect(200);
    let broken =
        rig.post(&ada, "/api/alerts", &json!({"instrument": "binance:BTCUSDT", "channels": [id]})).await;
    assert_eq!(
        broken.refused(400, "invalid_input").faults(),
        ["condition required", "channels[0] unknown_channel"]
    );
}

#[tokio::test]
async fn a_user_has_as_many_channels_as_allowed() {
    let rig = Rig::with(&[("limits.channels_per_user", "1")]).await;
    let ada = rig.person("ada@example.org").await;
    rig.post(&ada, "/api/channels", &webhook()).await.expect(201);
    rig.post(&ada, "/api/channels", &webhook()).await.refused(409, "too_many_channels");
}
