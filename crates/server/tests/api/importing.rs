//! Alerts in and out, as lines.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Answer, Person, Rig, crossing};

async fn import(rig: &Rig, person: &Person, lines: &str) -> Answer {
    let token = format!("Bearer {}", person.access);
    let request = Request::post("/api/alerts/import").header("authorization", token);
    rig.send(request.body(Body::from(lines.to_owned())).unwrap()).await
}

async fn export(rig: &Rig, person: &Person) -> String {
    let answer = rig.get(person, "/api/alerts/export").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    answer.text
}

#[tokio::test]
async fn what_is_exported_is_what_an_import_makes() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let rich = json!({
        "name": "A \"rich\u{2028}\" one", "instrument": "binance:ETHUSDT", "note": "line\nbreak", "message": "{{ {symbol}\n{price} }}", "tags": ["a", "b"],
        "condition": {"type": "all", "of": [
            {"type": "above", "price": "2000.50", "instrument": "binance:BTCUSDT"},
            {"type": "moving", "percent": "1.5", "window": "1h", "direction": "up"}
        ]},
        "repeat": {"mode": "every", "cooldown": "15m", "max_fires": 3}, "expires_at": "2027-02-01T00:00:00Z"
    });
    rig.post(&ada, "/api/alerts", &rich).await.expect(201);
    rig.alert(&ada, "33000").await;
    let gone = rig.alert(&ada, "1").await;
    rig.call(&ada, "DELETE", &format!("/api/alerts/{gone}")).await.expect(204);

    let lines = export(&rig, &ada).await;
    assert_eq!(lines.lines().count(), 2);
    let made = import(&rig, &bob, &lines).await.expect(201).body;
    assert_eq!(made["created"], 2);
    assert_eq!(export(&rig, &bob).await, lines);
    let first: Value =
        rig.get(&bob, &format!("/api/alerts/{}", made["items"][0]["id"].as_str().unwrap())).await.body;
    assert_eq!((&first["name"], &first["status"]), (&rich["name"], &json!("active")));
}

#[tokio::test]
async fn one_fault_and_nothing_is_made() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let good = crossing("33000");
    let other = json!({"instrument": "binance:NOPE", "condition": {"type": "crossing", "price": "0"}});
    let lines = format!("{good}\n\n  {other}  \r\n[]\n{{\"a\":\n{good}");
    let refused = import(&rig, &ada, &lines).await.refused(400, "invalid_input");
    let expected = [
        "lines[3].condition.price invalid",
        "lines[3].instrument unknown_instrument",
        "lines[4] type",
        "lines[5] malformed_json",
    ];
    assert_eq!(refused.faults(), expected);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 0);
    for nothing in ["", "\n \n"] {
        assert_eq!(
            import(&rig, &ada, nothing).await.refused(400, "invalid_input").faults(),
            ["lines required"]
        );
    }
}

#[tokio::test]
async fn a_limit_is_a_limit() {
    let rig = Rig::with(&[("limits.alerts_per_user", "3")]).await;
    let ada = rig.person("ada@example.org").await;
    rig.alert(&ada, "1").await;
    let three = format!("{}\n", crossing("2")).repeat(3);
    import(&rig, &ada, &three).await.refused(409, "too_many_alerts");
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 1);
    let two = format!("{}\n", crossing("2")).repeat(2);
    import(&rig, &ada, &two).await.expect(201);
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 3);
    let many = format!("{}\n", crossing("2")).repeat(10_001);
    assert_eq!(import(&rig, &ada, &many).await.refused(400, "invalid_input").faults(), ["lines too_long"]);
}
