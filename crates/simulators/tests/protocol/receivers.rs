//! The receivers as a plain HTTP client meets them: their answers, limits and errors, faults, and what the
//! JSON interface lists.

use bellwether_simulators::receivers::{Action, Fault, Receivers, ReceiversConfig, Running, Service};
use serde_json::{Value, json};

use super::client::{Hand, NOW_US, PATIENCE, http};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN: &str = "123456:abcdefghijklmnopqrstuvwxyz012345678";
const TELEGRAM: &str = "/bot123456:abcdefghijklmnopqrstuvwxyz012345678/sendMessage";
const SLACK: &str = "/services/T000/B000/s3cr3t-of-slack";
const DISCORD: &str = "/api/webhooks/1234567890/s3cr3t-of-discord";

async fn start() -> Running {
    Receivers::start(ReceiversConfig::new(|| NOW_US)).await.unwrap()
}

struct Reply {
    status: u16,
    retry_after: Option<String>,
    body: String,
}

async fn post(running: &Running, path: &str, body: impl Into<String>) -> Reply {
    post_with(running, path, body, &[]).await
}

async fn post_with(
    running: &Running,
    path: &str,
    body: impl Into<String>,
    headers: &[(&str, &str)],
) -> Reply {
    let mut call = http().post(format!("{}{path}", running.url())).body(body.into());
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    let response = call.send().await.unwrap();
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    Reply { status, retry_after, body: response.text().await.unwrap() }
}

