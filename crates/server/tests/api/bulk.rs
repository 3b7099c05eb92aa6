//! The same done with many alerts at once.

use serde_json::json;

use crate::rig::Rig;

#[tokio::test]
async fn each_is_done_by_itself() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.person("ada@example.org").await, rig.person("bob@example.org").await);
    let (first, second, over) =
        (rig.alert(&ada, "1").await, rig.alert(&ada, "2").await, rig.alert(&ada, "3").await);
    let others = rig.alert(&bob, "4").await;
    rig.fire(&over, true).await;
    let ids = [&first, &over, &others, &second];
    let bulk = |action: &str| json!({"ids": ids, "action": action});

    let paused = rig.post(&ada, "/api/alerts/bulk", &bulk("pause")).await.expect(200).body;
    let expected = json!([
        {"id": first, "status": "paused"}, {"id": over, "problem": "alert_ended"},
        {"id": others, "problem": "not_found"}, {"id": second, "status": "paused"}
    ]);
    assert_eq!(paused["items"], expected);
    let resumed = rig.post(&ada, "/api/alerts/bulk", &bulk("resume")).await.expect(200).body;
    assert_eq!(resumed["items"][0], json!({"id": first, "status": "active"}));
    let deleted = rig.post(&ada, "/api/alerts/bulk", &bulk("delete")).await.expect(200).body;
    assert_eq!(deleted["items"][1], json!({"id": over, "status": "deleted"}));
    assert_eq!(deleted["items"][2], json!({"id": others, "problem": "not_found"}));
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["total"], 0);
    assert_eq!(rig.get(&bob, "/api/alerts").await.body["items"][0]["status"], "active");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_whole() {
    let rig = Rig::new().await;
    let ada = rig.person("ada@example.org").await;
    let alert = rig.alert(&ada, "1").await;
    for (body, faults) in [
        (json!({"ids": [alert], "action": "explode"}), vec!["action unknown_value"]),
        (json!({"ids": [], "action": "pause"}), vec!["ids required"]),
        (json!({"ids": vec![alert.as_str(); 1_001], "action": "pause"}), vec!["ids required"]),
        (json!({"ids": [alert, "x", 7], "action": "pause"}), vec!["ids[1] invalid", "ids[2] invalid"]),
        (json!({}), vec!["ids required", "action required"]),
    ] {
        let refused = rig.post(&ada, "/api/alerts/bulk", &body).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), faults);
    }
    assert_eq!(rig.get(&ada, "/api/alerts").await.body["items"][0]["status"], "active");
}
