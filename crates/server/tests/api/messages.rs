//! An alert's own words: checked when they are written, and shown as each kind of channel would get them.

use serde_json::{Value, json};

use crate::previewing::with_past;
use crate::rig::{Person, Rig};

const PREVIEW: &str = "/api/alerts/preview-message";

fn draft(message: &str) -> Value {
    json!({
        "name": "BTC", "instrument": "binance:btcusdt", "condition": {"type": "crossing", "price": "33000"},
        "message": message,
    })
}

async fn preview(rig: &Rig, ada: &Person, wish: &Value) -> Value {
    rig.post(ada, PREVIEW, wish).await.expect(200).body
}

#[tokio::test]
async fn a_draft_shows_its_message_on_every_channel() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let told = preview(&rig, &ada, &draft("{symbol} reached {price}, sell!\n<b>{name}</b> *now*")).await;
    assert_eq!(told["email"]["subject"], "BTCUSDT reached 33,000, sell!");
    let text = told["email"]["text"].as_str().unwrap();
    assert!(
        text.starts_with("BTCUSDT reached 33,000, sell!\n<b>BTC</b> *now*\n\nBTCUSDT reached 33,000\n"),
        "{text}"
    );
    let html = told["email"]["html"].as_str().unwrap();
    assert!(html.contains("&lt;b&gt;BTC") && !html.contains("<b>BTC"), "{html}");
    assert_eq!(
        told["webhook"]["data"]["alert"]["message"],
        "BTCUSDT reached 33,000, sell!\n<b>BTC</b> *now*"
    );
    for (chat, part) in [
        ("telegram", "\n&lt;b&gt;BTC&lt;/b&gt; *now*\n"),
        ("slack", "\n&lt;b&gt;BTC&lt;/b&gt; *now*\n"),
        ("discord", "\n\\<b\\>BTC\\</b\\> \\*now\\*\n"),
    ] {
        let text = told[chat].as_str().unwrap();
        assert!(text.contains(part), "{chat}: {text}");
    }
    assert_eq!(told["ntfy"]["title"], "BTCUSDT reached 33,000, sell!");
    let price = told["placeholders"].as_array().unwrap().iter().find(|one| one["name"] == "price").unwrap();
    assert_eq!(price["value"], "33,000");
    let alerts = rig.get(&ada, "/api/alerts").await.expect(200).body;
    assert_eq!(alerts["total"], 0, "nothing was made");
}

#[tokio::test]
async fn a_mail_is_shown_with_its_picture_where_there_is_a_past() {
    let (rig, ada) = with_past().await;
    let told = preview(&rig, &ada, &draft("")).await;
    let html = told["email"]["html"].as_str().unwrap();
    assert!(html.contains("src=\"data:image/png;base64,iVBORw0KGgo") && !html.contains("cid:"), "{html}");
    let mut other = draft("");
    other["instrument"] = json!("binance:ethusdt");
    let told = preview(&rig, &ada, &other).await;
    assert!(!told["email"]["html"].as_str().unwrap().contains("<img"), "nothing is known of it");
}

#[tokio::test]
async fn a_silence_is_told_as_one() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let silent = json!({"instrument": "binance:btcusdt", "condition": {"type": "silent", "for": "10m"}});
    let told = preview(&rig, &ada, &silent).await;
    let expected = "BTCUSDT has had no trade for 10 minutes (the last at 100) · Binance";
    assert_eq!(told["email"]["subject"], expected);
    let text = told["email"]["text"].as_str().unwrap();
    assert!(text.contains("Last trade ") && text.contains("\nWhy: The last trade of BTCUSDT was "), "{text}");
}

#[tokio::test]
async fn an_alert_that_there_is_shows_its_message_with_what_would_be_changed() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let made = rig.post(&ada, "/api/alerts", &draft("{name}: {price}")).await.expect(201).body;
    assert_eq!(made["message"], "{name}: {price}", "as it is written");
    let id = &made["id"];
    assert_eq!(preview(&rig, &ada, &json!({"id": id})).await["email"]["subject"], "BTC: 33,000");
    let changed = json!({"id": id, "name": "Ether", "message": "{name}!"});
    assert_eq!(preview(&rig, &ada, &changed).await["email"]["subject"], "Ether!");
    let path = format!("/api/alerts/{}", id.as_str().unwrap());
    assert_eq!(rig.get(&ada, &path).await.body["name"], "BTC", "it was only shown");
    rig.post(&bob, PREVIEW, &json!({"id": id})).await.refused(404, "not_found");
    rig.post(&ada, PREVIEW, &json!({"id": "x"})).await.refused(400, "invalid_input");
    rig.post(&ada, PREVIEW, &json!({"id": id, "message": "{x}"})).await.refused(400, "invalid_input");

    // Only what is sent can be at fault, and nobody looks at another's feed.
    rig.push(&bob, "push:bobs-feed/X", "7").await;
    let foreign = json!({"id": id, "instrument": "push:bobs-feed/X", "message": "{price}"});
    rig.post(&ada, PREVIEW, &foreign).await.refused(400, "invalid_input");
    rig.post(&ada, PREVIEW, &json!({"id": id, "expires_at": "2027-01-15T08:00:00Z"}))
        .await
        .refused(400, "invalid_input");

    let cleared = rig.call_with(&ada, "PATCH", &path, &json!({"message": null})).await.expect(200).body;
    assert_eq!(cleared["message"], "");
    let usual = preview(&rig, &ada, &json!({"id": id})).await;
    assert_eq!(usual["email"]["subject"], "BTCUSDT reached 33,000 · Binance");
}

