//! Recorded trades over the simulated socket give exactly the fires of the twin, and one mail each.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use bellwether_simulators::binance::{Market, Replay, Speed, Stamps};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::kill::{applied, every_fire_has_its_mail};
use crate::process::Process;
use crate::stores::TestStore;
use crate::twins::Judge;
use crate::world::World;

const FILE: &str = "binance/trades/BTCUSDC-aggTrades-2025-10-08.csv.zst";
const SYMBOL: &str = "BTCUSDC";
const ALERTS: u64 = 200;
/// The last of the day's trades, so that the slow twin has an end: about ten thousand.
const SKIP: Duration = Duration::from_secs(23 * 3_600);

async fn replay(store: &TestStore, file: PathBuf) {
    let recording = Replay {
        speed: Speed::Unthrottled,
        stamps: Stamps::ShiftedToNow,
        symbol: Some(SYMBOL.to_owned()),
        skip: SKIP,
        ..Replay::new(file)
    };
    let world = World::with(Market::Replay(recording)).await;
    let process = Process::start(&world, store, None).await;
    let user = Client::sign_up(process.base(), "recorded@example.org").await;
    let mut judge = Judge::default();
    let mut alerts = BTreeMap::new();
    let mut rng = StdRng::seed_from_u64(8);
    for number in 0..ALERTS {
        let alert = some_alert(&mut rng);
        alerts.insert(user.alert(alert.clone()).await, number);
        judge.alert(number, &alert);
    }
    world.watched(SYMBOL).await;
    let before = world.last_id(SYMBOL);
    world.binance.control().resume();
    until("the recording is over", async || match world.binance.control().replay_remaining() {
        0 => Ok(()),
        left => Err(format!("{left} left")),
    })
    .await;
    applied(&user, SYMBOL, world.last_id(SYMBOL)).await;

    for trade in world.history(SYMBOL, before + 1).await {
        judge.trade(&trade);
    }
    let fires = until("every fire is in the store", async || {
        let fires = user.all("/api/fires").await;
        if fires.len() >= judge.count() {
            Ok(fires)
        } else {
            Err(format!("{} of {}", fires.len(), judge.count()))
        }
    })
    .await;
    assert!(fires.len() > 20, "a recording in which nothing happens shows nothing: {} fires", fires.len());
    judge.compare(store.name(), &alerts, &fires);
    judge.compare_statuses(store.name(), &user, &alerts).await;
    every_fire_has_its_mail(store.name(), &world, &user, &fires).await;
    println!("{}: {} fires and as many mails", store.name(), fires.len());
    process.stop().await;
}

/// An alert at a level somewhere in the day's range.
fn some_alert(rng: &mut StdRng) -> Value {
    let level =
        |rng: &mut StdRng| format!("{}.{:02}", rng.random_range(121_500..124_000), rng.random_range(0..100));
    let kind = ["crossing", "crossing_up", "crossing_down", "above", "below"][rng.random_range(0..5)];
    let repeat = match rng.random_range(0..3) {
        0 => json!({"mode": "once"}),
        1 => json!({"mode": "every", "cooldown": format!("{}s", rng.random_range(0..90)), "max_fires": 20}),
        _ => json!({"mode": "every", "max_fires": rng.random_range(1..10)}),
    };
    json!({"instrument": format!("binance:{SYMBOL}"), "condition": {"type": kind, "price": level(rng)},
           "repeat": repeat})
}

/// The recording, where there is one on this machine.
fn recording() -> Option<PathBuf> {
    let folder = std::env::var_os("BELLWETHER_DATA");
    let file = folder.map(|folder| PathBuf::from(folder).join(FILE)).filter(|file| file.exists());
    if file.is_none() {
        // Past the test runner, which keeps what passing tests print to itself.
        let why = format!("BELLWETHER_DATA does not name a folder with {FILE}");
        std::io::stdout()
            .write_all(format!("skipped: recorded trades through the service: {why}\n").as_bytes())
            .unwrap();
    }
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_trades_give_the_fires_of_the_twin_on_sqlite() {
    if let Some(file) = recording() {
        replay(&TestStore::sqlite(), file).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_trades_give_the_fires_of_the_twin_on_postgresql() {
    if let (Some(file), Some(store)) = (recording(), TestStore::postgres().await) {
        replay(&store, file).await;
    }
}
