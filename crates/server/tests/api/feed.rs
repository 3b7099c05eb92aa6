//! What happened, for other services: in order, gone on with, and refused where it is no longer all kept.

use bellwether_model::Span;
use serde_json::{Value, json};

use crate::rig::Rig;

fn words(items: &Value) -> Vec<String> {
    let word = |item: &Value| {
        let inner = item["change"]["action"].as_str().map(str::to_owned);
        inner.unwrap_or_else(|| item["fire"]["fire"].to_string())
    };
    items.as_array().unwrap().iter().map(word).collect()
}

#[tokio::test]
async fn everything_that_happened_is_told_once_and_in_order() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let bob = rig.person("bob@example.org").await;
    let start = rig.get(&ada, "/api/changes?after=now").await.expect(200).body;
    assert_eq!((&start["items"], &start["more"]), (&json!([]), &json!(false)));

    let alert = rig.alert(&ada, "33000").await;
    rig.alert(&bob, "1").await;
    rig.fire(&alert, true).await;
    rig.call(&ada, "DELETE", &format!("/api/alerts/{alert}")).await.expect(204);
    let next = |answer: &Value| format!("/api/changes?limit=3&after={}", answer["next"].as_str().unwrap());
    let first = rig.get(&ada, &next(&start)).await.expect(200).body;
    assert_eq!(words(&first["items"]), ["created", "1", "triggered"]);
    assert_eq!(first["more"], true);
    assert_eq!(first["items"][0]["type"], "alert");
    assert_eq!(first["items"][0]["alert_id"], alert);
    assert_eq!(first["items"][1]["fire"]["alert_id"], alert);
    let second = rig.get(&ada, &next(&first)).await.expect(200).body;
    assert_eq!(words(&second["items"]), ["deleted"]);
    let last = rig.get(&ada, &next(&second)).await.expect(200).body;
    assert_eq!((&last["items"], &last["next"]), (&json!([]), &second["next"]));
    // In the midst of an answer, too.
    let cursor = first["items"][1]["cursor"].as_str().unwrap();
    let rest = rig.get(&ada, &format!("/api/changes?after={cursor}")).await.expect(200).body;
    assert_eq!(words(&rest["items"]), ["triggered", "deleted"]);
    assert_eq!(words(&rig.get(&bob, "/api/changes").await.expect(200).body["items"]), ["created"]);
}

#[tokio::test]
async fn who_was_away_for_too_long_is_told_so() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let start = rig.get(&ada, "/api/changes?after=now").await.expect(200).body;
    rig.alert(&ada, "33000").await;
    rig.clock.advance("31d");
    let month: Span = "30d".parse().unwrap();
    rig.store.sweep_user_log(rig.now().saturating_sub(month), 100).await.unwrap();
    let (access, refresh) = rig.log_in("ada@example.org").await;
    let ada = crate::rig::Person { access, refresh, ..ada };
    let after = start["next"].as_str().unwrap();
    rig.get(&ada, &format!("/api/changes?after={after}")).await.refused(410, "changes_forgotten");
    assert_eq!(rig.get(&ada, "/api/changes").await.expect(200).body["items"], json!([]));
}

#[tokio::test]
async fn a_place_that_was_never_handed_out_is_refused() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let refused =
        rig.get(&ada, "/api/changes?after=yesterday&limit=1001").await.refused(400, "invalid_input");
    assert_eq!(refused.faults(), ["after unknown_value", "limit range"]);
    rig.get(&ada, "/api/changes?after=c1-0-7fffffff").await.refused(410, "changes_forgotten");
}
