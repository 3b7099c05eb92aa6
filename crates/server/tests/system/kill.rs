//! Kill -9 under fire load, at each point between a tick and its recorded mail, and start again.
//!
//! One process after another serves the same store while a seeded walk trades; the first kills itself at
//! a point that the seed chooses. In the end every fire of the twin is in the store once, with the twin's
//! evidence, and has its mail; where a mail came twice it is the same one by its Message-ID.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_server::crash::Point;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::client::{Client, until};
use crate::process::Process;
use crate::stores::TestStore;
use crate::twins::Judge;
use crate::world::{Trade, World};

const SYMBOLS: [&str; 2] = ["BTCUSDT", "ETHUSDT"];
const ALERTS: u64 = 40;
const TRADES: usize = 150;

/// What a run came to.
pub(crate) struct Run {
    /// Where the process killed itself; `None` where the run was over before it got there.
    pub(crate) died_at: Option<Point>,
    /// Fires in all.
    pub(crate) fires: usize,
    /// Mails that came more than once.
    pub(crate) sent_again: usize,
}

/// One run on a fresh store.
pub(crate) async fn run(store: &TestStore, seed: u64) -> Run {
    let context = format!("seed {seed} on {}", store.name());
    let mut rng = StdRng::seed_from_u64(seed);
    let world = World::start().await;
    let point = Point::OF_A_FIRE[usize::try_from(seed % 5).unwrap()];
    // Fires come in bursts of one commit; the other points are passed once per message or batch. The mail
    // that verifies the user's address comes before them and does not count.
    let passage = rng.random_range(1..=6)
        + match point {
            Point::Logged | Point::Applied | Point::Committed => 0,
            Point::Claimed | Point::Accepted | Point::Recorded => 1,
        };

    let mut judge = Judge::default();
    let mut process = Process::start(&world, store, Some((point, passage))).await;
    let mut user = Client::sign_up(process.base(), &format!("kill-{seed}@example.org")).await;
    let mut died_at = None;
    for (trades, symbol) in (1..).zip(SYMBOLS) {
        let first = watch(&world, &user, symbol).await;
        judge.trade(&first);
        // An instrument's very first trade must not be lost either, though nothing is stored of it yet.
        let is_due = point == Point::Applied && passage == trades;
        if is_due && process.died_within_a_moment().await {
            died_at = Some(point);
            process = restart(&world, store, &mut user).await;
        }
        applied(&user, symbol, first.id).await;
    }
    let mut alerts = BTreeMap::new();
    for number in 0..ALERTS {
        let alert = some_alert(&mut rng, SYMBOLS[usize::try_from(number % 2).unwrap()]);
        alerts.insert(user.alert(alert.clone()).await, number);
        judge.alert(number, &alert);
    }

    let mut prices: BTreeMap<&str, i64> = SYMBOLS.map(|symbol| (symbol, 10_000)).into();
    for _ in 0..TRADES {
        let symbol = SYMBOLS[rng.random_range(0..2)];
        let price = prices.get_mut(symbol).unwrap();
        *price = (*price + rng.random_range(-6..=6)).clamp(9_970, 10_030);
        judge.trade(&world.trade(symbol, &price.to_string()));
        // Now and then the service gets to see what came so far before more comes.
        if rng.random_range(0..8) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(rng.random_range(1..15))).await;
        }
        if died_at.is_none() && process.died() {
            died_at = Some(point);
            process = restart(&world, store, &mut user).await;
        }
    }
    if died_at.is_none() && dies_before_the_end(&mut process, &user, judge.count()).await {
        died_at = Some(point);
        process = restart(&world, store, &mut user).await;
    }
    for symbol in SYMBOLS {
        applied(&user, symbol, world.last_id(symbol)).await;
    }

    let fires = until("every fire is in the store", async || {
        let fires = user.all("/api/fires").await;
        let (have, want) = (fires.len(), judge.count());
        if have >= want { Ok(fires) } else { Err(format!("{have} of {want}")) }
    })
    .await;
    judge.compare(&context, &alerts, &fires);
    judge.compare_statuses(&context, &user, &alerts).await;
    let sent_again = every_fire_has_its_mail(&context, &world, &user, &fires).await;
    process.stop().await;
    Run { died_at, fires: fires.len(), sent_again }
}

/// Whether it kills itself before so many fires are told, or with the last of them.
async fn dies_before_the_end(process: &mut Process, user: &Client, fires: usize) -> bool {
    let died = until("it has died, or all is told", async || {
        if process.died() {
            return Ok(true);
        }
        let told = user.try_all("/api/deliveries").await.map_err(|error| error.to_string())?;
        let is_told = |told: &&Value| told["about"] == "fire" && told["status"] == "delivered";
        let count = told.iter().filter(is_told).count();
        if count == fires { Ok(false) } else { Err(format!("{count} of {fires}")) }
    })
    .await;
    died || process.died_within_a_moment().await
}

/// Has an instrument watched, and its first trade made.
async fn watch(world: &World, user: &Client, symbol: &str) -> Trade {
    let quiet =
        json!({"instrument": format!("binance:{symbol}"), "condition": {"type": "below", "price": "0.01"}});
    user.alert(quiet).await;
    world.watched(symbol).await;
    world.trade(symbol, "10000")
}

