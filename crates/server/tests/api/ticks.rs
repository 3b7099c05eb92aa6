//! Pushed ticks: whose they are, which are taken, and what is said of those that are not.

use axum::body::Body;
use axum::http::Request;
use bellwether_store::tick_log::LoggedTick;
use serde_json::json;

use crate::rig::{Answer, Person, Rig};

async fn push(rig: &Rig, person: &Person, body: impl Into<Body>) -> Answer {
    let request = Request::post("/api/ticks")
        .header("authorization", format!("Bearer {}", person.access))
        .header("content-type", "application/x-ndjson");
    rig.send(request.body(body.into()).unwrap()).await
}

fn tick(feed: &str, price: &str, id: u64) -> String {
    json!({"instrument": format!("push:{feed}"), "price": price, "time": "2027-01-15T07:59:00Z", "id": id})
        .to_string()
        + "\n"
}

async fn logged(rig: &Rig) -> Vec<LoggedTick> {
    rig.store.logged_ticks(0, 10_000).await.unwrap()
}

#[tokio::test]
async fn what_is_taken_is_kept_and_what_is_not_is_named_by_its_line() {
    let rig = Rig::new().await;
    let person = rig.person("a@example.org").await;
    let body = [
        tick("gold/X", "37.537537537537537538", 1),
        "\n".to_owned(),
        "garbage\n".to_owned(),
        tick("gold/X", "-5", 2),
        tick("gold/X", "37.5375375375375375385", 3),
        json!({"instrument": "binance:BTCUSDT", "price": 1, "id": 4}).to_string() + "\n",
        json!({"instrument": "push:Gold/X", "price": 1, "id": 4}).to_string() + "\r\n",
        json!({"instrument": "push:gold", "price": 1, "id": 4}).to_string() + "\n",
        json!({"instrument": "push:gold/X", "id": 4}).to_string() + "\n",
        json!({"instrument": "push:gold/X", "price": 1, "id": -1}).to_string() + "\n",
        json!({"instrument": "push:gold/X", "price": 1, "id": 9_223_372_036_854_775_808_u64}).to_string()
            + "\n",
        json!({"instrument": "push:gold/X", "price": 1, "time": "2027-01-15T08:02:00Z", "id": 5}).to_string()
            + "\n",
        json!({"instrument": "push:gold/X", "price": 1, "what": 1, "id": 5}).to_string() + "\n",
        format!("{}\n", "x".repeat(100_000)),
        json!({"instrument": "push:gold/X", "price": 1}).to_string() + "\n",
        tick("gold/X", "2", 1),
        tick("gold/X", "3", 7),
        // The last line needs no end.
        tick("gold/Y", "4", 1).trim_end().to_owned(),
    ]
    .concat();
    let answer = push(&rig, &person, body).await.expect(200);
    let counts = ["kept", "stale", "refused"].map(|name| answer.body[name].as_u64().unwrap());
    assert_eq!(counts, [3, 1, 13], "{}", answer.text);
    let named: Vec<String> = answer.body["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            format!("{} {} {}", line["line"], line["field"].as_str().unwrap(), line["code"].as_str().unwrap())
        })
        .collect();
    let expected = [
        "3  json",
        "4 price invalid",
        "5 price invalid",
        "6 instrument invalid",
        "7 instrument invalid",
        "8 instrument invalid",
        "9 price required",
        "10 id range",
        "11 id range",
        "12 time range",
        "13 what unknown_field",
        "14  too_long",
        "15 id mixed",
    ];
    assert_eq!(named, expected);
    let kept: Vec<_> = logged(&rig)
        .await
        .iter()
        .map(|one| (one.instrument.to_string(), one.tick.price.to_string()))
        .collect();
    let expected = [("push:gold/X", "37.537537537537537538"), ("push:gold/X", "3"), ("push:gold/Y", "4")];
    assert_eq!(kept, expected.map(|(instrument, price)| (instrument.to_owned(), price.to_owned())));
}

#[tokio::test]
async fn nothing_but_wrong_lines_is_a_refusal_and_an_empty_body_is_not() {
    let rig = Rig::new().await;
    let person = rig.person("a@example.org").await;
    let answer = push(&rig, &person, "{}\nnonsense\n").await.refused(400, "invalid_input");
    assert_eq!(answer.faults(), ["lines[1].instrument required", "lines[2] json"]);
    push(&rig, &person, "").await.expect(200);
    let request = Request::post("/api/ticks").body(Body::from(tick("a/X", "1", 1))).unwrap();
    rig.send(request).await.refused(401, "no_token");
    assert_eq!(logged(&rig).await, []);
}

