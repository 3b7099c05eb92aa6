//! Prices that were too far off to be believed at once: whoever sees the instrument sees them.

use bellwether_feeds::FeedEvent;
use bellwether_model::{Timestamp, Venue};
use bellwether_store::quarantine::{Outcome, Quarantined};
use serde_json::{Value, json};

use crate::rig::{Person, Rig, START};

/// A price of an instrument that came so many seconds after the tests' first instant.
fn tick(instrument: &str, second: i64, id: Option<u64>, outcome: Outcome) -> Quarantined {
    let at = |second: i64| Timestamp::from_micros(START.micros() + second * 1_000_000);
    Quarantined {
        instrument: instrument.parse().unwrap(),
        price: "5000.25".parse().unwrap(),
        in_force: "50.01".parse().unwrap(),
        time: at(second),
        id,
        came_at: at(second + 1),
        outcome,
        settled_at: (outcome != Outcome::Waiting).then(|| at(second + 2)),
    }
}

async fn rig_with_some() -> Rig {
    let rig = Rig::new().await;
    let ticks = vec![
        tick("binance:BTCUSDT", 10, Some(7), Outcome::Contradicted),
        tick("binance:BTCUSDT", 20, Some(9), Outcome::Confirmed),
        tick("binance:BTCUSDT", 30, Some(11), Outcome::Waiting),
        tick("binance:ETHUSDT", 40, Some(3), Outcome::Unanswered),
        tick("uphold:BTC-USD", 50, None, Outcome::Waiting),
    ];
    rig.store.save_quarantine(ticks).await.unwrap();
    rig
}

fn ids(page: &Value) -> Vec<Value> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
}

#[tokio::test]
async fn an_instruments_quarantine_is_paged_newest_first() {
    const PATH: &str = "/api/instruments/binance%3Abtcusdt/quarantine";
    let rig = rig_with_some().await;
    let ada = rig.person("ada@example.org").await;
    let page = rig.get(&ada, PATH).await.expect(200).body;
    assert_eq!((ids(&page), &page["total"]), (vec![json!(11), json!(9), json!(7)], &json!(3)));
    let expected = json!({
        "instrument": "binance:BTCUSDT", "price": "5000.25", "in_force": "50.01", "id": 7,
        "time": "2027-01-15T08:00:10Z", "came_at": "2027-01-15T08:00:11Z",
        "outcome": "contradicted", "settled_at": "2027-01-15T08:00:12Z",
    });
    assert_eq!(page["items"][2], expected);
    assert_eq!(page["items"][0]["settled_at"], Value::Null);
    let first = rig.get(&ada, &format!("{PATH}?page_size=2")).await.expect(200).body;
    assert_eq!(first["next"], format!("{PATH}?page_size=2&page=2"));
    let second = rig.get(&ada, first["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((ids(&second), &second["next"]), (vec![json!(7)], &Value::Null));
    let settled = rig.get(&ada, &format!("{PATH}?outcome=confirmed,contradicted")).await.expect(200).body;
    assert_eq!(ids(&settled), [9, 7]);

    rig.get(&ada, &format!("{PATH}?outcome=dropped")).await.refused(400, "invalid_input");
    rig.get(&ada, &format!("{PATH}?page=0")).await.refused(400, "invalid_input");
    rig.get(&ada, &format!("{PATH}?venue=kraken")).await.refused(400, "invalid_input");
    rig.get(&ada, "/api/instruments/binance:NOPE/quarantine").await.refused(404, "not_found");
}

#[tokio::test]
async fn those_who_operate_the_service_see_that_of_all_venues() {
    const PATH: &str = "/api/admin/quarantine";
    let rig = rig_with_some().await;
    rig.clock.advance("1m");
    rig.feed_states.hear(Venue::Binance, &FeedEvent::Connected { connection: 1 }, rig.now());
    let ada = rig.person("ada@example.org").await;
    rig.get(&ada, PATH).await.refused(403, "administrator_required");
    rig.promote("ada@example.org").await;
    let page = rig.get(&ada, PATH).await.expect(200).body;
    assert_eq!(ids(&page), [Value::Null, json!(3), json!(11), json!(9), json!(7)]);
    let some = rig.get(&ada, &format!("{PATH}?venue=binance&outcome=waiting,unanswered")).await.expect(200);
    assert_eq!(ids(&some.body), [3, 11]);
    rig.get(&ada, &format!("{PATH}?venue=mtgox")).await.refused(400, "invalid_input");

    let feeds = rig.get(&ada, "/api/admin/feeds").await.expect(200).body;
    let counts = json!({"waiting": 1, "confirmed": 1, "contradicted": 1, "unanswered": 1});
    assert_eq!(feeds["items"][0]["quarantine"], counts);
    rig.clock.advance("1d");
    let (access, _) = rig.log_in("ada@example.org").await;
    let ada = Person { access, ..ada };
    let feeds = rig.get(&ada, "/api/admin/feeds").await.expect(200).body;
    let counts = json!({"waiting": 1, "confirmed": 0, "contradicted": 0, "unanswered": 0});
    assert_eq!(feeds["items"][0]["quarantine"], counts, "what was settled a day ago does not count");
}
