//! What went off, with its evidence.

use serde_json::{Value, json};

use crate::rig::{Rig, crossing};

fn numbers(body: &Value) -> Vec<u64> {
    body["items"].as_array().unwrap().iter().map(|fire| fire["fire"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_fire_carries_its_evidence() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let alert = rig.alert(&ada, "33000").await;
    let id = rig.fire(&alert, true).await;
    rig.call_with(&ada, "PATCH", &format!("/api/alerts/{alert}"), &json!({"name": "renamed"}))
        .await
        .expect(200);
    let fire = rig.get(&ada, &format!("/api/fires/{id}")).await.expect(200).body;
    let evidence = json!({
        "instrument": "binance:BTCUSDT", "time": "2027-01-15T08:00:00Z", "id": 17, "trades": [30, 31],
        "price": "33000.5", "previous_price": "32999", "threshold": "33000", "resolution": "tick",
    });
    assert_eq!(fire["evidence"], evidence);
    let told = (&fire["alert_id"], &fire["fire"], &fire["late"], &fire["ends_alert"]);
    assert_eq!(told, (&json!(alert), &json!(1), &json!(false), &json!(true)));
    assert_eq!(fire["alert"]["name"], "", "the alert as it was at that moment");
    assert_eq!(fire["alert"]["condition"], json!({"type": "crossing", "price": "33000"}));
    assert_eq!(rig.get(&ada, "/api/fires").await.expect(200).body["items"], json!([fire]));
}

#[tokio::test]
async fn fires_are_listed_newest_first_by_cursor() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let mut wish = crossing("33000");
    wish["repeat"] = json!({"mode": "every"});
    let alert = rig.post(&ada, "/api/alerts", &wish).await.expect(201).id();
    for _ in 0..5 {
        rig.clock.advance("1m");
        rig.fire(&alert, false).await;
    }
    let first = rig.get(&ada, "/api/fires?page_size=2").await.expect(200).body;
    assert_eq!(numbers(&first), [5, 4]);
    assert_eq!((&first["total"], &first["total_capped"]), (&json!(5), &json!(false)));
    rig.fire(&alert, false).await;
    let second = rig.get(&ada, first["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!(numbers(&second), [3, 2], "a new fire moves nothing");
    let third = rig.get(&ada, second["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((numbers(&third), &third["next"]), (vec![1], &Value::Null));
}

#[tokio::test]
async fn fires_are_found_by_alert_instrument_and_time() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    let one = rig.alert(&ada, "33000").await;
    rig.fire(&one, true).await;
    rig.clock.advance("1m");
    let eth = json!({"instrument": "binance:ETHUSDT", "condition": {"type": "above", "price": "1"}});
    let two = rig.post(&ada, "/api/alerts", &eth).await.expect(201).id();
    rig.fire(&two, true).await;
    let count = |path: String| {
        let (rig, ada) = (&rig, &ada);
        async move { rig.get(ada, &path).await.expect(200).body["total"].as_u64().unwrap() }
    };
    assert_eq!(count("/api/fires".into()).await, 2);
    assert_eq!(count(format!("/api/fires?alert={one}")).await, 1);
    assert_eq!(count(format!("/api/alerts/{two}/fires")).await, 1);
    assert_eq!(count(format!("/api/alerts/{two}/fires?to=2027-01-15T08:01:00Z")).await, 0);
    assert_eq!(count("/api/fires?instrument=binance:ethusdt".into()).await, 1);
    assert_eq!(count("/api/fires?from=2027-01-15T08:01:00Z".into()).await, 1);
    assert_eq!(count("/api/fires?to=2027-01-15T08:01:00Z".into()).await, 1);
    for query in [
        "from=yesterday",
        "alert=17",
        "after=17",
        "from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z",
        "page=2",
    ] {
        rig.get(&ada, &format!("/api/fires?{query}")).await.refused(400, "invalid_input");
    }
    assert_eq!(rig.get(&eve, "/api/fires").await.expect(200).body["total"], 0);
}

#[tokio::test]
async fn other_peoples_fires_do_not_exist() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    let alert = rig.alert(&ada, "33000").await;
    let id = rig.fire(&alert, true).await;
    for id in [id.to_string().as_str(), "0198c0de-0000-7000-8000-000000000000", "x"] {
        rig.get(&eve, &format!("/api/fires/{id}")).await.refused(404, "not_found");
    }
}
