//! A gap that is filled: pages of missed trades, from the bytes of the venue's answers to ticks in their order, the
//! whole feed on one thread whose CPU time is counted. The answers themselves cost nothing here.
//!
//! Target: bound by the venue's budget and not by us. Binance allows 1,500 pages of 1,000 trades a minute, 25,000
//! trades a second; 250,000 per core-second leave nine tenths of a core to what comes live meanwhile.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program that measures and prints")]

mod loopback;

use std::sync::Arc;

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::world::{Http, HttpError, HttpReply, HttpRequest, Promise};
use bellwether_feeds::{Bounds, Guarding, Start, Update, Wanted, spawn};
use bellwether_model::{Instrument, Origin, Position, Venue};
use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::loopback::{Watch, serve, world};

const PAGE: u64 = 1_000;
const TRADES: u64 = 1_000 * PAGE;

fn main() {
    let (address, server) = serve(live_trade(TRADES + 1));
    let (cpu, wall) = refill(&format!("ws://{address}"));
    server.join().unwrap();
    println!("a gap of {TRADES} trades: {cpu:.0} trades per core-second, {wall:.0} per second of wall time");
}

/// The trade after the gap, as an unmasked WebSocket text frame.
fn live_trade(id: u64) -> Vec<u8> {
    let trade = trade(id);
    let text = format!(
        r#"{{"stream":"btcusdt@aggTrade","data":{{"e":"aggTrade","E":1795226512737001,"s":"BTCUSDT",{}}}"#,
        &trade[1..]
    );
    let mut frame = vec![0x81, 126];
    frame.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(text.as_bytes());
    frame
}

fn trade(id: u64) -> String {
    let (cents, time_us) = (9_312_144 + id % 977, 1_795_226_512_737_001 + id);
    format!(
        r#"{{"a":{id},"p":"{}.{:02}000000","q":"0.25000000","f":{id},"l":{id},"T":{time_us},"m":false,"M":true}}"#,
        cents / 100,
        cents % 100
    )
}

/// Every page of the gap, by the id that it begins with.
struct History(Vec<Bytes>);

impl History {
    fn new() -> Self {
        let page = |first: u64| {
            let trades = (first..first + PAGE).map(trade).collect::<Vec<_>>().join(",");
            Bytes::from(format!("[{trades}]"))
        };
        Self((0..TRADES / PAGE).map(|at| page(at * PAGE + 1)).collect())
    }
}

impl Http for History {
    fn send(&self, request: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        let from = request.url.split("fromId=").nth(1).unwrap();
        let from: u64 = from.split('&').next().unwrap().parse().unwrap();
        assert_eq!(from % PAGE, 1, "pages follow each other");
        let body = self.0[usize::try_from(from / PAGE).unwrap()].clone();
        let reply = HttpReply { status: 200, headers: vec![], body };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

/// Runs the feed on this thread until the live trade has come, behind all that were missed.
fn refill(ws_url: &str) -> (f64, f64) {
    let history = History::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let world = world(history);
        let mut config = BinanceConfig { ws_url: ws_url.to_owned(), ..BinanceConfig::default() };
        config.weight.max = u32::MAX;
        config.bounds = Bounds { refill_trades: u64::MAX, ..config.bounds };
        let bitcoin = Instrument::new(Venue::Binance, "BTCUSDT").unwrap();
        let mut wishes = Wanted::default();
        wishes.instruments.insert(bitcoin, Start::After(Position(0)));
        let (_wanted, wishes) = watch::channel(wishes);
        let (sender, mut updates) = mpsc::channel(64);
        let cancel = CancellationToken::new();
        let began = Watch::start();
        let binance = Arc::new(Binance::new(config, &world));
        let feed = spawn(binance, world, Guarding::default(), wishes, sender, cancel.clone());
        let (mut ticks, mut refilled) = (0, 0);
        while ticks <= TRADES {
            match updates.recv().await.unwrap() {
                Update::Ticks { observations, .. } => {
                    ticks += observations.len() as u64;
                    refilled +=
                        observations.iter().filter(|one| one.origin == Origin::Refilled).count() as u64;
                }
                Update::Interrupted { why, .. } => panic!("nothing is missing: {why:?}"),
                Update::Feed { .. } => {}
            }
        }
        assert_eq!(refilled, TRADES);
        let rates = began.rates(TRADES);
        cancel.cancel();
        feed.await.unwrap();
        rates
    })
}
