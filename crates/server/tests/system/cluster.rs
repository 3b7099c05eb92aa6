//! Several processes of each role over PostgreSQL and NATS do what one does alone: also while they are killed,
//! stopped and woken again, and while a server of the bus dies.

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_bus::testing::NatsServers;
use bellwether_model::Timestamp;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::client::{Client, until};
use crate::kill::{applied, every_fire_has_its_mail, some_alert};
use crate::process::Process;
use crate::quarantine::a_glitch_and_a_jump;
use crate::silence::fires;
use crate::stores::TestStore;
use crate::switches::{explained, promote, quiet, streamed, switch};
use crate::twins::Judge;
use crate::world::{World, now_us};

const SYMBOLS: [&str; 4] = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT"];
const ROLES: [&str; 4] = ["api", "feed", "engine", "deliver,schedule"];

/// Two processes of each role.
struct Cluster {
    world: World,
    store: TestStore,
    servers: NatsServers,
    processes: BTreeMap<(&'static str, usize), Process>,
}

impl Cluster {
    /// Starts everything; nothing, and said so, where a server is not installed.
    async fn start(servers: usize) -> Option<Self> {
        let store = TestStore::postgres().await?;
        let servers = NatsServers::start(servers)?;
        let world = World::start().await;
        let mut cluster = Self { world, store, servers, processes: BTreeMap::new() };
        for number in 0..2 {
            for role in ROLES {
                cluster.begin(role, number).await;
            }
        }
        Some(cluster)
    }

    async fn begin(&mut self, role: &'static str, number: usize) {
        let url = self.servers.url();
        let settings = [
            ("BELLWETHER_BUS__URL", url.as_str()),
            ("BELLWETHER_SERVER__ROLES", role),
            ("BELLWETHER_STORE__CONNECTIONS", "4"),
            ("BELLWETHER_PACE__EMAIL", "0/1s"),
            ("BELLWETHER_PACE__ALERT", "0/1s"),
        ];
        let process = Process::start_with(&self.world, &self.store, None, &settings).await;
        self.processes.insert((role, number), process);
    }

    fn api(&self, number: usize) -> &str {
        self.processes[&("api", number)].base()
    }

    /// Has both instruments watched, each with a first trade.
    async fn warm_up(&self, user: &Client, judge: &mut Judge) {
        for symbol in SYMBOLS {
            let quiet = json!({
                "instrument": format!("binance:{symbol}"),
                "condition": {"type": "below", "price": "0.01"},
            });
            user.alert(quiet).await;
            self.world.watched(symbol).await;
            let first = self.world.trade(symbol, "10000");
            judge.trade(&first);
            applied(user, symbol, first.id).await;
        }
    }

