//! The links in messages: looking does nothing, a button acts once, one click may come any number of times.

use axum::body::Body;
use axum::http::Request;
use bellwether_model::{AlertId, DeliveryId};
use bellwether_server::links::AlertLink;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rig::{Answer, Person, Rig};

struct Desk {
    rig: Rig,
    ada: Person,
    alert: String,
}

impl Desk {
    async fn new() -> Self {
        let rig = Rig::new().await;
        let ada = rig.person("ada@example.org").await;
        let alert = rig.alert(&ada, "33000").await.to_string();
        Self { rig, ada, alert }
    }

    fn token(&self) -> String {
        let alert = AlertId(self.alert.parse().unwrap());
        let delivery = DeliveryId(Uuid::now_v7());
        self.rig.links.token(&AlertLink { user: self.ada.id, alert, delivery, since: self.rig.now() })
    }

    async fn open(&self, path: &str) -> Answer {
        self.rig.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.rig.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    async fn read(&self) -> Value {
        self.rig.get(&self.ada, &format!("/api/alerts/{}", self.alert)).await.expect(200).body
    }

    async fn resume(&self) {
        let path = format!("/api/alerts/{}/resume", self.alert);
        self.rig.call(&self.ada, "POST", &path).await.expect(200);
    }
}

#[tokio::test]
async fn looking_at_a_link_changes_nothing() {
    let desk = Desk::new().await;
    let token = desk.token();
    for page in ["stop", "unsubscribe"] {
        let shown = desk.open(&format!("/{page}?token={token}")).await.expect(200);
        assert!(shown.text.contains("method=\"post\"") && shown.text.contains(&token), "{}", shown.text);
        assert_eq!(desk.read().await["status"], "active");
    }
}

#[tokio::test]
async fn a_button_acts_once() {
    let desk = Desk::new().await;
    let token = desk.token();
    let form = format!("token={token}&do=stop");
    desk.post("/stop", &form).await.expect(200);
    assert_eq!(desk.read().await["status"], "paused");
    desk.resume().await;
    let again = desk.post("/stop", &form).await.expect(200);
    assert!(again.text.contains("done before"), "{}", again.text);
    assert_eq!(desk.read().await["status"], "active", "a link that was used does not act again");
    let history = desk.rig.get(&desk.ada, &format!("/api/alerts/{}/history", desk.alert)).await.expect(200);
    assert!(history.text.contains("paused"), "{}", history.text);

    desk.post("/stop", &format!("token={token}&do=snooze")).await.expect(200);
    assert_eq!(desk.read().await["snoozed_until"], "2027-01-16T08:00:00Z");
    desk.post("/stop", &format!("token={}&do=stop", desk.token())).await.expect(200);
    assert_eq!(desk.read().await["status"], "paused", "another message has another link");
}

#[tokio::test]
async fn one_click_may_come_any_number_of_times() {
    let desk = Desk::new().await;
    let path = format!("/unsubscribe?token={}", desk.token());
    for _ in 0..3 {
        desk.post(&path, "List-Unsubscribe=One-Click").await.expect(200);
        assert_eq!(desk.read().await["status"], "paused");
    }
    let deleted = format!("/api/alerts/{}", desk.alert);
    desk.rig.call(&desk.ada, "DELETE", &deleted).await.expect(204);
    desk.post(&path, "List-Unsubscribe=One-Click").await.expect(200);
}

#[tokio::test]
async fn what_is_no_link_of_ours_does_nothing() {
    let desk = Desk::new().await;
    let (token, other) = (desk.token(), Desk::new().await.token());
    desk.post("/stop", &format!("token={token}")).await.expect(400);
    desk.post("/stop", &format!("token={token}&do=delete")).await.expect(400);
    for wrong in ["", "x", &token[1..], &other] {
        desk.open(&format!("/stop?token={wrong}")).await.expect(400);
        desk.post("/stop", &format!("token={wrong}&do=stop")).await.expect(400);
        desk.post(&format!("/unsubscribe?token={wrong}"), "List-Unsubscribe=One-Click").await.expect(400);
    }
    desk.rig.clock.advance("91d");
    desk.post("/stop", &format!("token={token}&do=stop")).await.expect(400);
    let read =
        desk.rig.store.alert(desk.ada.id, AlertId(desk.alert.parse().unwrap())).await.unwrap().unwrap();
    assert_eq!(read.status.name(), "active");
    assert_eq!(json!(read.snoozed_until), Value::Null);
}