/// Posts one body after the other and compares status and a part of the answer.
async fn check(running: &Running, path: &str, cases: &[(Value, u16, &str)]) {
    for (body, status, part) in cases {
        let reply = post(running, path, body.to_string()).await;
        assert_eq!(reply.status, *status, "{body}: {}", reply.body);
        assert!(reply.body.contains(part), "{body}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_webhook_is_verified_before_it_is_believed() {
    let mut config = ReceiversConfig::new(|| NOW_US);
    config.webhook_secrets = vec![SECRET.to_owned()];
    let running = Receivers::start(config).await.unwrap();
    let body = r#"{"type":"alert.fired","data":{"summary":"up"}}"#;
    let now_s = (NOW_US / 1_000_000).to_string();
    // Made with Python's `hmac`, which shares nothing with the receiver.
    let good = "v1,Mxr6wzRH9v9Uw+BL1yj3YyoUddlW1TWSRp1cqZTlPSI=";
    let mut ask = Vec::new();
    for (id, timestamp, signature) in [
        ("msg_1", now_s.as_str(), good),
        ("msg_1", now_s.as_str(), &format!("v1,AAAA v1a,BBBB {good}")),
        ("msg_2", now_s.as_str(), good),
        ("msg_1", "1795257225", good),
        ("msg_1", "1795250000", good),
        ("msg.1", now_s.as_str(), good),
        ("msg_1", now_s.as_str(), ""),
    ] {
        let headers =
            [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
        ask.push(post_with(&running, "/hooks/a", body, &headers).await.status);
    }
    assert_eq!(ask, [200, 200, 401, 401, 401, 401, 401]);
    let posts = running.postbox().posts_to(Service::Webhook);
    let remarks: Vec<_> = posts.iter().rev().map(|post| post.remarks.join(" ")).collect();
    assert_eq!(remarks[..3], ["verified alert.fired", "verified alert.fired duplicate", ""]);
    assert_eq!(posts.iter().filter(|post| post.taken).count(), 2);
}

#[tokio::test]
async fn telegram_answers_as_its_server_does() {
    let mut config = ReceiversConfig::new(|| NOW_US);
    config.telegram_token = Some(TOKEN.to_owned());
    let running = Receivers::start(config).await.unwrap();
    let say = |text: &str| json!({"chat_id": 7, "text": text, "parse_mode": "HTML"});
    check(
        &running,
        TELEGRAM,
        &[
            (say("<b>1 &lt; 2</b>"), 200, r#""text":"1 < 2""#),
            (say(&"&lt;".repeat(4_096)), 200, r#""ok":true"#),
            (say(&"x".repeat(4_097)), 400, "message is too long"),
            (say("<script>"), 400, "can't parse entities"),
            (say(" "), 400, "message text is empty"),
            (json!({"chat_id": "404", "text": "x"}), 400, "chat not found"),
            (json!({"chat_id": 403, "text": "x"}), 403, "bot was blocked by the user"),
            (json!({"chat_id": 400, "text": "x"}), 400, r#""migrate_to_chat_id":-1001234567890"#),
            (json!({"text": "x"}), 400, "chat_id is empty"),
        ],
    )
    .await;
    let stranger = format!("/bot9:{}/sendMessage", "x".repeat(35));
    assert_eq!(post(&running, &stranger, "{}").await.status, 401);
    assert_eq!(post(&running, "/bot9:short/sendMessage", "{}").await.status, 404);
    assert_eq!(running.postbox().posts().last().unwrap().shown, "1 < 2");
}

#[tokio::test]
async fn slack_answers_in_a_word() {
    let running = start().await;
    let section = |text: &str| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
    check(
        &running,
        SLACK,
        &[
            (json!({"text": "1 &lt; 2 <https://x|open>"}), 200, "ok"),
            (json!({"text": "<!channel> up"}), 200, "ok"),
            (json!({"text": ""}), 400, "no_text"),
            (json!({"text": "x".repeat(40_001)}), 400, "msg_too_long"),
            (json!({"text": "x", "blocks": [section(&"x".repeat(3_000))]}), 200, "ok"),
            (json!({"text": "x", "blocks": [section(&"x".repeat(3_001))]}), 400, "invalid_blocks"),
            (json!({"text": "x", "blocks": vec![section("x"); 51]}), 400, "invalid_blocks"),
        ],
    )
    .await;
    assert_eq!(post(&running, SLACK, "{").await.body, "invalid_payload");
    assert_eq!(post(&running, "/services/T0/B0/short", "{}").await.body, "no_service");
    let posts = running.postbox().posts_to(Service::Slack);
    let (first, second) = (&posts[posts.len() - 1], &posts[posts.len() - 2]);
    assert_eq!(first.shown, "1 < 2 open");
    assert_eq!(
        (first.remarks.len(), second.remarks.as_slice()),
        (0, ["mentions <!channel>".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn discord_counts_characters_and_calls_nobody_who_is_silenced() {
    let running = start().await;
    let silenced = json!({"content": "@everyone", "allowed_mentions": {"parse": []}});
    let embed = |chars: usize| json!({"description": "x".repeat(chars)});
    check(
        &running,
        DISCORD,
        &[
            (silenced, 204, ""),
            (json!({"content": "@everyone"}), 204, ""),
            (json!({"content": "ä".repeat(2_000)}), 204, ""),
            (json!({"content": "x".repeat(2_001)}), 400, "50035"),
            (json!({"content": " "}), 400, "50006"),
            (json!({"embeds": [embed(4_096)]}), 204, ""),
            (json!({"embeds": [embed(4_097)]}), 400, "50035"),
            (json!({"embeds": [embed(4_000), embed(2_001)]}), 400, "50035"),
            (json!({"embeds": vec![embed(1); 11]}), 400, "50035"),
        ],
    )
    .await;
    let waited = post(&running, &format!("{DISCORD}?wait=True"), r#"{"content":"up"}"#).await;
    assert_eq!(waited.status, 200);
    assert!(waited.body.contains(r#""content":"up""#), "{}", waited.body);
    assert_eq!(post(&running, "/api/webhooks/x/y", "{}").await.status, 404);
    assert_eq!(post(&running, "/api/webhooks/1/short", "{}").await.status, 401);
    let posts = running.postbox().posts();
    let first_two: Vec<_> = posts.iter().rev().take(2).map(|post| post.remarks.clone()).collect();
    assert_eq!(first_two, [vec![], vec!["mentions @everyone".to_owned()]]);
}

#[tokio::test]
async fn ntfy_reads_json_at_its_root() {
    let running = start().await;
    let say = |message: &str| json!({"topic": "up_1", "message": message});
    check(
        &running,
        "/",
        &[
            (say("up"), 200, r#""event":"message""#),
            (say(""), 200, r#""message":"triggered""#),
            (say(&"x".repeat(4_097)), 200, r#""topic":"up_1""#),
            (say(&"x".repeat(9_000)), 413, "41303"),
            (json!({"topic": "a b"}), 400, "40009"),
            (json!({"topic": "x".repeat(65)}), 400, "40009"),
            (json!({"topic": "a", "priority": 6}), 400, "40007"),
        ],
    )
    .await;
    let attached: Vec<_> = running.postbox().posts().iter().map(|post| post.remarks.len()).collect();
    assert_eq!(attached.iter().sum::<usize>(), 1);

    let mut config = ReceiversConfig::new(|| NOW_US);
    config.ntfy_token = Some("tk_right".to_owned());
    let closed = Receivers::start(config).await.unwrap();
    for (header, status) in [("", 403), ("Bearer tk_wrong", 401), ("Bearer tk_right", 200)] {
        let headers = [("authorization", header)];
        let headers = if header.is_empty() { &[][..] } else { &headers };
        assert_eq!(post_with(&closed, "/", say("up").to_string(), headers).await.status, status);
    }
}

#[tokio::test]
async fn too_many_are_told_to_wait() {
    let hand = Hand::new();
    let mut config = ReceiversConfig::new(hand.clock());
    config.rates = true;
    let running = Receivers::start(config).await.unwrap();
    for (path, body, burst) in [
        (TELEGRAM, json!({"chat_id": 7, "text": "x"}), 3),
        (SLACK, json!({"text": "x"}), 3),
        (DISCORD, json!({"content": "x"}), 5),
        ("/", json!({"topic": "x"}), 60),
    ] {
        for _ in 0..burst {
            let status = post(&running, path, body.to_string()).await.status;
            assert!((200..300).contains(&status), "{path}: {status}");
        }
        let refused = post(&running, path, body.to_string()).await;
        assert_eq!(refused.status, 429, "{path}");
        let says_when = path != "/";
        assert_eq!(refused.retry_after.as_deref(), says_when.then_some("1"), "{path}: {}", refused.body);
        hand.advance(std::time::Duration::from_secs(5));
        assert_ne!(post(&running, path, body.to_string()).await.status, 429, "{path}");
    }
}

#[tokio::test]
async fn faults_strike_on_command_and_all_is_listed() {
    let running = start().await;
    let faults = format!("{}/api/faults", running.http_url());
    let order =
        async |fault: Value| http().post(&faults).json(&fault).send().await.unwrap().status().as_u16();
    assert_eq!(order(json!({"action": "status", "code": 42})).await, 400);
    let busy = json!({"service": "slack", "action": "status", "code": 503, "retry_after": "30", "times": 1});
    assert_eq!(order(busy).await, 204);
    let busy = post(&running, SLACK, r#"{"text":"a"}"#).await;
    assert_eq!((busy.status, busy.retry_after.as_deref()), (503, Some("30")));
    assert_eq!(post(&running, SLACK, r#"{"text":"a"}"#).await.status, 200);

    for action in [Action::Close, Action::TakeThenClose] {
        running.add_fault(Fault { service: None, action, times: Some(1) }).unwrap();
        let lost = http().post(format!("{}{SLACK}", running.url())).body(r#"{"text":"b"}"#).send().await;
        assert!(lost.is_err());
    }
    let one = |action| Fault { service: None, action, times: Some(1) };
    running.add_fault(one(Action::HugeBody { bytes: 1_000_000 })).unwrap();
    assert_eq!(post(&running, SLACK, r#"{"text":"c"}"#).await.body.len(), 1_000_002);
    running.add_fault(one(Action::Echo { code: 500 })).unwrap();
    assert!(post(&running, SLACK, r#"{"text":"d"}"#).await.body.contains("s3cr3t-of-slack"));
    running.add_fault(Fault { service: None, action: Action::Hang, times: None }).unwrap();
    let silent = http().post(format!("{}{SLACK}", running.url())).body("{}").send();
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), silent).await.is_err());
    assert_eq!(http().delete(&faults).send().await.unwrap().status().as_u16(), 204);

    let url = format!("{}/api/wait?count=7", running.http_url());
    let listed: Value = http().get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed["total"], 7);
    let taken: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|post| post["taken"].clone()).collect();
    assert_eq!(taken, [false, false, true, true, false, true, false]);
    assert_eq!(listed["items"][0]["status"], 0);

    running.set_shut(true);
    assert!(http().post(running.url()).body("{}").send().await.is_err());
    running.set_shut(false);
    assert_eq!(post(&running, "/nowhere", "{}").await.status, 404);
    running.postbox().wait_for(7, PATIENCE).await.unwrap();
    running.stop().await;
}
