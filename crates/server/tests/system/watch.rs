//! `bellwether watch`, through the binary: what is printed, that it ends well, and that what a price is compared
//! with survives a kill.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::client::until;
use crate::world::World;

/// A running `bellwether watch`. Dropping it kills it.
struct Watch {
    child: Child,
    printed: Arc<Mutex<Vec<String>>>,
    noted: Arc<Mutex<Vec<String>>>,
}

impl Watch {
    fn start(world: &World, folder: &std::path::Path, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bellwether"))
            .arg("watch")
            .args(args)
            .current_dir(folder)
            .env_clear()
            .env("BELLWETHER_ACCOUNTS__PASSWORD_MEMORY_KIB", "64")
            .env("BELLWETHER_VENUES__BINANCE__WS_URL", world.ws_url())
            .env("BELLWETHER_VENUES__BINANCE__REST_URL", world.rest_url())
            .env("BELLWETHER_VENUES__UPHOLD__REST_URL", world.uphold.rest_url())
            .env("BELLWETHER_VENUES__COINGECKO__REST_URL", world.coingecko.rest_url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = lines(child.stdout.take().unwrap());
        let noted = lines(child.stderr.take().unwrap());
        Self { child, printed, noted }
    }

    async fn noted(&self, part: &str) {
        until(&format!("the note '{part}'"), async || {
            let noted = self.noted.lock().unwrap().join("\n");
            if noted.contains(part) { Ok(()) } else { Err(noted) }
        })
        .await;
    }

    /// Waits until so many lines were printed, without their times.
    async fn printed(&self, count: usize) -> Vec<String> {
        until("the lines", async || {
            let printed = self.printed.lock().unwrap().clone();
            if printed.len() >= count { Ok(printed) } else { Err(format!("{printed:?}")) }
        })
        .await
        .iter()
        .map(|line| line.split_once("  ").unwrap().1.to_owned())
        .collect()
    }

    /// Ends it as Ctrl-C does; it must end well.
    async fn interrupt(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let status =
            until("its end", async || self.child.try_wait().unwrap().ok_or_else(|| "it runs".to_owned()))
                .await;
        assert!(status.success(), "{status}");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl std::io::Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&kept);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            into.lock().unwrap().push(line);
        }
    });
    kept
}

/// Waits until the venue has been asked twice more: what it says now has then been taken in.
async fn asked_again(world: &World) {
    let control = world.uphold.control();
    let count =
        |counters: &bellwether_simulators::uphold::Counters| counters.rest_requests.values().sum::<u64>();
    let now = count(&control.counters());
    control.wait_for(Duration::from_secs(30), |counters| count(counters) >= now + 2).await.unwrap();
}

fn quote(world: &World, price: &str) {
    world.uphold.quote("BTC-USD", price, price);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_without_a_word_and_goes_on_after_a_kill() {
    let (world, folder) = (World::start().await, tempfile::tempdir().unwrap());
    quote(&world, "10000");
    let watch = Watch::start(&world, folder.path(), &["--interval", "1s"]);
    watch.noted("uphold:BTC-USD by 0.01 % from the price of the last alert").await;
    watch.noted("uphold:BTC-USD: is watched").await;
    asked_again(&world).await;
    quote(&world, "10000.99");
    asked_again(&world).await;
    quote(&world, "10001");
    assert_eq!(watch.printed(1).await, ["uphold:BTC-USD  10001  +0.01 % from 10000"]);
    drop(watch);

    // 0.01 % of 10001 is 1.0001.
    quote(&world, "10002");
    let watch = Watch::start(&world, folder.path(), &["--interval", "1s"]);
    watch.noted("is watched").await;
    asked_again(&world).await;
    quote(&world, "10002.0001");
    assert_eq!(watch.printed(1).await, ["uphold:BTC-USD  10002.0001  +0.01 % from 10001"]);
    quote(&world, "9000");
    assert_eq!(watch.printed(2).await[1], "uphold:BTC-USD  9000  −10.02 % from 10002.0001");
    watch.interrupt().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_pair_has_its_own_numbers_and_streams_are_watched_too() {
    let (world, folder) = (World::start().await, tempfile::tempdir().unwrap());
    quote(&world, "100");
    let args =
        ["uphold:btc-usd,percent=5,interval=1s", "binance:BTCUSDT,percent=1", "--from-first", "--json"];
    let watch = Watch::start(&world, folder.path(), &args);
    watch.noted("uphold:BTC-USD: is watched").await;
    watch.noted("binance:BTCUSDT: is watched").await;
    asked_again(&world).await;
    world.trade("BTCUSDT", "200");
    for price in ["201.99", "202", "203", "200", "202.5"] {
        world.trade("BTCUSDT", price);
    }
    let of = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
    let told = async |count: usize| {
        until("the lines", async || {
            let printed = watch.printed.lock().unwrap().clone();
            if printed.len() >= count { Ok(printed) } else { Err(format!("{printed:?}")) }
        })
        .await
    };
    let lines = told(2).await;
    let prices: Vec<_> =
        lines.iter().map(|line| (of(line)["price"].clone(), of(line)["reference"].clone())).collect();
    assert_eq!(
        prices,
        [("202".into(), "200".into()), ("202.5".into(), "200".into())],
        "the first price for ever"
    );
    quote(&world, "105");
    let line = of(&told(3).await[2]);
    assert_eq!((&line["instrument"], &line["price"]), (&"uphold:BTC-USD".into(), &"105".into()));
    watch.interrupt().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_at_once_print_their_own_and_each_finds_its_own_again() {
    let (world, folder) = (World::start().await, tempfile::tempdir().unwrap());
    quote(&world, "10000");
    world.uphold.quote("ETH-USD", "1000", "1000");
    let bitcoin = || Watch::start(&world, folder.path(), &["uphold:BTC-USD,interval=1s"]);
    let ether = || Watch::start(&world, folder.path(), &["uphold:ETH-USD,interval=1s"]);
    // Both at the same moment.
    let (first, second) = (bitcoin(), ether());
    first.noted("uphold:BTC-USD: is watched").await;
    second.noted("uphold:ETH-USD: is watched").await;
    asked_again(&world).await;
    asked_again(&world).await;
    world.uphold.quote("ETH-USD", "1001", "1001");
    quote(&world, "10001");
    assert_eq!(first.printed(1).await, ["uphold:BTC-USD  10001  +0.01 % from 10000"]);
    assert_eq!(second.printed(1).await, ["uphold:ETH-USD  1001  +0.1 % from 1000"]);
    // The same once more is a third.
    let third = bitcoin();
    third.noted("uphold:BTC-USD: is watched").await;
    drop((first, second, third));

    // Started in another order, each goes on from where its prices were.
    quote(&world, "10002.0001");
    world.uphold.quote("ETH-USD", "1002.001", "1002.001");
    let second = ether();
    second.noted("uphold:ETH-USD: is watched").await;
    let first = bitcoin();
    assert_eq!(second.printed(1).await, ["uphold:ETH-USD  1002.001  +0.1 % from 1001"]);
    assert_eq!(first.printed(1).await, ["uphold:BTC-USD  10002.0001  +0.01 % from 10001"]);
    first.interrupt().await;
    second.interrupt().await;
}
