//! Changing, stopping and deleting alerts, and their history.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::{Answer, Person, Rig};

struct Stage {
    rig: Rig,
    ada: Person,
    path: String,
    id: String,
}

impl Stage {
    async fn new() -> Self {
        let rig = Rig::new().await;
        let ada = rig.person("ada@example.org").await;
        let id = rig.alert(&ada, "33000").await;
        rig.clock.advance("1m");
        Self { rig, ada, path: format!("/api/alerts/{id}"), id }
    }

    async fn patch(&self, body: Value) -> Answer {
        self.rig.call_with(&self.ada, "PATCH", &self.path, &body).await
    }

    async fn act(&self, action: &str) -> Answer {
        self.rig.call(&self.ada, "POST", &format!("{}/{action}", self.path)).await
    }

    async fn snooze(&self, body: Value) -> Answer {
        self.rig.post(&self.ada, &format!("{}/snooze", self.path), &body).await
    }

    async fn now(&self) -> Value {
        self.rig.get(&self.ada, &self.path).await.expect(200).body
    }

    /// What is reported of the alert's revision to the evaluator: (revision, arming).
    async fn armings(&self) -> u64 {
        let watched = self.rig.store.watched(None, 10).await.unwrap();
        watched.first().map_or(0, |watched| watched.arming)
    }
}

#[tokio::test]
async fn a_change_of_words_does_not_arm_anew() {
    let stage = Stage::new().await;
    let before = stage.armings().await;
    let change = json!({"name": "n", "note": "o", "tags": ["t"], "repeat": {"mode": "every"}, "expires_at": "2028-01-01T00:00:00Z"});
    let changed = stage.patch(change).await.expect(200);
    assert_eq!(changed.body["version"], 2);
    assert_eq!(changed.header("etag"), "\"2\"");
    assert_eq!(changed.body["armed_at"], "2027-01-15T08:00:00Z");
    assert_eq!(changed.body["updated_at"], "2027-01-15T08:01:00Z");
    assert_eq!(changed.body.get("armed_from"), None);
    assert_eq!(stage.armings().await, before);
    let cleared = stage.patch(json!({"expires_at": null, "note": null})).await.expect(200).body;
    assert_eq!(
        (&cleared["expires_at"], &cleared["note"], &cleared["name"]),
        (&Value::Null, &json!(""), &json!("n"))
    );
}

#[tokio::test]
async fn another_condition_or_instrument_arms_anew() {
    let stage = Stage::new().await;
    let before = stage.armings().await;
    let changed = stage.patch(json!({"condition": {"type": "above", "price": 34000}})).await.expect(200).body;
    assert_eq!(changed["armed_at"], "2027-01-15T08:01:00Z");
    assert_eq!(changed["armed_from"], json!({"position": null, "reference": null}));
    assert_eq!(stage.armings().await, before + 1);
    stage.patch(json!({"instrument": "binance:ethusdt"})).await.expect(200);
    assert_eq!(stage.now().await["instrument"], "binance:ETHUSDT");
    assert_eq!(stage.armings().await, before + 2);
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_none() {
    let stage = Stage::new().await;
    for nothing in [json!({}), json!({"condition": {"type": "crossing", "price": "33000.0"}, "name": ""})] {
        assert_eq!(stage.patch(nothing).await.expect(200).body["version"], 1);
    }
}

#[tokio::test]
async fn refused_changes_change_nothing() {
    let stage = Stage::new().await;
    let before = stage.now().await;
    for (change, fault) in [
        (json!({"condition": {"type": "crossing", "price": "0"}}), "condition.price invalid"),
        (json!({"instrument": "binance:NOPE"}), "instrument unknown_instrument"),
        (json!({"expires_at": "2020-01-01T00:00:00Z"}), "expires_at past"),
        (json!({"status": "triggered"}), "status unknown_field"),
        (json!({"name": null}), "name required"),
        (json!({"channels": ["0198c0de-0000-7000-8000-000000000000"]}), "channels[0] unknown_channel"),
        (json!({"version": "x"}), "version range"),
    ] {
        let refused = stage.patch(change).await.refused(400, "invalid_input");
        assert_eq!(refused.faults(), [fault]);
    }
    assert_eq!(stage.now().await, before);
}

#[tokio::test]
async fn a_change_may_name_the_version_that_it_was_made_from() {
    let stage = Stage::new().await;
    let if_match = |version: &'static str| {
        let request = Request::patch(&stage.path)
            .header("authorization", format!("Bearer {}", stage.ada.access))
            .header("content-type", "application/json")
            .header("if-match", version);
        stage.rig.send(request.body(Body::from(format!("{{\"name\": \"by {}\"}}", version.len()))).unwrap())
    };
    if_match("\"7\"").await.refused(412, "version_mismatch");
    if_match("yesterday").await.refused(400, "invalid_input");
    if_match("W/\"1\"").await.refused(412, "version_mismatch");
    if_match("\"7\", W/\"1\", \"not ours\"").await.refused(412, "version_mismatch");
    if_match("\"1\"").await.expect(200);
    if_match("\"1\", \"2\"").await.expect(200);
    stage.patch(json!({"version": 1, "name": "late"})).await.refused(412, "version_mismatch");
    stage.patch(json!({"version": 3, "name": "in time"})).await.expect(200);
    assert_eq!(stage.now().await["name"], "in time");
}

