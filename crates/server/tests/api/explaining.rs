//! Why an alert has not fired.

use bellwether_feeds::{Coverage, FeedEvent, Update};
use bellwether_model::{Instrument, Observation, Origin, Tick, Venue};
use serde_json::{Value, json};

use crate::rig::{Person, Rig, crossing};

fn bitcoin() -> Instrument {
    "binance:BTCUSDT".parse().unwrap()
}

/// Lets a price come, so many seconds after the start of the clock.
async fn tick(rig: &Rig, id: u64, price: &str) {
    rig.clock.advance("1s");
    let tick = Tick::numbered(price.parse().unwrap(), rig.now(), id);
    let observations = vec![Observation { tick, trades: None, origin: Origin::Live }];
    rig.feed(Update::Ticks { instrument: bitcoin(), observations }).await;
}

/// What is explained once the evaluator has seen the tick with this number, and the alert.
async fn explained(rig: &Rig, ada: &Person, alert: &str, seen: u64) -> Value {
    for _ in 0..500 {
        let answer = rig.get(ada, &format!("/api/alerts/{alert}/explain")).await.expect(200).body;
        let is_armed = answer["hindrances"][0]["code"] != "not_yet_armed";
        if is_armed && answer["market"]["position"].as_u64().unwrap_or(0) >= seen {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the evaluator never saw tick {seen}");
}

#[tokio::test]
async fn a_target_that_was_not_reached_says_how_near_it_was() {
    let rig = Rig::evaluating().await;
    let ada = rig.person("ada@example.org").await;
    let alert = rig.alert(&ada, "33000").await;
    let first = explained(&rig, &ada, &alert, 0).await;
    assert_eq!(first["hindrances"], json!([{"code": "no_reference"}]));
    assert_eq!(
        (&first["market"], &first["watching"], &first["targets"]),
        (&Value::Null, &Value::Null, &json!([]))
    );

    let coverage = FeedEvent::Coverage { instrument: bitcoin(), coverage: Coverage::Watched };
    rig.feed(Update::Feed { venue: Venue::Binance, at: rig.now(), event: coverage }).await;
    for (id, price) in [(1, "32000"), (2, "32950"), (3, "32100")] {
        tick(&rig, id, price).await;
    }
    let answer = explained(&rig, &ada, &alert, 3).await;
    assert_eq!(answer["status"], "active");
    assert_eq!(answer["watching"], json!({"state": "watched", "since": "2027-01-15T08:00:00Z"}));
    assert_eq!(answer["hindrances"], json!([]));
    assert_eq!(
        answer["targets"],
        json!([{
            "side": "up", "price": "33000", "inclusive": true, "distance": "900", "distance_percent": "2.8 %",
            "nearest": {
                "price": "32950", "time": "2027-01-15T08:00:02Z", "short_by": "50", "short_by_percent": "0.15 %"
            },
        }])
    );
    assert_eq!(
        answer["sentence"],
        "It stands at 32,100 and fires at 33,000, 2.8 % away. The nearest that it came was 32,950 at \
         2027-01-15T08:00:02Z, 0.15 % short."
    );
}

#[tokio::test]
async fn what_keeps_an_alert_from_firing_is_named() {
    let rig = Rig::evaluating().await;
    let ada = rig.person("ada@example.org").await;
    let wish = json!({
        "instrument": "binance:BTCUSDT", "condition": {"type": "above", "price": "100", "reset": "90"},
        "repeat": {"mode": "every", "cooldown": "1m"},
    });
    let alert = rig.post(&ada, "/api/alerts", &wish).await.expect(201).id();
    explained(&rig, &ada, &alert, 0).await;
    tick(&rig, 1, "101").await;
    let answer = explained(&rig, &ada, &alert, 1).await;
    assert_eq!(answer["holds"], true);
    assert_eq!(answer["hindrances"][0], json!({"code": "cooling_down", "until": "2027-01-15T08:01:01Z"}));
    assert_eq!(answer["hindrances"][1]["code"], "not_ready");
    assert_eq!(answer["hindrances"][1]["at"][0]["price"], "90");
    assert_eq!(
        answer["sentence"],
        "It fired, and is cooling down until 2027-01-15T08:01:01Z. The price must first be below 90."
    );

    let path = format!("/api/alerts/{alert}");
    let codes = |answer: &Value| answer["hindrances"][0]["code"].clone();
    rig.post(&ada, &format!("{path}/pause"), &json!({})).await.expect(200);
    let answer = rig.get(&ada, &format!("{path}/explain")).await.expect(200).body;
    assert_eq!((codes(&answer), &answer["status"]), (json!("paused"), &json!("paused")));
    rig.call(&ada, "DELETE", &path).await.expect(204);
    let answer = rig.get(&ada, &format!("{path}/explain")).await.expect(200).body;
    assert_eq!(codes(&answer), "deleted");
}

#[tokio::test]
async fn a_silence_says_how_long_it_has_lasted_and_when_it_is_told() {
    let rig = Rig::evaluating().await;
    let ada = rig.person("ada@example.org").await;
    let wish = json!({"instrument": "binance:BTCUSDT", "condition": {"type": "silent", "for": "10m"},
                      "repeat": {"mode": "every"}});
    let alert = rig.post(&ada, "/api/alerts", &wish).await.expect(201).id();
    explained(&rig, &ada, &alert, 0).await;
    let coverage = FeedEvent::Coverage { instrument: bitcoin(), coverage: Coverage::Watched };
    rig.feed(Update::Feed { venue: Venue::Binance, at: rig.now(), event: coverage }).await;
    tick(&rig, 1, "32000").await;
    explained(&rig, &ada, &alert, 1).await;
    rig.clock.advance("3m");
    let answer = explained(&rig, &ada, &alert, 1).await;
    assert_eq!(answer["hindrances"], json!([{"code": "listening", "until": "2027-01-15T08:10:01Z"}]));
    assert_eq!((&answer["holds"], &answer["targets"]), (&Value::Null, &json!([])));
    assert_eq!(
        answer["sentence"],
        "The last trade was 3 minutes ago; it fires after 10 minutes without one. It fires at 2027-01-15T08:10:01Z, \
         unless a trade comes before."
    );
}

#[tokio::test]
async fn nobody_explains_somebody_elses_alert() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    let alert = rig.post(&ada, "/api/alerts", &crossing("33000")).await.expect(201).id();
    rig.get(&eve, &format!("/api/alerts/{alert}/explain")).await.refused(404, "not_found");
    // Without an evaluator at hand it is only not yet armed.
    let answer = rig.get(&ada, &format!("/api/alerts/{alert}/explain")).await.expect(200).body;
    assert_eq!(answer["hindrances"], json!([{"code": "not_yet_armed"}]));
}

#[tokio::test]
async fn a_list_says_how_far_each_alert_is_from_firing() {
    let rig = Rig::evaluating().await;
    let ada = rig.person("ada@example.org").await;
    let far = rig.alert(&ada, "36000").await;
    let near = rig.alert(&ada, "31000").await;
    let paused = rig.alert(&ada, "1").await;
    rig.post(&ada, &format!("/api/alerts/{paused}/pause"), &json!({})).await.expect(200);
    let coverage = FeedEvent::Coverage { instrument: bitcoin(), coverage: Coverage::Watched };
    rig.feed(Update::Feed { venue: Venue::Binance, at: rig.now(), event: coverage }).await;
    tick(&rig, 1, "32000").await;
    for alert in [&far, &near] {
        explained(&rig, &ada, alert, 1).await;
    }
    let listed = rig.get(&ada, "/api/alerts?include=outlook").await.expect(200).body;
    let outlooks: Vec<(&str, &Value)> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["id"].as_str().unwrap(), &item["outlook"]))
        .collect();
    let outlook = |target: &str, side: &str, distance: &str, percent: &str| {
        json!({
            "price": "32000", "price_at": "2027-01-15T08:00:01Z", "holds": null, "hindrance": null, "until": null, "watching": "watched",
            "target": target, "side": side, "distance": distance, "distance_percent": percent
        })
    };
    let (nearer, farther) =
        (outlook("31000", "down", "1000", "3.12 %"), outlook("36000", "up", "4000", "12.5 %"));
    let expected = [(paused.as_str(), &Value::Null), (near.as_str(), &nearer), (far.as_str(), &farther)];
    assert_eq!(outlooks, expected);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["items"][1]["outlook"], Value::Null);
    let refused = rig.get(&ada, "/api/alerts?include=everything").await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["include unknown_value"]);
}