#[tokio::test]
async fn somebody_elses_feed_is_no_feed_until_it_is_published() {
    let rig = Rig::new().await;
    let (mine, yours) = (rig.person("a@example.org").await, rig.person("b@example.org").await);
    push(&rig, &mine, tick("metals/GOLD", "1", 1)).await.expect(200);
    let refused = push(&rig, &yours, tick("metals/GOLD", "9", 9)).await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["lines[1].instrument unknown_instrument"]);
    let alert = json!({"instrument": "push:metals/GOLD", "condition": {"type": "above", "price": "2"}});
    let paths = ["/api/instruments/push%3Ametals%2FGOLD", "/api/instruments/push%3Ametals%2FGOLD/candles"];
    let advice = "/api/alerts/advice?instrument=push:metals/GOLD&price=1";
    for path in paths.into_iter().chain([advice]) {
        rig.get(&mine, path).await.expect(200);
        rig.get(&yours, path).await.refused(404, "not_found");
    }
    assert_eq!(rig.get(&yours, "/api/instruments?venue=push").await.expect(200).body["total"], 0);
    assert_eq!(rig.get(&mine, "/api/instruments?venue=push").await.expect(200).body["total"], 1);
    rig.post(&mine, "/api/alerts", &alert).await.expect(201);
    let unknown = rig.post(&yours, "/api/alerts", &alert).await.refused(400, "invalid_input");
    assert_eq!(unknown.faults(), ["instrument unknown_instrument"]);

    rig.call_with(&yours, "PATCH", "/api/feeds/metals", &json!({"published": true}))
        .await
        .refused(404, "not_found");
    rig.call_with(&mine, "PATCH", "/api/feeds/metals", &json!({"published": "yes"}))
        .await
        .refused(400, "invalid_input");
    rig.call_with(&mine, "PATCH", "/api/feeds/metals", &json!({"published": true})).await.expect(200);
    let feeds = rig.get(&mine, "/api/feeds").await.expect(200);
    assert_eq!(
        (&feeds.body["items"][0]["name"], &feeds.body["items"][0]["published"]),
        (&json!("metals"), &json!(true))
    );
    for path in paths.into_iter().chain([advice]) {
        rig.get(&yours, path).await.expect(200);
    }
    rig.post(&yours, "/api/alerts", &alert).await.expect(201);
    push(&rig, &yours, tick("metals/GOLD", "9", 9)).await.refused(400, "invalid_input");
}

#[tokio::test]
async fn limits_are_told_and_nothing_beyond_them_is_kept() {
    let settings = [
        ("limits.feeds_per_user", "1"),
        ("limits.instruments_per_feed", "2"),
        ("limits.ticks_per_minute", "5"),
        ("limits.ticks_body", "2000"),
    ];
    let rig = Rig::with(&settings).await;
    let person = rig.person("a@example.org").await;
    let body = [tick("a/X", "1", 1), tick("b/X", "1", 1), tick("a/Y", "1", 1), tick("a/Z", "1", 1)].concat();
    let answer = push(&rig, &person, body).await.expect(200);
    let codes: Vec<_> =
        answer.body["lines"].as_array().unwrap().iter().map(|line| line["code"].clone()).collect();
    assert_eq!(codes, ["too_many_feeds", "too_many_instruments"]);
    let answer = push(&rig, &person, [tick("a/X", "1", 2), tick("a/X", "1", 3)].concat()).await.expect(200);
    assert_eq!((&answer.body["kept"], &answer.body["lines"][0]["code"]), (&json!(1), &json!("too_many")));
    let late = push(&rig, &person, tick("a/X", "1", 3)).await.refused(429, "too_many_requests");
    assert!(!late.header("retry-after").is_empty());
    rig.clock.advance("1m");
    push(&rig, &person, tick("a/X", "1", 3)).await.expect(200);
    push(&rig, &person, "x".repeat(3_000)).await.refused(413, "too_large");
    assert_eq!(logged(&rig).await.len(), 4);
}
