//! `bellwether apply`: the alerts of an account become those of a file.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::rig::{Person, Rig};

/// A rig that has access to eBay, served; somebody, and their key.
struct Desk {
    rig: Rig,
    ada: Person,
    url: String,
    key: String,
}

impl Desk {
    async fn new() -> Self {
        let ebay = [("ebay.client_id", "an-application"), ("ebay.client_secret", "its secret")];
        let rig = Rig::with(&ebay).await;
        let ada = rig.person("ada@example.org").await;
        let wish = json!({"name": "apply", "scopes": ["read", "write"]});
        let key = rig.post(&ada, "/api/keys", &wish).await.expect(201).body;
        let key = key["secret"].as_str().unwrap().to_owned();
        let url = rig.listen().await;
        Self { rig, ada, url, key }
    }

    async fn apply(&self, text: &str, flags: &[&str]) -> Output {
        let path = self.rig.folder().join("alerts.jsonl");
        std::fs::write(&path, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether"));
        command
            .env_clear()
            .env("BELLWETHER_KEY", &self.key)
            .current_dir(self.rig.folder())
            .args(["apply", "alerts.jsonl", "--url", &self.url])
            .args(flags)
            .stdin(Stdio::null());
        tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
    }

    async fn export(&self) -> String {
        self.rig.get(&self.ada, "/api/alerts/export").await.expect(200).text
    }
}

fn told(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

#[track_caller]
fn succeeds(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    told(output)
}

#[track_caller]
fn fails(output: &Output) -> &str {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    std::str::from_utf8(&output.stderr).unwrap()
}

fn lines(alerts: &[Value]) -> String {
    alerts.iter().map(|alert| format!("{alert}\n")).collect()
}

fn price(name: &str, price: &str) -> Value {
    json!({"name": name, "instrument": "binance:btcusdt", "condition": {"type": "above", "price": price},
        "message": "{{{name}}} is {change} away"})
}

fn drops(repeat: &Value) -> Value {
    json!({"kind": "search", "name": "cameras", "search": {"query": "leica m6"}, "repeat": repeat,
           "condition": {"type": "price_drop", "percent": "5"}})
}

fn insights() -> Value {
    json!({"kind": "insights", "search": {"query": "gravel bike"}, "schedule": {"cron": "0 9 * * *"},
           "drop_percent": "2.5"})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alerts_become_those_of_the_file_and_an_export_is_one() {
    let desk = Desk::new().await;
    let once = json!({"mode": "once"});
    let file = lines(&[price("a", "1"), price("b", "2"), drops(&once), insights()]);
    let shown = desk.apply(&file, &["--dry-run"]).await;
    assert!(succeeds(&shown).ends_with("4 to be made.\n"), "{shown:?}");
    assert_eq!(desk.export().await, "", "it was only shown");
    assert!(fails(&desk.apply(&file, &[]).await).contains("nobody is there to be asked"));
    assert_eq!(desk.export().await, "");

    succeeds(&desk.apply(&file, &["--yes"]).await);
    let exported = desk.export().await;
    assert_eq!(exported.lines().count(), 4);
    assert_eq!(succeeds(&desk.apply(&file, &["--yes"]).await), "4 as wanted.\n");
    assert_eq!(succeeds(&desk.apply(&exported, &["--yes"]).await), "4 as wanted.\n", "export equals import");
    assert_eq!(desk.export().await, exported);

    let before = desk.rig.get(&desk.ada, "/api/alerts?q=cameras").await.expect(200).body;
    let every = json!({"mode": "every"});
    let next = lines(&[price("a", "1.5"), drops(&every), insights(), price("c", "3")]);
    let done = desk.apply(&next, &["--yes"]).await;
    let printed = succeeds(&done);
    for line in [
        "+ c: binance:BTCUSDT is at or above 3\n",
        "~ a: binance:BTCUSDT is at or above 1\n    condition: ",
        "~ cameras: ",
        "- b: binance:BTCUSDT is at or above 2\n",
        "1 to be made, 2 to be changed, 1 to be deleted, 1 as wanted.\nDone.\n",
    ] {
        assert!(printed.contains(line), "{line} in {printed}");
    }
    assert_eq!(succeeds(&desk.apply(&next, &["--dry-run"]).await), "4 as wanted.\n");
    let after = desk.rig.get(&desk.ada, "/api/alerts?q=cameras").await.expect(200).body;
    assert_eq!(before["items"][0]["id"], after["items"][0]["id"], "it was changed, not made anew");
    assert_eq!(after["items"][0]["repeat"]["mode"], "every");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_changes_nothing() {
    let desk = Desk::new().await;
    desk.rig.alert(&desk.ada, "33000").await;
    let before = desk.export().await;
    let nonsense = "{\"instrument\": \"binance:BTCUSDT\"}\n\n[]\n{\n";
    let refused = desk.apply(nonsense, &["--yes"]).await;
    for fault in ["line 1: condition is required", "line 3: ", "line 4: is not JSON"] {
        assert!(fails(&refused).contains(fault), "{fault} in {refused:?}");
    }
    let unknown =
        lines(&[json!({"instrument": "binance:NOPE", "condition": {"type": "above", "price": "1"}})]);
    let refused = desk.apply(&unknown, &["--yes"]).await;
    assert!(fails(&refused).contains("nothing was changed: the service refuses: "), "{refused:?}");
    let stranger = Desk { key: "bw_nonsense".to_owned(), ..desk };
    let refused = stranger.apply(&unknown, &["--yes"]).await;
    assert!(fails(&refused).contains("The key is not valid here"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("bw_nonsense"));
    assert_eq!(stranger.export().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_is_over_stays_so_when_its_note_changes() {
    let desk = Desk::new().await;
    let hook = json!({"kind": "webhook", "name": "desk", "url": "https://example.org/hook"});
    let hook = desk.rig.post(&desk.ada, "/api/channels", &hook).await.expect(201).id();
    let mut over = price("over", "1");
    over["expires_at"] = json!("2027-01-15T08:10:00Z");
    over["channels"] = json!(["email", hook]);
    succeeds(&desk.apply(&lines(&[over]), &["--yes"]).await);
    desk.rig.call(&desk.ada, "DELETE", &format!("/api/channels/{hook}")).await.expect(204);
    desk.rig.clock.advance("11m");
    desk.rig.expire().await;

    let mut exported: Value = serde_json::from_str(&desk.export().await).unwrap();
    exported["note"] = json!("it was worth it");
    succeeds(&desk.apply(&lines(&[exported]), &["--yes"]).await);
    let alerts = desk.rig.get(&desk.ada, "/api/alerts").await.expect(200).body;
    let alert = &alerts["items"][0];
    assert_eq!((&alert["note"], &alert["status"]), (&json!("it was worth it"), &json!("expired")));
    // In another account, or after a loss: all of it is made anew.
    let file = desk.export().await;
    succeeds(&desk.apply("", &["--yes"]).await);
    succeeds(&desk.apply(&file, &["--yes"]).await);
    assert_eq!(desk.export().await, file);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_watches_a_search_twice_changes_nothing() {
    let desk = Desk::new().await;
    let file = lines(&[price("a", "1"), insights(), insights(), price("b", "2")]);
    let refused = desk.apply(&file, &["--yes"]).await;
    let told = fails(&refused);
    assert!(
        told.contains("nothing was changed: the service refuses: lines[3].search is watched by lines[2]"),
        "{told}"
    );
    assert_eq!(desk.export().await, "");
}
