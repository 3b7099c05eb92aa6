//! What can be watched.

use serde_json::{Value, json};

use crate::rig::Rig;

#[tokio::test]
async fn instruments_are_found_by_venue_and_text() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let symbols = |body: &Value| {
        let text = |item: &Value| item["symbol"].as_str().unwrap().to_owned();
        body["items"].as_array().unwrap().iter().map(text).collect::<Vec<_>>()
    };
    for (query, expected) in [
        ("", &["BTCUSDT", "ETHBTC", "ETHUSDT", "LUNAUSDT"][..]),
        ("?venue=binance&q=eth", &["ETHBTC", "ETHUSDT"]),
        ("?q=btc&page_size=1&page=2", &["ETHBTC"]),
        ("?venue=kraken", &[]),
    ] {
        let page = rig.get(&ada, &format!("/api/instruments{query}")).await.expect(200).body;
        assert_eq!(symbols(&page), expected, "{query}");
    }
    rig.get(&ada, "/api/instruments?venue=mtgox").await.refused(400, "invalid_input");
    rig.get(&ada, "/api/instruments?symbol=x").await.refused(400, "invalid_input");
}

#[tokio::test]
async fn an_instrument_is_one_encoded_segment_in_any_case() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let expected = json!({
        "id": "binance:BTCUSDT", "venue": "binance", "symbol": "BTCUSDT", "base": "BTC", "quote": "USDT",
        "trading": true, "enabled": true, "tick_size": "0.01", "market": null,
    });
    for id in ["binance:BTCUSDT", "binance%3Abtcusdt"] {
        assert_eq!(rig.get(&ada, &format!("/api/instruments/{id}")).await.expect(200).body, expected);
    }
    for id in ["binance:NOPE", "push%3Amy-feed%2FGOLD", "x", "%FF", "binance:BTC%20USDT"] {
        rig.get(&ada, &format!("/api/instruments/{id}")).await.refused(404, "not_found");
    }
}