#[tokio::test]
async fn pausing_and_resuming() {
    let stage = Stage::new().await;
    let before = stage.armings().await;
    for _ in 0..2 {
        let paused = stage.act("pause").await.expect(200).body;
        assert_eq!((&paused["status"], &paused["version"]), (&json!("paused"), &json!(2)));
    }
    stage.rig.clock.advance("1m");
    for _ in 0..2 {
        let resumed = stage.act("resume").await.expect(200).body;
        assert_eq!((&resumed["status"], &resumed["version"]), (&json!("active"), &json!(3)));
        assert_eq!(resumed["armed_at"], "2027-01-15T08:02:00Z");
    }
    assert_eq!(stage.armings().await, before + 1);
}

#[tokio::test]
async fn a_triggered_alert_is_armed_anew_by_rearm_or_another_condition() {
    let stage = Stage::new().await;
    stage.rig.fire(&stage.id, true).await;
    assert_eq!(stage.now().await["status"], "triggered");
    stage.act("pause").await.refused(409, "alert_ended");
    stage.act("resume").await.refused(409, "alert_ended");
    stage.snooze(json!({"for": "1h"})).await.refused(409, "alert_ended");
    stage.patch(json!({"name": "still"})).await.expect(200);
    assert_eq!(stage.now().await["status"], "triggered");

    let rearmed = stage.act("rearm").await.expect(200).body;
    assert_eq!((&rearmed["status"], &rearmed["fires"]), (&json!("active"), &json!(1)));
    stage.rig.fire(&stage.id, true).await;
    let edited =
        stage.patch(json!({"condition": {"type": "crossing", "price": "35000"}})).await.expect(200).body;
    assert_eq!((&edited["status"], &edited["fires"]), (&json!("active"), &json!(2)));
}

#[tokio::test]
async fn an_expired_alert_goes_on_once_it_has_time() {
    let stage = Stage::new().await;
    stage.patch(json!({"expires_at": "2027-01-15T08:02:00Z"})).await.expect(200);
    stage.rig.clock.advance("1m");
    stage.act("rearm").await.refused(409, "alert_expired");
    stage.rig.expire().await;
    assert_eq!(stage.now().await["status"], "expired");
    stage.act("resume").await.refused(409, "alert_ended");
    stage.patch(json!({"name": "still"})).await.expect(200);
    assert_eq!(stage.now().await["status"], "expired");
    let extended = stage.patch(json!({"expires_at": "2027-01-16T00:00:00Z"})).await.expect(200).body;
    assert_eq!(
        (&extended["status"], &extended["armed_at"]),
        (&json!("active"), &json!("2027-01-15T08:02:00Z"))
    );
}

