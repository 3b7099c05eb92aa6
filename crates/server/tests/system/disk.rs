//! A disk that is full: the service says so, takes nothing that it cannot keep, loses nothing that it took, and goes
//! on by itself once there is room.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::Command;

use bellwether_simulators::inbox::{Action, Fault, Stage as At};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::until;
use crate::kill::every_fire_has_its_mail;
use crate::process::Process;
use crate::spine::Stage;
use crate::stores::TestStore;

/// A disk of a few MiB, in memory. Gone with this.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None`, and said so, where this process may not mount one.
    fn mount() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        if mounted {
            return Some(Self(folder));
        }
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "CI must run this: a small disk cannot be mounted"
        );
        println!("skipped: a full disk: this process may not mount a small one");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves no byte.
    fn fill(&self) {
        let mut ballast = File::create(self.path().join("ballast")).unwrap();
        loop {
            match ballast.write(&[0x55; 4_096]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

async fn store_says(stage: &Stage, status: StatusCode, said: &str) {
    until(said, async || {
        let (now, ready) = stage.user.call(Method::GET, "/readyz", None).await;
        if (now, &ready["parts"]["store"]) == (status, &json!(said)) {
            Ok(())
        } else {
            Err(ready.to_string())
        }
    })
    .await;
}

async fn writable(address: &str) -> bool {
    let text = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    text.lines().any(|line| line == "bellwether_store_writable 1")
}

async fn fires(stage: &Stage, count: usize) -> Vec<Value> {
    until("the fires", async || {
        let fires = stage.user.all("/api/fires").await;
        if fires.len() == count { Ok(fires) } else { Err(format!("{} fires", fires.len())) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_costs_nothing_that_was_accepted() {
    let Some(disk) = SmallDisk::mount() else { return };
    let store =
        TestStore::at(format!("sqlite:{}", disk.path().join("bellwether.db").display()), "a small disk");
    let metrics = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let settings = [
        ("BELLWETHER_PACE__EMAIL", "0/1s"),
        ("BELLWETHER_PACE__ALERT", "0/1s"),
        ("BELLWETHER_SERVER__METRICS_LISTEN", metrics.as_str()),
    ];
    let mut stage = Stage::set_with(store, &settings).await;
    stage.price("BTCUSDT", "32000").await;
    let alert = |price: &str| {
        json!({"instrument": "binance:BTCUSDT", "repeat": {"mode": "every"},
               "condition": {"type": "crossing", "price": price}})
    };
    stage.user.alert(alert("33000")).await;
    assert!(writable(&metrics).await);

    // A mail is on its way when the disk fills, so what came of it cannot be recorded.
    let held =
        Fault { stage: At::Accept, action: Action::Delay { ms: 10_000 }, recipient: None, times: Some(1) };
    stage.world.inbox.faults().add(held).unwrap();
    stage.trade("BTCUSDT", "33000").await;
    fires(&stage, 1).await;
    until("the mail is on its way", async || {
        let deliveries = stage.user.all("/api/deliveries").await;
        if deliveries.iter().any(|delivery| delivery["status"] == "sending") {
            return Ok(());
        }
        Err(json!(deliveries).to_string())
    })
    .await;
    disk.fill();
    stage.world.trade("BTCUSDT", "32000");
    stage.world.trade("BTCUSDT", "33000");
    store_says(&stage, StatusCode::SERVICE_UNAVAILABLE, "has no room left").await;
    assert!(!writable(&metrics).await);

    // Nothing new is taken, and whoever asks is told why; what is stored can be read.
    let (status, told) = stage.user.call(Method::POST, "/api/alerts", Some(alert("40000"))).await;
    assert_eq!((status, &told["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("unavailable")));
    assert!(told["detail"].as_str().unwrap().contains("no room left"), "{told}");
    let line = r#"{"instrument": "push:mine/GOLD", "price": "1", "time": "2026-01-01T00:00:00Z", "id": 1}"#;
    assert_eq!(stage.user.push(line.to_owned()).await.unwrap().0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stage.user.call(Method::GET, "/healthz", None).await.0, StatusCode::OK);
    assert_eq!(stage.user.all("/api/alerts").await.len(), 2);
    assert_eq!(stage.user.all("/api/fires").await.len(), 1, "what cannot be kept has not fired");

    disk.make_room();
    store_says(&stage, StatusCode::OK, "ready").await;
    assert!(writable(&metrics).await);
    let fired = fires(&stage, 2).await;
    // A mail that was sent and could not be recorded may come again, under the id that it had.
    let again = every_fire_has_its_mail("a full disk", &stage.world, &stage.user, &fired).await;
    println!("{again} mails came again under their id");
    stage.user.alert(alert("40000")).await;

    // A process that dies while the disk is full finds again what it could not keep.
    disk.fill();
    stage.world.trade("BTCUSDT", "32000");
    stage.world.trade("BTCUSDT", "33000");
    store_says(&stage, StatusCode::SERVICE_UNAVAILABLE, "has no room left").await;
    let Stage { store, world, process, mut user } = stage;
    drop(process);
    disk.make_room();
    let process = Process::start_with(&world, &store, None, &settings).await;
    user.log_in_at(process.base()).await;
    stage = Stage { store, world, process, user };
    let fired = fires(&stage, 3).await;
    every_fire_has_its_mail("a kill on a full disk", &stage.world, &stage.user, &fired).await;
    stage.process.stop().await;
}
