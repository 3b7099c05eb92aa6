//! Lists of alerts: pages, filters, and a cache that is never stale.

use serde_json::{Value, json};

use crate::rig::{Person, Rig};

fn names(body: &Value) -> Vec<String> {
    let text = |item: &Value| item["condition"]["price"].as_str().unwrap().to_owned();
    body["items"].as_array().unwrap().iter().map(text).collect()
}

async fn list(rig: &Rig, person: &Person, query: &str) -> Value {
    rig.get(person, &format!("/api/alerts{query}")).await.expect(200).body
}

#[tokio::test]
async fn pages_follow_each_other_newest_first() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    for price in 1..=23 {
        rig.alert(&ada, &price.to_string()).await;
    }
    let mut seen = Vec::new();
    let mut next = Some("/api/alerts".to_owned());
    let mut sizes = Vec::new();
    while let Some(path) = next {
        let page = rig.get(&ada, &path).await.expect(200).body;
        assert_eq!((&page["total"], &page["page_size"]), (&json!(23), &json!(10)));
        sizes.push(page["items"].as_array().unwrap().len());
        seen.extend(names(&page));
        next = page["next"].as_str().map(str::to_owned);
    }
    let expected: Vec<_> = (1..=23).rev().map(|price: u32| price.to_string()).collect();
    assert_eq!((seen, sizes), (expected, vec![10, 10, 3]));
    let beyond = list(&rig, &ada, "?page=9&page_size=100").await;
    assert_eq!((names(&beyond), &beyond["next"]), (Vec::new(), &Value::Null));
}

#[tokio::test]
async fn a_page_size_of_a_hundred_is_the_most() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    list(&rig, &ada, "?page_size=100").await;
    for (query, fault) in [
        ("?page_size=101", "page_size range"),
        ("?page_size=0", "page_size range"),
        ("?page=0", "page range"),
        ("?page=-1", "page range"),
        ("?page=x", "page range"),
        ("?page=99999999999999999999", "page range"),
        ("?page=1&page=2", "page duplicate"),
        ("?status=bogus", "status unknown_value"),
        ("?status=active,bogus", "status unknown_value"),
        ("?kind=lottery", "kind unknown_value"),
        ("?instrument=BTC", "instrument unknown_value"),
        ("?colour=red", "colour unknown_parameter"),
    ] {
        let refused = rig.get(&ada, &format!("/api/alerts{query}")).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), [fault], "{query}");
    }
}

#[tokio::test]
async fn filters_take_several_values() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let one = rig.alert(&ada, "1").await;
    let two = rig.alert(&ada, "2").await;
    rig.alert(&ada, "3").await;
    let eth = json!({"name": "Ether 50% off", "instrument": "binance:ETHUSDT", "condition": {"type": "below", "price": "4"}});
    rig.post(&ada, "/api/alerts", &eth).await.expect(201);
    rig.call(&ada, "POST", &format!("/api/alerts/{one}/pause")).await.expect(200);
    rig.call(&ada, "DELETE", &format!("/api/alerts/{two}")).await.expect(204);

    for (query, expected) in [
        ("", &["4", "3", "1"][..]),
        ("?status=paused", &["1"]),
        ("?status=deleted", &["2"]),
        ("?status=paused,deleted", &["2", "1"]),
        ("?status=paused&status=active", &["4", "3", "1"]),
        ("?status=triggered", &[]),
        ("?kind=price", &["4", "3", "1"]),
        ("?instrument=binance:ethusdt", &["4"]),
        ("?instrument=binance:ETHUSDT,binance:BTCUSDT", &["4", "3", "1"]),
        ("?q=ETHER", &["4"]),
        ("?q=50%25", &["4"]),
        ("?q=5_%25", &[]),
        ("?q=btc", &["3", "1"]),
        ("?q=btc&status=paused&page_size=1", &["1"]),
    ] {
        let page = list(&rig, &ada, query).await;
        assert_eq!(names(&page), expected, "{query}");
        assert_eq!(page["total"], expected.len(), "{query}");
    }
}

#[tokio::test]
async fn a_page_that_was_read_before_shows_every_change_since() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let first = rig.alert(&ada, "1").await;
    let path = format!("/api/alerts/{first}");
    let see = |what: &'static str| {
        let (rig, ada) = (&rig, &ada);
        async move {
            let body = list(rig, ada, "").await;
            assert_eq!(list(rig, ada, "").await, body, "read twice");
            body["items"][0][what].clone()
        }
    };
    assert_eq!(see("status").await, "active");
    rig.call_with(&ada, "PATCH", &path, &json!({"name": "named"})).await.expect(200);
    assert_eq!(see("name").await, "named");
    rig.call(&ada, "POST", &format!("{path}/pause")).await.expect(200);
    assert_eq!(see("status").await, "paused");
    rig.call(&ada, "POST", &format!("{path}/resume")).await.expect(200);
    assert_eq!(see("status").await, "active");
    rig.fire(&first, true).await;
    assert_eq!(see("status").await, "triggered");
    assert_eq!(see("fires").await, 1);
    let second = rig.alert(&ada, "2").await;
    assert_eq!(see("id").await, second.as_str());
    rig.call(&ada, "DELETE", &format!("/api/alerts/{second}")).await.expect(204);
    assert_eq!(see("id").await, first.as_str());
}

#[tokio::test]
async fn page_two_is_not_page_one() {
    let rig = Rig::new().await;
    let (ada, eve) = (rig.person("ada@example.org").await, rig.person("eve@example.org").await);
    for price in 1..=4 {
        rig.alert(&ada, &price.to_string()).await;
    }
    for _ in 0..2 {
        assert_eq!(names(&list(&rig, &ada, "?page_size=2").await), ["4", "3"]);
        assert_eq!(names(&list(&rig, &ada, "?page_size=2&page=2").await), ["2", "1"]);
        assert_eq!(names(&list(&rig, &ada, "?page_size=3&page=2").await), ["1"]);
        assert_eq!(names(&list(&rig, &ada, "?page_size=2&status=paused").await), Vec::<String>::new());
        assert_eq!(names(&list(&rig, &eve, "?page_size=2").await), Vec::<String>::new());
    }
}