#[tokio::test]
async fn snoozing_until_for_and_no_longer() {
    let stage = Stage::new().await;
    let until = stage.snooze(json!({"until": "2027-01-15T09:00:00Z"})).await.expect(200).body;
    assert_eq!(
        (&until["snoozed_until"], &until["status"]),
        (&json!("2027-01-15T09:00:00Z"), &json!("active"))
    );
    let span = stage.snooze(json!({"for": "2h"})).await.expect(200).body;
    assert_eq!(span["snoozed_until"], "2027-01-15T10:01:00Z");
    assert_eq!(stage.snooze(json!({"until": null})).await.expect(200).body["snoozed_until"], Value::Null);
    for (body, fault) in [
        (json!({}), "until required"),
        (json!({"until": "2020-01-01T00:00:00Z"}), "until past"),
        (json!({"for": "0s"}), "for range"),
        (json!({"for": "1h", "until": "2027-01-15T09:00:00Z"}), "for not_applicable"),
        (json!({"for": "soon"}), "for invalid"),
    ] {
        assert_eq!(stage.snooze(body).await.refused(400, "invalid_input").faults(), [fault]);
    }
}

#[tokio::test]
async fn deleting_is_for_good_and_may_be_repeated() {
    let stage = Stage::new().await;
    for _ in 0..2 {
        stage.rig.call(&stage.ada, "DELETE", &stage.path).await.expect(204);
        assert_eq!(stage.now().await["status"], "deleted");
    }
    stage.patch(json!({"name": "x"})).await.refused(409, "alert_deleted");
    for action in ["pause", "resume", "rearm"] {
        stage.act(action).await.refused(409, "alert_deleted");
    }
    assert_eq!(stage.now().await["version"], 2);
}

#[tokio::test]
async fn the_history_tells_who_did_what() {
    let stage = Stage::new().await;
    stage.patch(json!({"name": "named"})).await.expect(200);
    stage.rig.fire(&stage.id, true).await;
    stage.rig.call(&stage.ada, "DELETE", &stage.path).await.expect(204);
    let history =
        stage.rig.get(&stage.ada, &format!("{}/history?page_size=3", stage.path)).await.expect(200).body;
    let told = |entry: &Value| (entry["action"].clone(), entry["actor"].clone(), entry["status"].clone());
    let entries: Vec<_> = history["items"].as_array().unwrap().iter().map(told).collect();
    let me = json!(stage.ada.id.to_string());
    let expected = [
        (json!("deleted"), me.clone(), json!("deleted")),
        (json!("triggered"), Value::Null, json!("triggered")),
        (json!("updated"), me, json!("active")),
    ];
    assert_eq!(entries, expected);
    assert_eq!(history["total"], 4);
    assert_eq!(history["items"][2]["alert"]["name"], "named");
    let next = history["next"].as_str().unwrap();
    let rest = stage.rig.get(&stage.ada, next).await.expect(200).body;
    assert_eq!((&rest["items"][0]["action"], &rest["next"]), (&json!("created"), &Value::Null));
}

#[tokio::test]
async fn other_peoples_alerts_do_not_exist() {
    let stage = Stage::new().await;
    let eve = stage.rig.person("eve@example.org").await;
    let before = stage.now().await;
    let unknown = "0198c0de-0000-7000-8000-000000000000";
    for id in [stage.id.as_str(), unknown, "17", "../me"] {
        for (method, tail) in [
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/pause"),
            ("POST", "/resume"),
            ("POST", "/rearm"),
            ("GET", "/history"),
            ("GET", "/fires"),
        ] {
            let id = id.replace('/', "%2F");
            let answer = stage.rig.call(&eve, method, &format!("/api/alerts/{id}{tail}")).await;
            answer.refused(404, "not_found");
        }
        let id = id.replace('/', "%2F");
        let patched =
            stage.rig.call_with(&eve, "PATCH", &format!("/api/alerts/{id}"), &json!({"name": "x"})).await;
        patched.refused(404, "not_found");
        let snoozed = stage.rig.post(&eve, &format!("/api/alerts/{id}/snooze"), &json!({"for": "1h"})).await;
        snoozed.refused(404, "not_found");
    }
    assert_eq!(stage.now().await, before);
}

#[tokio::test]
async fn changes_at_the_same_time_all_happen() {
    let stage = Stage::new().await;
    let (one, two, three) = tokio::join!(
        stage.patch(json!({"name": "named"})),
        stage.patch(json!({"note": "noted"})),
        stage.patch(json!({"tags": ["tagged"]})),
    );
    for answer in [one, two, three] {
        answer.expect(200);
    }
    let now = stage.now().await;
    assert_eq!(
        (&now["name"], &now["note"], &now["tags"]),
        (&json!("named"), &json!("noted"), &json!(["tagged"]))
    );
    assert_eq!(now["version"], 4);
}
