//! From the socket to the decision: a loopback server sends trades as fast as they are taken, and the feed (TCP,
//! WebSocket, parsing, order, hand-over) and the engine run on one thread whose CPU time is counted.
//!
//! Target: 500,000 ticks per core-second from socket to decision where frames arrive batched. Beside it, in the same
//! run: the same without an engine. `BELLWETHER_BENCH_ALERTS` sets how many alerts the engine holds, 1,000,000 where
//! unset; none of them fires.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program that measures and prints")]

mod loopback;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use bellwether_engine::{Applied, Arming, Engine, Fire, InstrumentKey, Policy};
use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::world::{Http, HttpError, HttpReply, HttpRequest, Promise};
use bellwether_feeds::{Guarding, Interruption, Start, Update, Wanted, spawn};
use bellwether_model::{AlertState, Condition, Event, Instrument, Observation, Price, Venue};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::loopback::{Watch, serve, world};

const SYMBOLS: u64 = 50;
const TICKS: u64 = 2_000_000;
/// Prices move about here, in cents.
const MIDDLE: u64 = 9_312_144;

fn main() {
    let alerts = std::env::var("BELLWETHER_BENCH_ALERTS").map_or(1_000_000, |text| text.parse().unwrap());
    for run_length in [1, 20] {
        let frames = frames(run_length);
        let (alone, decided) = (measure(frames.clone(), None), measure(frames, Some(alerts)));
        println!("runs of {run_length:2} trades of one symbol");
        for (what, (cpu, wall)) in [("observation", alone), ("decision", decided)] {
            println!(
                "  socket to {what:11}: {cpu:.0} ticks per core-second, {wall:.0} per second of wall time"
            );
        }
        println!("  with {alerts} alerts: {:.2} of the rate without an engine", decided.0 / alone.0);
    }
}

fn measure(frames: Vec<u8>, alerts: Option<u64>) -> (f64, f64) {
    let (address, server) = serve(frames);
    let rates = std::thread::spawn(move || take_all(address, alerts)).join().unwrap();
    server.join().unwrap();
    rates
}

/// Every trade as an unmasked WebSocket text frame, one after the other.
fn frames(run_length: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut text = String::new();
    for n in 0..TICKS {
        let round = n / (SYMBOLS * run_length);
        let (symbol, id) = ((n / run_length) % SYMBOLS, round * run_length + n % run_length + 1);
        let (cents, time_us) = (MIDDLE + n % 977, 1_795_226_512_737_001 + n);
        text.clear();
        write!(
            text,
            r#"{{"stream":"s{symbol}usdt@aggTrade","data":{{"e":"aggTrade","E":{time_us},"s":"S{symbol}USDT","a":{id},"p":"{}.{:02}000000","q":"0.25000000","f":{},"l":{},"T":{time_us},"m":false,"M":true}}}}"#,
            cents / 100,
            cents % 100,
            1_440_901_445 + id,
            1_440_901_447 + id,
        )
        .unwrap();
        bytes.extend_from_slice(&[0x81, 126]);
        bytes.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

/// Serves no missed trades, so that one lost on the way fails the run instead of being made good.
struct NoHistory;

impl Http for NoHistory {
    fn send(&self, _: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        let reply = HttpReply { status: 400, headers: vec![], body: Bytes::new() };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

fn instrument(n: u64) -> Instrument {
    Instrument::new(Venue::Binance, &format!("S{n}USDT")).unwrap()
}

/// What decides: alerts on all symbols, each a thousandth to a half of the price away.
struct Judge {
    engine: Engine,
    keys: HashMap<Instrument, InstrumentKey>,
    fires: Vec<Fire>,
}

impl Judge {
    fn new(alerts: u64) -> Self {
        let mut engine = Engine::new();
        let keys: Vec<_> = (0..SYMBOLS).map(|n| engine.instrument(&instrument(n))).collect();
        for n in 0..alerts {
            // Spread by a number that has no factor in common with the span.
            let away = MIDDLE / 1_000 + 1_000 + n * 7_919 % (MIDDLE / 2);
            let cents = if n % 2 == 0 { MIDDLE + away } else { MIDDLE - away };
            let level = Price::from_parts(cents.into(), 2).unwrap();
            let arming = Arming {
                instrument: keys[usize::try_from(n % SYMBOLS).unwrap()],
                condition: Condition::Event(Event::Crossing { price: level }),
                policy: Policy::default(),
                state: AlertState::default(),
                order: n,
            };
            engine.arm(arming).unwrap();
        }
        let keys = (0..SYMBOLS).map(instrument).zip(keys).collect();
        Self { engine, keys, fires: Vec::new() }
    }

    fn judge(&mut self, instrument: &Instrument, observations: &[Observation]) {
        let key = self.keys[instrument];
        for observation in observations {
            assert_eq!(self.engine.apply(key, observation, &mut self.fires), Applied::Fresh);
        }
    }
}

/// Runs the feed, its reader and what decides on this thread until every tick has come.
fn take_all(address: SocketAddr, alerts: Option<u64>) -> (f64, f64) {
    let judge = alerts.map(Judge::new);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let world = world(NoHistory);
        let config = BinanceConfig { ws_url: format!("ws://{address}"), ..BinanceConfig::default() };
        let instruments = (0..SYMBOLS).map(|n| (instrument(n), Start::Now)).collect();
        let (_wanted, wishes) = watch::channel(Wanted { instruments, ..Wanted::default() });
        let (sender, updates) = mpsc::channel(1_024);
        let cancel = CancellationToken::new();
        let binance = Arc::new(Binance::new(config, &world));
        let feed = spawn(binance, world, Guarding::default(), wishes, sender, cancel.clone());
        let (began, first) = oneshot::channel();
        let counting = tokio::spawn(count(updates, judge, began));
        let began = first.await.unwrap();
        counting.await.unwrap();
        let rates = began.rates(TICKS);
        cancel.cancel();
        feed.await.unwrap();
        rates
    })
}

async fn count(mut updates: mpsc::Receiver<Update>, mut judge: Option<Judge>, began: oneshot::Sender<Watch>) {
    let mut began = Some(began);
    let mut ticks = 0;
    while ticks < TICKS {
        match updates.recv().await.unwrap() {
            Update::Ticks { instrument, observations } => {
                if let Some(began) = began.take() {
                    assert!(began.send(Watch::start()).is_ok());
                }
                if let Some(judge) = &mut judge {
                    judge.judge(&instrument, &observations);
                }
                ticks += observations.len() as u64;
            }
            Update::Interrupted { why, .. } => assert_eq!(why, Interruption::FirstWatch, "a trade was lost"),
            Update::Feed { .. } => {}
        }
    }
    assert!(judge.is_none_or(|judge| judge.fires.is_empty()), "no alert is near the price");
}
