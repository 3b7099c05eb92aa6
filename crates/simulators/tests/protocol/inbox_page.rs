//! The inbox over HTTP: JSON, the page, and what keeps foreign mail in its frame.

use std::time::Duration;

use bellwether_simulators::inbox::Running;
use serde_json::{Value, json};

use crate::client::{NOW_US, PATIENCE, http};
use crate::smtp_client::{Talk, inbox};

const MAIL: &str = "From: Bell <alerts@bellwether.test>\r\nTo: a@example.org\r\nSubject: BTC\r\n\
    Message-ID: <7@x>\r\nContent-Type: text/html\r\n\r\n<h1>33,000</h1><script>alert(1)</script>";

async fn with_mail() -> Running {
    let inbox = inbox().await;
    assert_eq!(Talk::begin(&inbox).await.send("a@example.org", MAIL).await, 250);
    inbox
}

async fn get(inbox: &Running, path: &str) -> reqwest::Response {
    http().get(format!("{}{path}", inbox.http_url())).send().await.unwrap()
}

async fn json_of(inbox: &Running, path: &str) -> Value {
    get(inbox, path).await.json().await.unwrap()
}

#[tokio::test]
async fn mails_are_listed_filtered_shown_and_cleared() {
    let inbox = with_mail().await;
    Talk::begin(&inbox).await.send("b@example.org", "Subject: second\r\n\r\nplain").await;
    let list = json_of(&inbox, "/api/mails").await;
    assert_eq!((&list["total"], &list["items"][0]["subject"]), (&json!(2), &json!("second")));
    assert_eq!(list["items"][1]["received_us"], NOW_US);
    let mine = json_of(&inbox, "/api/mails?to=a@example.org").await;
    assert_eq!(mine["items"].as_array().unwrap().len(), 1);
    let id = &mine["items"][0]["id"];
    let mail = json_of(&inbox, &format!("/api/mails/{id}")).await;
    assert_eq!((&mail["subject"], &mail["message_id"]), (&json!("BTC"), &json!("7@x")));
    assert_eq!(mail["headers"][2], json!(["Subject", "BTC"]));
    assert!(mail["html"].as_str().unwrap().contains("33,000"));
    let raw = get(&inbox, &format!("/api/mails/{id}/raw")).await.text().await.unwrap();
    assert_eq!(raw.trim_end(), MAIL);
    assert_eq!(json_of(&inbox, "/api/counts").await["by_message_id"], json!({"7@x": 1}));
    assert_eq!(get(&inbox, "/api/mails/99").await.status(), 404);
    http().delete(format!("{}/api/mails", inbox.http_url())).send().await.unwrap();
    assert_eq!(json_of(&inbox, "/api/mails").await, json!({"total": 0, "kept": 0, "items": []}));
}

#[tokio::test]
async fn one_can_wait_for_mail() {
    let inbox = inbox().await;
    let waiting = json_of(&inbox, "/api/wait?count=1&to=a@example.org");
    let sending = async {
        let mut talk = Talk::begin(&inbox).await;
        talk.send("b@example.org", MAIL).await;
        talk.send("a@example.org", MAIL).await
    };
    let (found, _) = tokio::join!(waiting, sending);
    assert_eq!(found["items"][0]["envelope_to"], json!(["a@example.org"]));
    assert_eq!(get(&inbox, "/api/wait?count=9&timeout_ms=1").await.status(), 408);
    let mail = inbox.mailbox().wait_for_mail(PATIENCE, |mail| mail.is_for("b@")).await.unwrap();
    assert_eq!(mail.letter().subject, "BTC");
    assert!(inbox.wait_for(3, Duration::from_millis(1)).await.is_err());
}

#[tokio::test]
async fn the_page_asks_nobody_else_and_the_mail_can_do_nothing() {
    let inbox = with_mail().await;
    let page = get(&inbox, "/").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let mut page = page.text().await.unwrap();
    for path in ["/inbox.css", "/inbox.js"] {
        page += &get(&inbox, path).await.error_for_status().unwrap().text().await.unwrap();
    }
    let foreign = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!foreign.contains("http://") && !foreign.contains("https://") && !foreign.contains("innerHTML"));
    let id = inbox.mails()[0].id;
    let mail = get(&inbox, &format!("/mails/{id}/body.html")).await;
    let policy = mail.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("sandbox ") && !policy.contains("allow-scripts"), "{policy}");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert_eq!(mail.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn the_page_is_told_at_once_and_when_mail_comes() {
    let inbox = inbox().await;
    let mut events = get(&inbox, "/api/events").await;
    assert_eq!(events.chunk().await.unwrap().unwrap(), "data: 0\n\n");
    Talk::begin(&inbox).await.send("a@example.org", MAIL).await;
    assert_eq!(events.chunk().await.unwrap().unwrap(), "data: 1\n\n");
    inbox.stop().await;
    assert_eq!(events.chunk().await.unwrap_or_default(), None);
}

#[tokio::test]
async fn faults_are_ordered_over_http_too() {
    let inbox = inbox().await;
    let url = format!("{}/api/faults", inbox.http_url());
    let order = async |fault: Value| http().post(&url).json(&fault).send().await.unwrap().status().as_u16();
    let busy = json!({"stage": "recipient", "action": "reply", "code": 450, "text": "busy", "times": 2});
    assert_eq!(order(busy.clone()).await, 204);
    assert_eq!(order(json!({"stage": "mail", "action": "reply", "code": 200})).await, 400);
    assert_eq!(order(json!({"stage": "lunch", "action": "drop"})).await, 422);
    assert_eq!(json_of(&inbox, "/api/faults").await, json!([busy]));
    let mut talk = Talk::begin(&inbox).await;
    assert_eq!(talk.send("a@x", MAIL).await, 450);
    http().delete(&url).send().await.unwrap();
    talk.say("RSET").await;
    assert_eq!(talk.send("a@x", MAIL).await, 250);
    assert!(get(&inbox, "/ca.pem").await.text().await.unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
}