#[tokio::test]
async fn a_channel_that_was_deleted_is_named_where_an_alert_goes_over_it() {
    let ebay = [("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")];
    let rig = Rig::with(&ebay).await;
    let ada = rig.person("ada@example.org").await;
    let hook = json!({"kind": "webhook", "name": "desk", "url": "https://example.org/hook"});
    let hook = rig.post(&ada, "/api/channels", &hook).await.expect(201).id();
    let mut price = crossing("33000");
    price["channels"] = json!([hook]);
    let digest = json!({"kind": "digest", "search": {"query": "leica m6"}, "schedule": {"every": "1h"},
        "channels": ["email", hook]});
    let alerts = [
        (rig.post(&ada, "/api/alerts", &price).await.expect(201).id(), "when it fires, nobody is told."),
        (rig.post(&ada, "/api/alerts", &digest).await.expect(201).id(), "nothing goes over it."),
    ];
    let explained = async |alert: &str| {
        let answer = rig.get(&ada, &format!("/api/alerts/{alert}/explain")).await.expect(200).body;
        let hindrances = answer["hindrances"].as_array().unwrap().clone();
        let named = hindrances.iter().any(|hindrance| hindrance["code"] == "channel_deleted");
        (named, answer["sentence"].as_str().unwrap().to_owned())
    };
    for (alert, _) in &alerts {
        assert!(!explained(alert).await.0);
    }
    rig.call(&ada, "DELETE", &format!("/api/channels/{hook}")).await.expect(204);
    for (alert, words) in &alerts {
        let (named, sentence) = explained(alert).await;
        assert!(named && sentence.ends_with(words), "{sentence}");
    }
}
