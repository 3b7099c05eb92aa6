//! Nobody is flooded, and nothing is lost: what is too much for people comes in one message, and programs get
//! every fire.

use std::collections::HashSet;

use bellwether_simulators::receivers::Service;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::until;
use crate::kill::deliveries;
use crate::spine::Stage;
use crate::stores::TestStore;

const ALERTS: usize = 12;

async fn flooded(store: TestStore, refused_at_first: bool) {
    let stage = Stage::set_with(store, &[("BELLWETHER_PACE__EMAIL", "3/1h")]).await;
    stage.price("BTCUSDT", "100").await;
    let url = format!("{}/hooks/desk", stage.world.receivers.url());
    let wish = json!({"kind": "webhook", "name": "desk", "url": url});
    let webhook = stage.user.ok(Method::POST, "/api/channels", Some(wish)).await;
    stage.world.receivers.add_webhook_secret("/hooks/desk", webhook["secret"].as_str().unwrap());
    for number in 0..ALERTS {
        let alert = json!({"name": format!("number {number}"), "instrument": "binance:BTCUSDT",
                           "channels": ["email", webhook["id"]],
                           "condition": {"type": "crossing", "price": "110"}});
        stage.user.alert(alert).await;
    }
    stage.world.mail_is_refused(refused_at_first);
    stage.trade("BTCUSDT", "111").await;
    let of = |all: &[Value], channel: &Value, status: &str| -> Vec<Value> {
        let of = all.iter().filter(|one| one["channel"] == *channel && one["status"] == status);
        of.cloned().collect()
    };
    if refused_at_first {
        until("the mails were refused", async || {
            let all = deliveries(&stage.user).await;
            let tried = of(&all, &json!("email"), "pending");
            let tried = tried.iter().filter(|one| one["attempt_count"].as_u64() > Some(0)).count();
            if tried == ALERTS { Ok(()) } else { Err(format!("{all:?}")) }
        })
        .await;
        stage.world.mail_is_refused(false);
    }
    let (mails, posts) = until("all are delivered", async || {
        let all = deliveries(&stage.user).await;
        let (mails, posts) = (of(&all, &json!("email"), "delivered"), of(&all, &webhook["id"], "delivered"));
        if mails.len() == ALERTS && posts.len() == ALERTS {
            Ok((mails, posts))
        } else {
            Err(format!("{all:?}"))
        }
    })
    .await;

    assert!(posts.iter().all(|post| post["combined_in"].is_null()), "{posts:?}");
    assert_eq!(stage.world.receivers.postbox().posts_to(Service::Webhook).len(), ALERTS);

    // Each fire's delivery is on record, and says which message told of it.
    let mut told: HashSet<String> = HashSet::new();
    for mail in &mails {
        let id = mail["id"].as_str().unwrap();
        let one = stage.user.get(&format!("/api/deliveries/{id}")).await;
        let last = one["attempts"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["outcome"], &last["combined_in"]),
            (&json!("delivered"), &one["combined_in"]),
            "{one}"
        );
        told.insert(one["combined_in"].as_str().unwrap_or(id).to_owned());
    }
    let sent: HashSet<String> = stage.world.alert_mails_to("reader@example.org").into_iter().collect();
    let sent: HashSet<String> = sent.iter().map(|id| id.split_once('@').unwrap().0.to_owned()).collect();
    assert_eq!(sent, told);
    assert!(told.len() <= 3, "{told:?}");
    let mails = stage.world.inbox.mailbox().mails_for("reader@example.org");
    let letters: Vec<_> = mails.iter().map(|mail| mail.letter()).collect();
    assert!(letters.iter().any(|letter| letter.subject.contains("alerts fired at")), "{letters:?}");
    let texts: String = letters.iter().filter_map(|letter| letter.text.clone()).collect();
    let texts = texts.replace("\r\n", "\n");
    for number in 0..ALERTS {
        assert!(texts.contains(&format!("number {number}\n")), "{number}: {texts}");
    }
    stage.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_fires_is_few_mails_and_every_post_on_sqlite() {
    flooded(TestStore::sqlite(), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_that_was_refused_comes_whole_on_sqlite() {
    flooded(TestStore::sqlite(), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_fires_is_few_mails_and_every_post_on_postgres() {
    if let Some(store) = TestStore::postgres().await {
        flooded(store, false).await;
    }
}

/// More fires than posts may go: each comes in one of them, whole.
async fn posted_together(store: TestStore) {
    const FIRES: usize = 40;
    let stage = Stage::set_with(store, &[("BELLWETHER_PACE__WEBHOOK", "2/1s")]).await;
    stage.price("BTCUSDT", "100").await;
    let url = format!("{}/hooks/desk", stage.world.receivers.url());
    let wish = json!({"kind": "webhook", "name": "desk", "url": url});
    let webhook = stage.user.ok(Method::POST, "/api/channels", Some(wish)).await;
    stage.world.receivers.add_webhook_secret("/hooks/desk", webhook["secret"].as_str().unwrap());
    for number in 0..FIRES {
        let alert = json!({"name": format!("number {number}"), "instrument": "binance:BTCUSDT",
                           "channels": [webhook["id"]], "condition": {"type": "crossing", "price": "110"}});
        stage.user.alert(alert).await;
    }
    stage.trade("BTCUSDT", "111").await;
    let deliveries = until("all are delivered", async || {
        let all = deliveries(&stage.user).await;
        let delivered = all.iter().filter(|one| one["status"] == "delivered").count();
        if delivered == FIRES { Ok(all) } else { Err(format!("{all:?}")) }
    })
    .await;
    let posts = stage.world.receivers.postbox().posts_to(Service::Webhook);
    assert!(posts.len() < FIRES, "{}", posts.len());
    assert!(posts.iter().all(|post| post.remarks.contains(&"verified".to_owned())), "{posts:?}");
    let mut told = Vec::new();
    for post in &posts {
        let id = post.header("webhook-id").unwrap();
        let body: Value = serde_json::from_str(&post.body).unwrap();
        let (one, several) = (&body["data"], body["data"]["fires"].as_array());
        let entries = several.map_or_else(|| vec![one.clone()], Clone::clone);
        assert_eq!(body["type"], if several.is_some() { "alerts.fired" } else { "alert.fired" });
        for entry in entries {
            let delivery = deliveries.iter().find(|delivery| delivery["id"] == entry["delivery_id"]).unwrap();
            let in_which = if several.is_some() { json!(id) } else { Value::Null };
            assert_eq!(delivery["combined_in"], in_which);
            told.push(entry["alert"]["name"].as_str().unwrap().to_owned());
        }
    }
    told.sort();
    let mut all: Vec<_> = (0..FIRES).map(|number| format!("number {number}")).collect();
    all.sort();
    assert_eq!(told, all, "each once");
    stage.process.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fires_faster_than_posts_may_go_come_together_on_sqlite() {
    posted_together(TestStore::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fires_faster_than_posts_may_go_come_together_on_postgres() {
    if let Some(store) = TestStore::postgres().await {
        posted_together(store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_stops_its_alert_at_one_click() {
    let settings = [("BELLWETHER_SERVER__PUBLIC_URL", "https://alerts.example.org")];
    let stage = Stage::set_with(TestStore::sqlite(), &settings).await;
    stage.price("BTCUSDT", "100").await;
    let alert = json!({"name": "again and again", "instrument": "binance:BTCUSDT",
                       "repeat": {"mode": "every"}, "condition": {"type": "crossing", "price": "110"}});
    let alert = stage.user.alert(alert).await;
    stage.trade("BTCUSDT", "111").await;
    let mail = until("the mail", async || {
        let mails = stage.world.inbox.mailbox().mails_for("reader@example.org");
        let mut letters =
            mails.iter().map(|mail| (mail.letter(), String::from_utf8_lossy(&mail.raw).into_owned()));
        letters.find(|(letter, _)| letter.subject.contains("BTCUSDT")).ok_or_else(|| "none".to_owned())
    })
    .await;
    let (letter, raw) = mail;
    let head = raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
    assert_eq!(line("List-Unsubscribe-Post:"), "List-Unsubscribe=One-Click");
    let link = line("List-Unsubscribe:").trim_matches(['<', '>']);
    let path = link.strip_prefix("https://alerts.example.org").unwrap();
    let text = letter.text.as_deref().unwrap();
    assert!(text.contains("Stop it: https://alerts.example.org/stop?token="), "{text}");

    let at = format!("{}{path}", stage.process.base());
    let http = reqwest::Client::new();
    assert_eq!(http.get(&at).send().await.unwrap().status(), 200);
    let read = async || stage.user.get(&format!("/api/alerts/{alert}")).await["status"].clone();
    assert_eq!(read().await, "active", "a scanner that opens the link stops nothing");
    for _ in 0..2 {
        let answer = http.post(&at).body("List-Unsubscribe=One-Click").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(read().await, "paused");
    }
    stage.process.stop().await;
}
