//! What a webhook says, and how its answers are read.

use bellwether_model::{Measure, PartTruth, Repeat, Status};
use bellwether_notify::webhook::{BODY_BYTES, FIRES_MAX, body};
use bellwether_notify::{
    AlertFired, Message, Outcome, Together, WebhookSecret, WebhookSender, WebhookTarget,
};

use super::http_server::{HttpServer, Manner};
use super::outgoing::{PATIENCE, client};
use super::samples::{SENT, combined, expired, fired, span, time, verify};

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

fn said(message: &Message) -> serde_json::Value {
    serde_json::from_str(&body(message)).unwrap()
}

#[test]
fn fires_that_come_together_are_each_told_as_they_would_be_alone() {
    let together = combined(3, Together::Pace);
    let Message::Combined(fires) = &together else { panic!("not combined") };
    let told = said(&together);
    assert_eq!(
        (&told["type"], &told["timestamp"]),
        (&"alerts.fired".into(), &"2026-11-21T10:02:00.123Z".into())
    );
    assert_eq!(told["data"]["summary"], "3 alerts fired between 10:00 and 10:02");
    let alone = fires.fires.iter().map(|fired| said(&Message::AlertFired(Box::new(fired.clone()))));
    let alone: Vec<_> = alone.map(|alone| alone["data"].clone()).collect();
    assert_eq!(told["data"]["fires"], serde_json::Value::from(alone));

    let page = include_str!("../../../../docs/webhooks.md");
    let documented = page.split("```json\n").nth(3).unwrap().split("```").next().unwrap();
    let documented: serde_json::Value = serde_json::from_str(documented).unwrap();
    let (mut shown, sent) = (documented["data"]["fires"][0].clone(), &told["data"]["fires"][0]);
    assert_eq!(
        (&documented["type"], &documented["timestamp"]),
        (&told["type"], &sent["fire"]["evidence"]["time"])
    );
    shown["alert"]["name"] = sent["alert"]["name"].clone();
    assert_eq!(shown, *sent);
}

#[test]
fn fires_that_come_together_are_all_named_however_large_they_are() {
    let count = u32::try_from(FIRES_MAX).unwrap();
    let told = |edit: &dyn Fn(&mut AlertFired)| {
        let Message::Combined(mut fires) = combined(count, Together::Pace) else { panic!("not combined") };
        fires.fires.iter_mut().for_each(edit);
        let body = body(&Message::Combined(fires));
        assert!(body.len() <= BODY_BYTES, "{}", body.len());
        let said: serde_json::Value = serde_json::from_str(&body).unwrap();
        let told = said["data"]["fires"].as_array().unwrap().clone();
        assert_eq!(told.len(), FIRES_MAX);
        told
    };
    let with_long_notes = told(&|fired| fired.note = "x".repeat(bellwether_model::limits::NOTE_CHARS));
    assert!(
        with_long_notes.iter().all(|one| one["alert"]["note"].is_null() && one["alert"]["name"].is_string())
    );
    let largest = told(&|fired| {
        let Message::AlertFired(large) = largest() else { panic!("not fired") };
        *fired = AlertFired { delivery: fired.delivery, fire_number: u64::MAX, ..*large };
        fired.evidence.price = "9999999999999999999999999999".parse().unwrap();
    });
    insta::assert_json_snapshot!(largest[0], @r#"
    {
      "alert": {
        "id": "01940000-0000-7000-8000-00000000000a"
      },
      "delivery_id": "01940000-0000-7000-8000-000000000000",
      "fire": {
        "evidence": {
          "price": "9999999999999999999999999999",
          "time": "2026-11-21T10:00:00.123Z"
        },
        "number": 18446744073709551615
      }
    }
    "#);
}

#[test]
fn the_largest_alert_fits() {
    let size = body(&largest()).len();
    assert!(size <= BODY_BYTES, "{size}");
}

fn largest() -> Message {
    let mut large = fired();
    large.alert_name = "\u{1}".repeat(bellwether_model::limits::NAME_CHARS);
    large.note = "😀".repeat(bellwether_model::limits::NOTE_CHARS);
    large.message = "{note}".repeat(bellwether_model::limits::MESSAGE_CHARS / 6);
    let part = format!(r#"{{"type":"above","price":"33000","instrument":"push:{}"}}"#, "x".repeat(123));
    let parts = vec![part; bellwether_model::limits::PARTS_MAX];
    large.condition =
        serde_json::from_str(&format!(r#"{{"type":"any","of":[{}]}}"#, parts.join(","))).unwrap();
    let instrument = format!("push:{}", "x".repeat(123));
    let truth = PartTruth { instrument: instrument.parse().unwrap(), kind: "above".into(), holds: true };
    large.evidence.measure = Measure::Parts(vec![truth; bellwether_model::limits::PARTS_MAX]);
    large.repeat = Repeat::Every { cooldown: span("15m"), max_fires: Some(10) };
    large.status_after = Status::Active;
    Message::AlertFired(Box::new(large))
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
