//! How feeds fare, for those who operate the service.

use std::time::Duration;

use bellwether_feeds::{BudgetUse, FeedEvent, Gaps, Lag, Vitals};
use bellwether_model::Venue;
use serde_json::{Value, json};

use crate::rig::{Rig, START};

#[tokio::test]
async fn each_feed_tells_its_lag_its_gaps_its_budget_and_its_breakers() {
    let rig = Rig::with(&[("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")]).await;
    let ada = rig.person("ada@example.org").await;
    rig.promote("ada@example.org").await;
    let of = async |venue: &str| -> Value {
        let feeds = rig.get(&ada, "/api/admin/feeds").await.expect(200).body;
        let found = feeds["items"].as_array().unwrap().iter().find(|feed| feed["venue"] == venue).cloned();
        found.unwrap_or(Value::Null)
    };
    assert_eq!(of("binance").await, Value::Null);
    let say = |event: FeedEvent| rig.feed_states.hear(Venue::Binance, &event, rig.now());
    say(FeedEvent::Connected { connection: 1 });
    let silent = of("binance").await;
    assert_eq!(
        (&silent["lag"], &silent["budget"], &silent["state"]),
        (&Value::Null, &Value::Null, &json!("reached"))
    );
    say(FeedEvent::Vitals(Vitals {
        lag: Some(Lag { p50: Duration::from_millis(12), p99: Duration::from_micros(250_900) }),
        gaps: Gaps { open: 1, filled: 7, lost: 2 },
        budget: Some(BudgetUse { used: 40, limit: 6_000, resets_at: START, closed_until: None }),
    }));
    say(FeedEvent::Breaker { question: "BTC".into(), open: Some("status 500".into()) });
    let told = of("binance").await;
    assert_eq!(told["lag"], json!({"p50_ms": 12, "p99_ms": 250}));
    assert_eq!(told["gaps"], json!({"open": 1, "filled": 7, "lost": 2}));
    let budget =
        json!({"used": 40, "left": 5_960, "resets_at": "2027-01-15T08:00:00Z", "closed_until": null});
    assert_eq!((&told["budget"], &told["breakers"]), (&budget, &json!({"BTC": "status 500"})));

    // The marketplace counts its calls by the day, which begins at midnight in California.
    let market = of("ebay").await;
    assert_eq!((&market["state"], &market["budget"]["left"]), (&json!("idle"), &json!(5_000)));
    assert_eq!(market["budget"]["resets_at"], "2027-01-16T08:00:00Z");
}