#[tokio::test]
async fn every_condition_has_a_message() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for (condition, expected) in [
        (json!({"type": "crossing_down", "price": "10"}), "fell to 10"),
        (json!({"type": "entering_channel", "low": "10", "high": "12"}), "entered 10 to 12"),
        (json!({"type": "exiting_channel", "low": "10", "high": "12"}), "left 10 to 12"),
        (json!({"type": "below", "price": "10", "for": "10s"}), "has been at or below 10 for 10 seconds"),
        (json!({"type": "outside_channel", "low": "10", "high": "12"}), "is outside 10 to 12"),
        (json!({"type": "change", "percent": "5", "direction": "down"}), "fell 5 %"),
        (
            json!({"type": "moving", "amount": "4", "direction": "either", "window": "1h"}),
            "rose 4 within 1 hour",
        ),
        (json!({"type": "new_low", "window": "1d"}), "is lower than at any time in 1 day"),
        (json!({"type": "trailing", "percent": "10", "direction": "down"}), "fell 10 % from its highest"),
        (
            json!({"type": "all", "of": [{"type": "above", "price": "10"}, {"type": "below", "price": "12"}]}),
            "all 2 conditions hold",
        ),
    ] {
        let mut wish = draft("");
        wish["condition"] = condition;
        let told = preview(&rig, &ada, &wish).await;
        let subject = told["email"]["subject"].as_str().unwrap();
        assert!(subject.contains(expected), "{subject}");
    }
}

#[tokio::test]
async fn alerts_on_products_have_words_of_their_own_too() {
    let rig = Rig::with(&[("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")]).await;
    let ada = rig.person("ada@example.org").await;
    let search = json!({"query": "leica m6", "max_price": "900"});
    for more in [
        json!({"kind": "search", "condition": {"type": "price_drop", "percent": "5"}}),
        json!({"kind": "search", "condition": {"type": "below", "price": "800"}}),
        json!({"kind": "search", "condition": {"type": "ended"}}),
        json!({"kind": "digest", "schedule": {"every": "10m"}, "top": 20}),
        json!({"kind": "insights", "schedule": {"cron": "0 9 * * *"}}),
    ] {
        let mut wish = json!({"search": search, "message": "{count} for {search}: {title} at {price}"});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = preview(&rig, &ada, &wish).await;
        let subject = told["email"]["subject"].as_str().unwrap();
        assert!(subject.contains(" for leica m6: leica m6 (sample 1) at "), "{subject}");
        assert!(subject.ends_with(" USD"), "{subject}");
        wish["message"] = json!("{symbol}");
        rig.post(&ada, PREVIEW, &wish).await.refused(400, "invalid_input");
    }
}

#[tokio::test]
async fn wrong_words_are_told_by_their_place_and_change_nothing() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let made = rig.post(&ada, "/api/alerts", &draft("")).await.expect(201).body;
    let path = format!("/api/alerts/{}", made["id"].as_str().unwrap());
    for (message, code, expected) in [
        (
            "at {prise}",
            "unknown_placeholder",
            "character 4: {prise} is no placeholder here; known are {summary}",
        ),
        ("{price", "unbalanced", "character 1: this { is never closed"),
        ("price}", "unbalanced", "character 6: this } closes nothing"),
    ] {
        for answer in [
            rig.post(&ada, "/api/alerts", &draft(message)).await,
            rig.post(&ada, PREVIEW, &draft(message)).await,
            rig.call_with(&ada, "PATCH", &path, &json!({"message": message})).await,
        ] {
            let refused = answer.refused(400, "invalid_input");
            let fault = &refused.body["errors"][0];
            assert_eq!((&fault["field"], &fault["code"]), (&json!("message"), &json!(code)));
            assert!(fault["message"].as_str().unwrap().starts_with(expected), "{fault}");
        }
    }
    let long = draft(&"x".repeat(1_001));
    rig.post(&ada, "/api/alerts", &long).await.refused(400, "invalid_input");
    assert_eq!(rig.get(&ada, &path).await.body["version"], made["version"]);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 1);
}
