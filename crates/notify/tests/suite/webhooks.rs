//! What a webhook says, and how its answers are read.

use bellwether_model::{Measure, PartTruth, Repeat, Status};
use bellwether_notify::webhook::{BODY_BYTES, body};
use bellwether_notify::{Message, Outcome, WebhookSecret, WebhookSender, WebhookTarget};

use super::http_server::{HttpServer, Manner};
use super::outgoing::{PATIENCE, client};
use super::samples::{SENT, expired, fired, span, time, verify};

#[test]
fn an_address_is_verified() {
    let said: serde_json::Value = serde_json::from_str(&body(&Message::VerifyAddress(verify()))).unwrap();
    insta::assert_json_snapshot!(said, @r#"
    {
      "data": {
        "delivery_id": "01940000-0000-7000-8000-00000000000e",
        "summary": "Open the address to confirm that alerts may be sent here.",
        "url": "https://alerts.example.org/verify?token=abc&x=1"
      },
      "type": "address.verify"
    }
    "#);
}

#[test]
fn an_alert_that_has_expired_is_named_by_its_id() {
    let said: serde_json::Value = serde_json::from_str(&body(&expired(1))).unwrap();
    insta::assert_json_snapshot!(said, @r#"
    {
      "data": {
        "alert_id": "01940000-0000-7000-8000-00000000000a",
        "delivery_id": "01940000-0000-7000-8000-00000000000f",
        "summary": "The time of the alert \"BTC <reaches> 33k\" is over: BTCUSDT reaches 33,000. It fired once. It does not fire any more. Give it a later end, and it watches on."
      },
      "type": "alert.expired"
    }
    "#);
}

/// The documentation shows this very body.
#[test]
fn the_documented_body_is_the_one_that_is_sent() {
    let page = include_str!("../../../../docs/webhooks.md");
    let documented = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let documented: serde_json::Value = serde_json::from_str(documented).unwrap();
    let sent: serde_json::Value =
        serde_json::from_str(&body(&Message::AlertFired(Box::new(fired())))).unwrap();
    assert_eq!(documented, sent);
}

#[test]
fn the_largest_alert_fits() {
    let mut large = fired();
    large.alert_name = "\u{1}".repeat(bellwether_model::limits::NAME_CHARS);
    large.note = "😀".repeat(bellwether_model::limits::NOTE_CHARS);
    let part = format!(r#"{{"type":"above","price":"33000","instrument":"push:{}"}}"#, "x".repeat(123));
    let parts = vec![part; bellwether_model::limits::PARTS_MAX];
    large.condition =
        serde_json::from_str(&format!(r#"{{"type":"any","of":[{}]}}"#, parts.join(","))).unwrap();
    let instrument = format!("push:{}", "x".repeat(123));
    let truth = PartTruth { instrument: instrument.parse().unwrap(), kind: "above".into(), holds: true };
    large.evidence.measure = Measure::Parts(vec![truth; bellwether_model::limits::PARTS_MAX]);
    large.repeat = Repeat::Every { cooldown: span("15m"), max_fires: Some(10) };
    large.status_after = Status::Active;
    let size = body(&Message::AlertFired(Box::new(large))).len();
    assert!(size <= BODY_BYTES, "{size}");
}

fn target(address: &str) -> WebhookTarget {
    WebhookTarget {
        endpoint: format!("http://{address}/hooks/t0ken-of-ada").parse().unwrap(),
        secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap(),
        former_secrets: Vec::new(),
    }
}

#[tokio::test]
async fn every_attempt_has_the_same_id_and_its_own_time_and_signature() {
    let mut server = HttpServer::start(Manner::status(204, "", "")).await;
    let sender = WebhookSender::new(client(&["127.0.0.1"], PATIENCE));
    let mut target = target(&server.address.to_string());
    let message = Message::AlertFired(Box::new(fired()));
    let former: WebhookSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse().unwrap();
    for (now, former_secrets) in [(SENT, vec![]), ("2026-11-21T10:05:00Z", vec![former])] {
        target.former_secrets = former_secrets;
        let outcome = sender.send(&target, &message, time(now)).await;
        assert_eq!(outcome, Outcome::Delivered { reply: "204".into() });
    }
    let seen = server.seen_so_far();
    let header = |request: &str, name: &str| {
        request.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).unwrap().to_owned()
    };
    let (first, second) = (&seen[1], &seen[2]);
    assert_eq!(header(first, "webhook-id:"), "01940000-0000-7000-8000-00000000000d");
    assert_eq!(header(first, "webhook-id:"), header(second, "webhook-id:"));
    assert_eq!(header(first, "webhook-timestamp:"), "1795255200");
    assert_eq!(header(second, "webhook-timestamp:"), "1795255500");
    assert_eq!(header(first, "content-type:"), "application/json");
    assert_eq!(header(first, "webhook-signature:").split(' ').count(), 1);
    assert_eq!(header(second, "webhook-signature:").split(' ').count(), 2);
    assert_eq!(first.split_once("\r\n\r\n").unwrap().1, body(&message));
}
