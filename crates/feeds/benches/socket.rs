//! From the socket to the observation: a loopback server sends trades as fast as they are taken, and
//! the feed (TCP, WebSocket, parsing, order, hand-over) runs on one thread whose CPU time is counted.
//!
//! Target: 500,000 ticks per core-second from socket to decision. The engine's part is at most 0.2 µs
//! of those 2 µs, so this must stay under 1.8 µs per tick.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program that measures and prints")]

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::world::{
    Http, HttpError, HttpReply, HttpRequest, Promise, SystemClock, WebSocketDialer,
};
use bellwether_feeds::{Interruption, Jitter, Start, Update, Wanted, World, spawn};
use bellwether_model::{Instrument, Venue};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

const SYMBOLS: u64 = 50;
const TICKS: u64 = 2_000_000;

fn main() {
    for run_length in [1, 20] {
        let frames = frames(run_length);
        let (address, server) = serve(frames);
        let feed = std::thread::spawn(move || take_all(address)).join().unwrap();
        server.join().unwrap();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let per_second = |time: Duration| TICKS as f64 / time.as_secs_f64();
        println!(
            "runs of {run_length:2} trades of one symbol: {:.0} ticks per core-second, {:.0} per second of wall time",
            per_second(feed.cpu),
            per_second(feed.wall)
        );
    }
}

/// Every trade as an unmasked WebSocket text frame, one after the other.
fn frames(run_length: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut text = String::new();
    for n in 0..TICKS {
        let round = n / (SYMBOLS * run_length);
        let (symbol, id) = ((n / run_length) % SYMBOLS, round * run_length + n % run_length + 1);
        let (cents, time_us) = (9_312_144 + n % 977, 1_795_226_512_737_001 + n);
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

/// Accepts one connection and its subscription, sends everything, and waits until the client leaves.
fn serve(frames: Vec<u8>) -> (SocketAddr, std::thread::JoinHandle<()>) {
    let (bound, address) = std::sync::mpsc::channel();
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            let _subscription = socket.next().await.unwrap().unwrap();
            socket.send(Message::text(r#"{"result":null,"id":1}"#)).await.unwrap();
            socket.get_mut().write_all(&frames).await.unwrap();
            while let Some(Ok(_)) = socket.next().await {}
        });
    });
    (address.recv().unwrap(), server)
}

/// Serves no missed trades, so that one lost on the way fails the run instead of being made good.
struct NoHistory;

impl Http for NoHistory {
    fn send(&self, _: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        let reply = HttpReply { status: 400, headers: vec![], body: Bytes::new() };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

struct Taken {
    wall: Duration,
    cpu: Duration,
}

/// Runs the feed and its reader on this thread until every tick has come.
fn take_all(address: SocketAddr) -> Taken {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let world = World {
            clock: Arc::new(SystemClock::start()),
            jitter: Arc::new(Jitter::seeded(0)),
            dialer: Arc::new(WebSocketDialer::default()),
            http: Arc::new(NoHistory),
        };
        let config = BinanceConfig { ws_url: format!("ws://{address}"), ..BinanceConfig::default() };
        let instruments = (0..SYMBOLS)
            .map(|n| (Instrument::new(Venue::Binance, &format!("S{n}USDT")).unwrap(), Start::Now));
        let (_wanted, wishes) =
            watch::channel(Wanted { instruments: instruments.collect(), ..Wanted::default() });
        let (sender, updates) = mpsc::channel(1_024);
        let cancel = CancellationToken::new();
        let feed = spawn(Arc::new(Binance::new(config, &world)), world, wishes, sender, cancel.clone());
        let (began, first) = oneshot::channel();
        let counting = tokio::spawn(count(updates, began));
        let (started, cpu_before) = first.await.unwrap();
        counting.await.unwrap();
        let taken = Taken { wall: started.elapsed(), cpu: thread_cpu() - cpu_before };
        cancel.cancel();
        feed.await.unwrap();
        taken
    })
}

async fn count(mut updates: mpsc::Receiver<Update>, began: oneshot::Sender<(Instant, Duration)>) {
    let mut began = Some(began);
    let mut ticks = 0;
    while ticks < TICKS {
        match updates.recv().await.unwrap() {
            Update::Ticks { observations, .. } => {
                if let Some(began) = began.take() {
                    began.send((Instant::now(), thread_cpu())).unwrap();
                }
                ticks += observations.len() as u64;
            }
            Update::Interrupted { why, .. } => assert_eq!(why, Interruption::FirstWatch, "a trade was lost"),
            Update::Feed { .. } => {}
        }
    }
}

/// User and system time of this thread, to a hundredth of a second.
fn thread_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}
