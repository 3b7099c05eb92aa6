//! A copy that was made while the service ran is a service again.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::client::{Client, until};
use crate::process::Process;
use crate::spine::Stage;
use crate::stores::TestStore;

fn backup(store: &str, file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bellwether"))
        .args(["backup", "--store", store])
        .arg(file)
        .env_clear()
        .output()
        .unwrap()
}

async fn names(user: &Client) -> Vec<String> {
    let alerts = user.all("/api/alerts").await;
    let mut names: Vec<_> = alerts.iter().map(|alert| alert["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_of_a_running_service_is_gone_on_from() {
    let stage = Stage::set(TestStore::sqlite()).await;
    stage.price("BTCUSDT", "32000").await;
    let crossing = |name: &str| {
        json!({"name": name, "instrument": "binance:BTCUSDT", "repeat": {"mode": "every"},
               "condition": {"type": "crossing", "price": "33000"}})
    };
    stage.user.alert(crossing("before")).await;
    stage.trade("BTCUSDT", "33000").await;
    until("the fire is stored", async || {
        let fires = stage.user.all("/api/fires").await.len();
        if fires == 1 { Ok(()) } else { Err(format!("{fires} fires")) }
    })
    .await;
    let file = stage.store.folder().join("backup.db");
    let made = backup(stage.store.url(), &file);
    assert!(made.status.success(), "{made:?}");
    assert!(String::from_utf8_lossy(&made.stderr).contains("keys"), "{made:?}");
    let again = backup(stage.store.url(), &file);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("there already"));

    // What is lost with the disk: an alert that was made afterwards. What is not: what the venue still knows.
    stage.user.alert(crossing("after")).await;
    stage.trade("BTCUSDT", "32500").await;
    stage.trade("BTCUSDT", "33500").await;
    let Stage { store, world, process, mut user } = stage;
    drop(process);
    let database = store.folder().join("bellwether.db");
    for ending in ["db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(database.with_extension(ending));
    }
    std::fs::rename(&file, &database).unwrap();
    let process = Process::start(&world, &store, None).await;
    user.log_in_at(process.base()).await;
    assert_eq!(names(&user).await, ["before", "keeps it watched"]);
    let fires = until("what happened since the backup is found", async || {
        let fires = user.all("/api/fires").await;
        if fires.len() == 2 { Ok(fires) } else { Err(format!("{} fires", fires.len())) }
    })
    .await;
    let mut prices: Vec<_> =
        fires.iter().map(|fire| fire["evidence"]["price"].as_str().unwrap().to_owned()).collect();
    prices.sort();
    assert_eq!(prices, ["33000", "33500"]);
}

#[test]
fn what_cannot_be_copied_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = |store: &str| {
        let made = backup(store, &folder.path().join("backup.db"));
        assert!(!made.status.success());
        String::from_utf8(made.stderr).unwrap()
    };
    assert!(told("postgres://nobody@localhost/none").contains("pg_dump"));
    let missing = format!("sqlite:{}", folder.path().join("none.db").display());
    assert!(told(&missing).contains("there is no database"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
}