async fn restart(world: &World, store: &TestStore, user: &mut Client) -> Process {
    let process = Process::start(world, store, None).await;
    user.log_in_at(process.base()).await;
    process
}

pub(crate) fn some_alert(rng: &mut impl Rng, symbol: &str) -> Value {
    const KINDS: [&str; 9] = [
        "crossing",
        "crossing_up",
        "crossing_down",
        "above",
        "below",
        "inside_channel",
        "outside_channel",
        "entering_channel",
        "exiting_channel",
    ];
    let level: i64 = rng.random_range(9_985..=10_015);
    let kind = KINDS[rng.random_range(0..KINDS.len())];
    let condition = if kind.ends_with("channel") {
        let high = level + rng.random_range(0..8);
        json!({"type": kind, "low": level.to_string(), "high": high.to_string()})
    } else {
        json!({"type": kind, "price": level.to_string()})
    };
    let repeat = match rng.random_range(0..3) {
        0 => json!({"mode": "once"}),
        1 => json!({"mode": "every"}),
        _ => json!({"mode": "every", "max_fires": rng.random_range(1..5)}),
    };
    json!({"instrument": format!("binance:{symbol}"), "condition": condition, "repeat": repeat})
}

/// Waits until the service has applied a trade.
pub(crate) async fn applied(user: &Client, symbol: &str, id: u64) {
    applied_at(user, &format!("binance%3A{symbol}"), id).await;
}

/// The same of an instrument of any venue, as it stands in a path.
pub(crate) async fn applied_at(user: &Client, instrument: &str, id: u64) {
    until("the trade is applied", async || {
        let instrument = user.get(&format!("/api/instruments/{instrument}")).await;
        let position = instrument["market"]["position"].as_u64();
        if position == Some(id) { Ok(()) } else { Err(format!("{position:?} instead of {id}")) }
    })
    .await;
}

/// A user's deliveries that tell of fires.
pub(crate) async fn deliveries(user: &Client) -> Vec<Value> {
    let all = user.all("/api/deliveries").await;
    all.into_iter().filter(|delivery| delivery["about"] == "fire").collect()
}

/// Each fire has one mail, or several that are one by their Message-ID; says how many came again.
pub(crate) async fn every_fire_has_its_mail(
    context: &str,
    world: &World,
    user: &Client,
    fires: &[Value],
) -> usize {
    let deliveries = until("every delivery is delivered", async || {
        let deliveries = deliveries(user).await;
        let done = deliveries.iter().filter(|delivery| delivery["status"] == "delivered").count();
        if done == fires.len() { Ok(deliveries) } else { Err(format!("{done} of {}", fires.len())) }
    })
    .await;
    let told: BTreeSet<_> = deliveries.iter().map(|delivery| delivery["fire_id"].to_string()).collect();
    let fired: BTreeSet<_> = fires.iter().map(|fire| fire["id"].to_string()).collect();
    assert_eq!(told, fired, "{context}: each fire has one delivery");

    let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
    for id in world.alert_mails_to(&user.email) {
        *by_id.entry(id).or_default() += 1;
    }
    let owed: BTreeSet<_> =
        deliveries.iter().map(|delivery| delivery["id"].as_str().unwrap().to_owned()).collect();
    let sent: BTreeSet<_> = by_id.keys().map(|id| id.split('@').next().unwrap().to_owned()).collect();
    assert_eq!(sent, owed, "{context}: each delivery has its mail, under its own Message-ID");
    by_id.values().filter(|&&times| times > 1).count()
}

/// Seeds per store: few in a quick run, as many as the pipeline asks for.
fn seeds() -> u64 {
    std::env::var("BELLWETHER_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(5)
}

/// Runs every seed, two at a time, and shows that each point was hit.
async fn survive(mut fresh: impl AsyncFnMut() -> Option<TestStore>) {
    let seeds = seeds();
    let mut hits: BTreeMap<&str, usize> = Point::OF_A_FIRE.map(|point| (point.name(), 0)).into();
    let (mut fires, mut again, mut name) = (0, 0, "");
    for pair in (0..seeds).collect::<Vec<_>>().chunks(2) {
        let mut runs = Vec::new();
        for &seed in pair {
            let Some(store) = fresh().await else { return };
            name = store.name();
            runs.push(async move { run(&store, seed).await });
        }
        for run in futures_util::future::join_all(runs).await {
            if let Some(point) = run.died_at {
                *hits.get_mut(point.name()).unwrap() += 1;
            }
            fires += run.fires;
            again += run.sent_again;
        }
    }
    println!(
        "{name}: {seeds} runs, killed at {hits:?}, {fires} fires, {again} mails sent again under their id"
    );
    let least = usize::try_from(seeds / 10).unwrap().max(usize::from(seeds >= 10));
    assert!(hits.values().all(|&count| count >= least), "a point was hit less than {least} times: {hits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_killed_on_sqlite() {
    survive(async || Some(TestStore::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_killed_on_postgresql() {
    survive(async || TestStore::postgres().await).await;
}
