//! Instruments that administrators switch off and on, and add.

use serde_json::{Value, json};

use crate::rig::{Rig, crossing};

const PATH: &str = "/api/admin/instruments";

#[tokio::test]
async fn an_instrument_is_switched_off_and_on() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let off = json!({"instrument": "binance:btcusdt", "enabled": false});
    rig.get(&ada, PATH).await.refused(403, "administrator_required");
    rig.call_with(&ada, "PATCH", PATH, &off).await.refused(403, "administrator_required");
    rig.post(&ada, PATH, &off).await.refused(403, "administrator_required");
    rig.promote("ada@example.org").await;
    // Believed to be watched, until it is switched off here.
    rig.post(&ada, "/api/alerts", &crossing("33000")).await.expect(201);
    let switched = rig.call_with(&ada, "PATCH", PATH, &off).await.expect(200).body;
    assert_eq!((&switched["id"], &switched["enabled"]), (&json!("binance:BTCUSDT"), &json!(false)));
    let refused = rig.post(&ada, "/api/alerts", &crossing("34000")).await;
    assert_eq!(refused.faults(), ["instrument instrument_disabled"]);
    let listed = async |query: &str| {
        let page = rig.get(&ada, &format!("{PATH}{query}")).await.expect(200).body;
        let ids = page["items"].as_array().unwrap().iter().map(|item| item["id"].clone());
        ids.collect::<Vec<Value>>()
    };
    assert_eq!(listed("?enabled=false").await, ["binance:BTCUSDT"]);
    assert_eq!(listed("").await.len(), 4);
    assert_eq!(listed("?enabled=true&q=eth").await, ["binance:ETHBTC", "binance:ETHUSDT"]);
    let shown = rig.get(&ada, "/api/instruments/binance:BTCUSDT").await.expect(200).body;
    assert_eq!(shown["enabled"], false);
    let on = json!({"instrument": "binance:BTCUSDT", "enabled": true});
    rig.call_with(&ada, "PATCH", PATH, &on).await.expect(200);
    rig.post(&ada, "/api/alerts", &crossing("34000")).await.expect(201);
}

#[tokio::test]
async fn what_cannot_be_switched_or_added_is_refused_and_changes_nothing() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    rig.promote("ada@example.org").await;
    let nope = json!({"instrument": "binance:NOPE", "enabled": false});
    rig.call_with(&ada, "PATCH", PATH, &nope).await.expect(404);
    for (wish, faults) in [
        (json!({}), vec!["instrument required", "enabled required"]),
        (json!({"instrument": "push:a/b", "enabled": false}), vec!["instrument not_watched"]),
    ] {
        assert_eq!(rig.call_with(&ada, "PATCH", PATH, &wish).await.faults(), faults, "{wish}");
    }
    // Venues that stream name all that they have; the lists of the others are not all.
    for (instrument, fault) in [
        ("binance:NOPE", "instrument unknown_instrument"),
        ("kraken:FOO/BAR", "instrument unknown_instrument"),
        ("coingecko:nonsense", "instrument unknown_instrument"),
        ("push:a/b", "instrument not_watched"),
    ] {
        let refused = rig.post(&ada, PATH, &json!({"instrument": instrument})).await;
        assert_eq!(refused.faults(), [fault], "{instrument}");
    }
    let added = rig.post(&ada, PATH, &json!({"instrument": "uphold:xau-gbp@BID"})).await.expect(201).body;
    assert_eq!(
        (&added["id"], &added["base"], &added["quote"], &added["enabled"]),
        (&json!("uphold:XAU-GBP@bid"), &json!("XAU"), &json!("GBP"), &json!(true))
    );
    // One that is known is switched on by being added.
    let off = json!({"instrument": "uphold:XAU-GBP@bid", "enabled": false});
    rig.call_with(&ada, "PATCH", PATH, &off).await.expect(200);
    let again = rig.post(&ada, PATH, &json!({"instrument": "uphold:XAU-GBP@bid"})).await.expect(200).body;
    assert_eq!(again["enabled"], true);
    rig.post(&ada, PATH, &json!({"instrument": "coingecko:some-coin-usd"})).await.expect(201);
}
