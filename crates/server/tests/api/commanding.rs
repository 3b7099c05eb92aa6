//! `bellwether alerts` and `bellwether channels`: an account from the command line.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use bellwether_model::AttemptId;
use bellwether_store::delivery::{AttemptOutcome, ClaimWish, Lane, NewAttempt};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::rig::{Person, Rig, crossing};

/// A rig, served; somebody, and their key.
struct Desk {
    rig: Rig,
    ada: Person,
    url: String,
    key: String,
}

impl Desk {
    async fn new() -> Self {
        let rig = Rig::new().await;
        let ada = rig.person("ada@example.org").await;
        let wish = json!({"name": "commands", "scopes": ["read", "write"]});
        let key = rig.post(&ada, "/api/keys", &wish).await.expect(201).body;
        let key = key["secret"].as_str().unwrap().to_owned();
        let url = rig.listen().await;
        Self { rig, ada, url, key }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether"));
        command
            .env_clear()
            .env("BELLWETHER_KEY", &self.key)
            .env("BELLWETHER_URL", &self.url)
            .current_dir(self.rig.folder())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    async fn run(&self, args: &[&str]) -> Output {
        self.run_with(args, "").await
    }

    /// With something on standard input.
    async fn run_with(&self, args: &[&str], input: &str) -> Output {
        let mut child = self.command(args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that reads nothing may have ended before.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap()
    }

    async fn export(&self) -> String {
        self.rig.get(&self.ada, "/api/alerts/export").await.expect(200).text
    }
}

#[track_caller]
fn succeeds(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    std::str::from_utf8(&output.stdout).unwrap()
}

#[track_caller]
fn fails(output: &Output, status: i32) -> &str {
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    std::str::from_utf8(&output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_are_added_listed_and_removed() {
    let desk = Desk::new().await;
    let named = ["alerts", "add", "binance:btcusdt", "crossing-up", "33000", "--name", "up", "--every"];
    let made: Value = serde_json::from_str(succeeds(&desk.run(&named).await)).unwrap();
    assert_eq!((&made["name"], &made["instrument"]), (&json!("up"), &json!("binance:BTCUSDT")));
    assert_eq!(
        (&made["condition"], &made["repeat"]["mode"]),
        (&json!({"type": "crossing_up", "price": "33000"}), &json!("every"))
    );
    let whole = crossing("40000").to_string();
    let second: Value =
        serde_json::from_str(succeeds(&desk.run_with(&["alerts", "add"], &whole).await)).unwrap();
    std::fs::write(desk.rig.folder().join("alert.json"), crossing("50000").to_string()).unwrap();
    succeeds(&desk.run(&["alerts", "add", "alert.json"]).await);

    let listed = desk.run(&["alerts", "list"]).await;
    let listed: Vec<Value> =
        succeeds(&listed).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let prices: Vec<_> = listed.iter().map(|alert| alert["condition"]["price"].clone()).collect();
    assert_eq!(prices, ["50000", "40000", "33000"]);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for args in [["alerts", "list"], ["alerts", "export"]] {
        let mut command = desk.command(&args);
        command.stdout(full());
        let missing = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        assert!(fails(&missing, 1).contains("standard output cannot be written to"), "{missing:?}");
    }
    let table = desk.run(&["alerts", "list", "--table"]).await;
    let (up, second) = (made["id"].as_str().unwrap(), second["id"].as_str().unwrap());
    let row = format!("{up}  active     up: binance:BTCUSDT ");
    assert!(succeeds(&table).lines().any(|line| line.starts_with(&row)), "{row} in {table:?}");

    let nobody = Uuid::nil().to_string();
    let removed = desk.run(&["alerts", "rm", up, &nobody, second]).await;
    assert!(
        fails(&removed, 2).contains(&format!("{nobody} was not deleted: the service refuses: ")),
        "{removed:?}"
    );
    assert_eq!(std::str::from_utf8(&removed.stdout).unwrap(), format!("Deleted {up}.\nDeleted {second}.\n"));
    assert_eq!(desk.export().await.lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_imported_all_or_nothing() {
    let desk = Desk::new().await;
    for price in ["1", "2"] {
        desk.rig.alert(&desk.ada, price).await;
    }
    let exported = desk.export().await;
    assert_eq!(succeeds(&desk.run(&["alerts", "export"]).await), exported);
    succeeds(&desk.run(&["alerts", "export", "alerts.jsonl"]).await);
    assert_eq!(std::fs::read_to_string(desk.rig.folder().join("alerts.jsonl")).unwrap(), exported);
    assert!(!desk.rig.folder().join("alerts.jsonl.part").exists());

    assert_eq!(succeeds(&desk.run(&["alerts", "import", "alerts.jsonl"]).await), "Made 2.\n");
    assert_eq!(succeeds(&desk.run_with(&["alerts", "import", "-"], &exported).await), "Made 2.\n");
    assert_eq!(desk.export().await.lines().count(), 6);
    let wrong = format!("{exported}{{\"instrument\": \"binance:BTCUSDT\"}}\n");
    let refused = desk.run_with(&["alerts", "import", "-"], &wrong).await;
    assert!(fails(&refused, 2).contains("nothing was made: the service refuses: "), "{refused:?}");
    assert_eq!(desk.export().await.lines().count(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_to_be_corrected_is_told_apart_from_what_went_wrong() {
    let desk = Desk::new().await;
    for (args, told) in [
        (&["alerts", "add", "binance:BTCUSDT", "reaching", "33000"][..], "condition.type"),
        (&["alerts", "add", "binance:NOPE", "crossing", "33000"], "instrument"),
        (&["alerts", "add", "binance:BTCUSDT"], "INSTRUMENT CONDITION PRICE"),
        (&["alerts", "add", "nowhere.json"], "nowhere.json cannot be read"),
        (&["alerts", "import", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (&["alerts", "rm", "nonsense"], "nonsense"),
        (&["alerts", "list", "--url", "localhost"], "must begin with http://"),
        (&["alerts", "list", "--key-file", "nowhere"], "the key cannot be read from nowhere"),
        (&["channels", "test", "00000000-0000-0000-0000-000000000000"], "the service refuses: "),
    ] {
        let refused = desk.run(args).await;
        assert!(fails(&refused, 2).contains(told), "{told} in {refused:?}");
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = desk.run(&["alerts", "list", "--url", &format!("http://{closed}")]).await;
    assert!(fails(&away, 1).contains("cannot be reached"), "{away:?}");
    let stranger = Desk { key: "bw_nonsense".to_owned(), ..desk };
    let refused = stranger.run(&["alerts", "list"]).await;
    assert!(fails(&refused, 2).contains("The key is not valid here"), "{refused:?}");
    assert!(!format!("{refused:?}").contains("bw_nonsense"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_a_channel_tells_what_came_of_it() {
    let desk = Desk::new().await;
    let webhook = json!({"kind": "webhook", "name": "desk", "url": "https://example.org/hook"});
    let channel = desk.rig.post(&desk.ada, "/api/channels", &webhook).await.expect(201).id();
    let outcomes = [
        (AttemptOutcome::Delivered, "200 OK", 0, "The receiver accepted the message."),
        (AttemptOutcome::Dead, "410 Gone", 1, "the receiver refuses the message: 410 Gone"),
    ];
    for (outcome, detail, status, told) in outcomes {
        let args = ["channels", "test", channel.as_str()];
        let tested = tokio::join!(desk.run(&args), answer(&desk.rig, outcome, detail)).0;
        assert_eq!(tested.status.code(), Some(status), "{tested:?}");
        let said = [tested.stdout, tested.stderr].concat();
        assert!(std::str::from_utf8(&said).unwrap().contains(told), "{told}");
    }
}

/// Does as a deliverer would with the test message, once it is there.
async fn answer(rig: &Rig, outcome: AttemptOutcome, detail: &str) {
    let claim = loop {
        let wish = ClaimWish::new(Lane::Urgent, 100, Uuid::now_v7(), Duration::from_secs(60));
        let claims = rig.store.claim(wish, rig.now()).await.unwrap().claims;
        // The mail that verifies her address may be among them.
        match claims.into_iter().find(|claim| claim.channel.to_string() != "email") {
            Some(claim) => break claim,
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    let attempt = NewAttempt {
        id: AttemptId(Uuid::now_v7()),
        delivery: claim.id,
        channel: claim.channel,
        token: claim.token,
        started_at: rig.now(),
        took_us: 1_500,
        outcome,
        ambiguous: false,
        detail: detail.to_owned(),
        combined_in: None,
    };
    assert_eq!(rig.store.record(vec![attempt], rig.now()).await.unwrap(), []);
}
