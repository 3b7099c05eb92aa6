//! The routes for compatibility.

use serde_json::{Value, json};

use crate::rig::Rig;

#[tokio::test]
async fn a_target_price_is_an_alert() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let made = rig.post(&ada, "/alerts/create/", &json!({"target_price": 33000})).await.expect(201);
    let expected = json!({"id": made.id(), "coin": "btcusdt", "target_price": "33000", "status": "created"});
    assert_eq!(made.body, expected);
    let alert = rig.get(&ada, &format!("/api/alerts/{}/", made.id())).await.expect(200).body;
    assert_eq!(alert["instrument"], "binance:BTCUSDT");
    assert_eq!(alert["condition"], json!({"type": "crossing", "price": "33000"}));
    assert_eq!(alert["repeat"], json!({"mode": "once"}));
    let eth = rig
        .post(&ada, "/alerts/create/", &json!({"target_price": "1.5", "coin": "ETHUSDT"}))
        .await
        .expect(201);
    assert_eq!(eth.body["coin"], "ethusdt");
}

#[tokio::test]
async fn targets_are_listed_in_their_own_shape() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for price in 1..=3 {
        rig.post(&ada, "/alerts/create/", &json!({"target_price": price})).await.expect(201);
    }
    let channel = json!({"instrument": "binance:BTCUSDT", "condition": {"type": "inside_channel", "low": "1", "high": "2"}});
    rig.post(&ada, "/api/alerts", &channel).await.expect(201);
    let first = rig.get(&ada, "/alerts/?page_size=2").await.expect(200).body;
    assert_eq!((&first["count"], &first["previous"]), (&json!(4), &Value::Null));
    let prices: Vec<_> = first["results"].as_array().unwrap().iter().map(|t| &t["target_price"]).collect();
    assert_eq!(prices, [&Value::Null, &json!("3")]);
    let second = rig.get(&ada, first["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((second["results"].as_array().unwrap().len(), &second["next"]), (2, &Value::Null));
    assert_eq!(second["previous"], "/alerts?page_size=2&page=1");
}

#[tokio::test]
async fn created_means_active_there() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let one = rig.post(&ada, "/alerts/create/", &json!({"target_price": 1})).await.expect(201).id();
    let two = rig.post(&ada, "/alerts/create", &json!({"target_price": 2})).await.expect(201).id();
    rig.fire(&one, true).await;
    let ids = |query: &str| {
        let (rig, ada, path) = (&rig, &ada, format!("/alerts/{query}"));
        async move {
            let body = rig.get(ada, &path).await.expect(200).body;
            let id = |target: &Value| target["id"].as_str().unwrap().to_owned();
            body["results"].as_array().unwrap().iter().map(id).collect::<Vec<_>>()
        }
    };
    assert_eq!(ids("?status=created").await, [two.as_str()]);
    assert_eq!(ids("?status=triggered").await, [one.as_str()]);
    assert_eq!(ids("?status=").await, [two.as_str(), one.as_str()]);
    for _ in 0..2 {
        rig.call(&ada, "DELETE", &format!("/alerts/delete/{two}/")).await.expect(204);
    }
    assert_eq!(ids("").await, [one.as_str()]);
    assert_eq!(ids("?status=deleted").await, [two.as_str()]);
    rig.get(&ada, "/alerts/?status=bogus").await.refused(400, "invalid_input");
}

#[tokio::test]
async fn targets_that_make_no_sense_are_refused_in_the_fields_that_were_sent() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    for (body, fault) in [
        (json!({}), "target_price required"),
        (json!({"target_price": -1}), "target_price invalid"),
        (json!({"target_price": "abc"}), "target_price invalid"),
        (json!({"target_price": 1, "coin": "nope"}), "coin unknown_instrument"),
        (json!({"target_price": 1, "coin": "a b"}), "coin invalid"),
        (json!({"target_price": 1, "direction": "up"}), "direction unknown_field"),
    ] {
        let refused = rig.post(&ada, "/alerts/create/", &body).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), [fault]);
    }
    let id = rig.post(&ada, "/alerts/create/", &json!({"target_price": 1})).await.expect(201).id();
    rig.call(&eve, "DELETE", &format!("/alerts/delete/{id}/")).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_slash_at_the_end_is_taken_everywhere() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for path in [
        "/api/me/",
        "/api/alerts/?page=1",
        "/api/alerts//",
        "/api/fires/",
        "/api/instruments/binance:BTCUSDT/",
        "/healthz/",
    ] {
        rig.get(&ada, path).await.expect(200);
    }
    let credentials = json!({"email": "ada@example.org", "password": crate::rig::PASSWORD});
    let pair = rig.post_openly("/api/token/", &credentials).await.expect(200).body;
    rig.post_openly("/api/token/refresh/", &json!({"refresh": pair["refresh"]})).await.expect(200);
}