    async fn stop(self) {
        for (_, process) in self.processes {
            process.stop().await;
        }
    }
}

/// Waits until every fire of the twin is in the store, and compares all.
async fn settle(context: &str, user: &Client, judge: &Judge, alerts: &BTreeMap<String, u64>) -> Vec<Value> {
    let fires = until("every fire is in the store", async || {
        let fires = user.all("/api/fires").await;
        let (have, want) = (fires.len(), judge.count());
        if have >= want { Ok(fires) } else { Err(format!("{context}: {have} of {want}")) }
    })
    .await;
    judge.compare(context, alerts, &fires);
    judge.compare_statuses(context, user, alerts).await;
    fires
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_feed_holds_back_is_seen_from_the_processes_that_answer() {
    let Some(cluster) = Cluster::start(1).await else { return };
    let user = Client::sign_up(cluster.api(1), "reader@example.org").await;
    a_glitch_and_a_jump(&cluster.world, &user, ["35000", "35001"]).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_is_told_once_also_where_its_engine_is_replaced_in_the_middle() {
    let Some(mut cluster) = Cluster::start(1).await else { return };
    let user = Client::sign_up(cluster.api(0), "quiet@example.org").await;
    cluster.warm_up(&user, &mut Judge::default()).await;
    let pushed = r#"{"instrument": "push:desk/GOLD", "price": "100"}"#;
    assert!(user.push(pushed.to_owned()).await.unwrap().0.is_success());
    let silent = |instrument: &str| json!({"instrument": instrument, "condition": {"type": "silent", "for": "10s"}, "repeat": {"mode": "every"}});
    user.alert(silent("binance:BTCUSDT")).await;
    user.alert(silent("push:desk/GOLD")).await;
    let last = cluster.world.trade("BTCUSDT", "10000");
    applied(&user, "BTCUSDT", last.id).await;
    sleep(Duration::from_secs(4)).await;
    for number in 0..2 {
        cluster.processes.remove(&("engine", number)).unwrap().stop().await;
        cluster.begin("engine", number).await;
    }
    let told = fires(&user, 2).await;
    let streamed = told.iter().find(|fire| fire["evidence"]["instrument"] == "binance:BTCUSDT").unwrap();
    let time: Timestamp = streamed["evidence"]["time"].as_str().unwrap().parse().unwrap();
    assert_eq!((time.micros(), &streamed["evidence"]["id"]), (last.time_us + 10_000_000, &json!(last.id)));
    every_fire_has_its_mail("a silence", &cluster.world, &user, &told).await;
    // Two more words of the feed that it still watches, and an engine that takes over behind the fire.
    cluster.processes.remove(&("engine", 0)).unwrap().stop().await;
    sleep(Duration::from_secs(11)).await;
    fires(&user, 2).await;
    let next = cluster.world.trade("BTCUSDT", "10001");
    applied(&user, "BTCUSDT", next.id).await;
    fires(&user, 3).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_each_role_do_what_one_does() {
    let Some(cluster) = Cluster::start(1).await else { return };
    let (world, mut judge) = (&cluster.world, Judge::default());
    let one = Client::sign_up(cluster.api(0), "cluster@example.org").await;
    let mut other = one.clone();
    other.log_in_at(cluster.api(1)).await;
    cluster.warm_up(&one, &mut judge).await;
    for symbol in SYMBOLS {
        applied(&other, symbol, world.last_id(symbol)).await;
    }

    let (mut alerts, mut rng) = (BTreeMap::new(), StdRng::seed_from_u64(1));
    for number in 0..60 {
        let alert = some_alert(&mut rng, SYMBOLS[usize::try_from(number % 4).unwrap()]);
        // Whichever process takes an alert in, its engine hears of it.
        let by = if number % 2 == 0 { &one } else { &other };
        alerts.insert(by.alert(alert.clone()).await, number);
        judge.alert(number, &alert);
    }
    // What one process changes, the other shows at once: nothing is kept that may be old.
    let gone = one
        .alert(json!({"instrument": "binance:BTCUSDT", "condition": {"type": "above", "price": "1"}}))
        .await;
    one.ok(reqwest::Method::DELETE, &format!("/api/alerts/{gone}"), None).await;
    assert_eq!(other.get(&format!("/api/alerts/{gone}")).await["status"], "deleted");
    let asked = alerts.keys().next().unwrap();
    let why = until("an engine answers why", async || {
        let why = other.get(&format!("/api/alerts/{asked}/explain")).await;
        if why["market"].is_object() { Ok(why) } else { Err(why.to_string()) }
    })
    .await;
    assert_eq!(why["market"]["price"], "10000", "{why}");

    let mut prices: BTreeMap<&str, i64> = SYMBOLS.map(|symbol| (symbol, 10_000)).into();
    for _ in 0..400 {
        let symbol = SYMBOLS.choose(&mut rng).unwrap();
        let price = prices.get_mut(symbol).unwrap();
        *price = (*price + rng.random_range(-6..=6)).clamp(9_970, 10_030);
        judge.trade(&world.trade(symbol, &price.to_string()));
        if rng.random_range(0..10) == 0 {
            sleep(Duration::from_millis(rng.random_range(1..10))).await;
        }
    }
    let fires = settle("a calm run", &other, &judge, &alerts).await;
    assert!(fires.len() > 50, "{}", fires.len());
    let again = every_fire_has_its_mail("a calm run", world, &one, &fires).await;
    assert_eq!(again, 0, "nothing was in flight when anything died");

    // An alert on two instruments goes by the order in which their ticks stand in the log.
    let both = json!({"instrument": "binance:BTCUSDT", "repeat": {"mode": "every"}, "condition": {
        "type": "all", "of": [
            {"type": "above", "price": "10100"},
            {"type": "below", "price": "9900", "instrument": "binance:ETHUSDT"},
    ]}});
    let number = 1_000;
    alerts.insert(one.alert(both.clone()).await, number);
    judge.alert(number, &both);
    for (symbol, price) in [
        ("BTCUSDT", "10101"),
        ("ETHUSDT", "9900"),
        ("ETHUSDT", "9899"),
        ("BTCUSDT", "10099"),
        ("ETHUSDT", "9800"),
        ("BTCUSDT", "10102"),
        ("ETHUSDT", "9950"),
    ] {
        let trade = world.trade(symbol, price);
        judge.trade(&trade);
        applied(&other, symbol, trade.id).await;
    }
    let fires = settle("an alert on two instruments", &one, &judge, &alerts).await;
    let of_both = fires.iter().filter(|fire| alerts[fire["alert_id"].as_str().unwrap()] == number).count();
    assert_eq!(of_both, 2);

    // Ticks are pushed to one process and seen by the other.
    let gold = json!({"instrument": "push:desk/GOLD", "condition": {"type": "above", "price": "2400"}});
    let pushed = |price: &str| format!(r#"{{"instrument": "push:desk/GOLD", "price": "{price}"}}"#);
    let (status, answer) = one.push(pushed("2300")).await.unwrap();
    assert!(status.is_success(), "{answer}");
    let gold = other.alert(gold).await;
    sleep(Duration::from_millis(5)).await;
    let (status, answer) = other.push(pushed("2411.30")).await.unwrap();
    assert!(status.is_success(), "{answer}");
    until("the pushed tick fires", async || {
        let fires = one.all(&format!("/api/alerts/{gold}/fires")).await;
        if fires.len() == 1 { Ok(()) } else { Err(format!("{fires:?}")) }
    })
    .await;
    cluster.stop().await;
}

/// What is done to a cluster while trades go on.
#[derive(Debug, Clone, Copy)]
enum Blow {
    /// A process is killed, and another is started in its place a while later.
    Kill(&'static str),
    /// A process is stopped for longer than its leases last, and woken again.
    Stop(&'static str),
    /// A server of the bus is killed, and started again.
    Server(usize),
}

/// Four blows, of which each is over before the next one falls; the same for the same seed.
fn blows(seed: u64) -> Vec<Blow> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut all = vec![
        Blow::Kill("engine"),
        Blow::Kill("feed"),
        Blow::Kill("deliver,schedule"),
        Blow::Stop("engine"),
        Blow::Stop("feed"),
        Blow::Server(rng.random_range(0..3)),
    ];
    rand::seq::SliceRandom::shuffle(all.as_mut_slice(), &mut rng);
    all.truncate(4);
    all
}

/// One run with blows.
async fn endure(seed: u64) -> Option<()> {
    let context = format!("seed {seed}");
    let mut cluster = Cluster::start(3).await?;
    let mut judge = Judge::default();
    let user = Client::sign_up(cluster.api(0), &format!("cluster-{seed}@example.org")).await;
    cluster.warm_up(&user, &mut judge).await;
    let (mut alerts, mut rng) = (BTreeMap::new(), StdRng::seed_from_u64(seed));
    for number in 0..80 {
        let alert = some_alert(&mut rng, SYMBOLS[usize::try_from(number % 4).unwrap()]);
        alerts.insert(user.alert(alert.clone()).await, number);
        judge.alert(number, &alert);
    }
    let mut prices: BTreeMap<&str, i64> = SYMBOLS.map(|symbol| (symbol, 10_000)).into();
    let mut fell_at = Vec::new();
    for blow in blows(seed) {
        let number = rng.random_range(0..2);
        println!("{context}: {blow:?}, number {number}");
        match blow {
            Blow::Kill(role) => drop(cluster.processes.remove(&(role, number))),
            Blow::Stop(role) => cluster.processes[&(role, number)].pause(),
            Blow::Server(server) => cluster.servers.kill(server),
        }
        fell_at.push((now_us(), blow));
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(5) {
            let symbol = SYMBOLS.choose(&mut rng).unwrap();
            let price = prices.get_mut(symbol).unwrap();
            *price = (*price + rng.random_range(-6..=6)).clamp(9_970, 10_030);
            judge.trade(&cluster.world.trade(symbol, &price.to_string()));
            sleep(Duration::from_millis(rng.random_range(5..60))).await;
        }
        match blow {
            Blow::Kill(role) => cluster.begin(role, number).await,
            Blow::Stop(role) => cluster.processes[&(role, number)].wake(),
            Blow::Server(server) => cluster.servers.revive(server),
        }
        for symbol in SYMBOLS {
            applied(&user, symbol, cluster.world.last_id(symbol)).await;
        }
    }
    let fires = settle(&context, &user, &judge, &alerts).await;
    let again = every_fire_has_its_mail(&context, &cluster.world, &user, &fires).await;
    for (at, (fell, blow)) in fell_at.iter().enumerate() {
        let until = fell_at.get(at + 1).map_or(i64::MAX, |(next, _)| *next);
        let lags = fires.iter().filter_map(|fire| lag_us(fire, *fell..until));
        println!(
            "{context}: {blow:?}: the longest from a trade to its commit {} ms",
            lags.max().unwrap_or_default() / 1_000
        );
    }
    println!("{context}: {} fires as the twin's, {again} mails sent again under their id", fires.len());
    cluster.stop().await;
    Some(())
}

/// From a trade in a stretch of time to the commit of its fire.
fn lag_us(fire: &Value, stretch: std::ops::Range<i64>) -> Option<i64> {
    let time = |value: &Value| value.as_str()?.parse::<Timestamp>().ok().map(Timestamp::micros);
    let (traded, committed) = (time(&fire["evidence"]["time"])?, time(&fire["committed_at"])?);
    stretch.contains(&traded).then(|| committed - traded)
}

/// Seeds: few in a quick run, a tenth of the kills under load in a pipeline.
fn seeds() -> u64 {
    let asked = std::env::var("BELLWETHER_SEEDS").ok().and_then(|seeds| seeds.parse::<u64>().ok());
    asked.map_or(1, |seeds| (seeds / 10).max(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_whoever_dies() {
    for seed in 0..seeds() {
        if endure(seed).await.is_none() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instrument_is_switched_while_no_feed_runs() {
    let Some(mut cluster) = Cluster::start(1).await else { return };
    let user = Client::sign_up(cluster.api(0), "operator@example.org").await;
    promote(&cluster.store, &user).await;
    let (bitcoin, ether) =
        (user.alert(quiet("binance:BTCUSDT")).await, user.alert(quiet("binance:ETHUSDT")).await);
    for symbol in ["BTCUSDT", "ETHUSDT"] {
        streamed(&cluster.world, symbol, true).await;
        let trade = cluster.world.trade(symbol, "100");
        applied(&user, symbol, trade.id).await;
    }
    switch(&user, "binance:ETHUSDT", false).await;
    streamed(&cluster.world, "ETHUSDT", false).await;
    explained(&user, &ether, "disabled").await;
    for number in 0..2 {
        if let Some(feed) = cluster.processes.remove(&("feed", number)) {
            feed.stop().await;
        }
    }
    switch(&user, "binance:ETHUSDT", true).await;
    switch(&user, "binance:BTCUSDT", false).await;
    for number in 0..2 {
        cluster.begin("feed", number).await;
    }
    streamed(&cluster.world, "ETHUSDT", true).await;
    explained(&user, &bitcoin, "disabled").await;
    explained(&user, &ether, "watched").await;
    let trade = cluster.world.trade("ETHUSDT", "101");
    applied(&user, "ETHUSDT", trade.id).await;
    streamed(&cluster.world, "BTCUSDT", false).await;
    cluster.stop().await;
}
