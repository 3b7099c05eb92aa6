//! Signed webhooks per second to a sink on this machine, over four connections, body and signature included.
//!
//! Target: at least 0.6 of the rate of a bare hyper client in the same run, which posts ready-made bytes of
//! the same length over as many connections. The difference to it is the cost of writing the body, signing
//! it, the pool, and reading the answer; it should be at most 20 µs of one core.
//!
//! `cargo bench -p bellwether-notify --bench webhooks`

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_model::{Evidence, Measure, Repeat, Resolution, Status, Timestamp};
use bellwether_notify::webhook::body;
use bellwether_notify::{
    AlertFired, AllowedNetworks, HttpClient, HttpSettings, Links, Message, Outcome, Reader, WebhookSender,
    WebhookTarget,
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const CONNECTIONS: u32 = 4;
const WEBHOOKS: u32 = 40_000;
const BODIES: u32 = 20_000;
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let message = Arc::new(fire());
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
    let writing = measure_writing(&message, &secret);
    println!("write and sign one body           {:>8.1} µs", writing.as_secs_f64() * 1e6 / f64::from(BODIES));

    let sink = sink().await;
    let target = Arc::new(WebhookTarget {
        endpoint: format!("http://{sink}/hooks/a").parse().unwrap(),
        secret,
        former_secrets: Vec::new(),
    });
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let bare = per_second(measure_bare(sink, &message).await);
        let ours = per_second(measure_sender(&target, &message).await);
        println!("webhooks per second               {ours:>8.0}");
        println!("  yardstick, a bare hyper client  {bare:>8.0}   ratio {:.2}", ours / bare);
        ratios.push(ours / bare);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}, target 0.60", ratios[ROUNDS / 2]);
}

fn per_second(time: Duration) -> f64 {
    f64::from(WEBHOOKS) / time.as_secs_f64()
}

fn measure_writing(message: &Message, secret: &bellwether_notify::WebhookSecret) -> Duration {
    let started = Instant::now();
    for _ in 0..BODIES {
        let body = body(std::hint::black_box(message));
        std::hint::black_box(secret.sign("01940000-0000-7000-8000-00000000000d", 1_795_255_200, &body));
    }
    started.elapsed()
}

async fn measure_sender(target: &Arc<WebhookTarget>, message: &Arc<Message>) -> Duration {
    let allow = AllowedNetworks::parse(["127.0.0.1"]).unwrap();
    let client = HttpClient::new(&HttpSettings { allow, ..HttpSettings::default() }).unwrap();
    let sender = WebhookSender::new(client);
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (sender, target, message) = (sender.clone(), Arc::clone(target), Arc::clone(message));
        senders.spawn(async move {
            for _ in 0..WEBHOOKS / CONNECTIONS {
                let outcome = sender.send(&target, &message, Timestamp::EPOCH).await;
                assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
            }
        });
    }
    senders.join_all().await;
    started.elapsed()
}

/// A client that posts the same bytes again and again.
async fn measure_bare(sink: SocketAddr, message: &Message) -> Duration {
    let bytes = Bytes::from(body(message));
    let started = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let bytes = bytes.clone();
        clients.spawn(async move {
            let socket = TcpStream::connect(sink).await.unwrap();
            socket.set_nodelay(true).unwrap();
            let (mut requests, connection) = http1::handshake(TokioIo::new(socket)).await.unwrap();
            tokio::spawn(connection);
            for _ in 0..WEBHOOKS / CONNECTIONS {
                let request = Request::post("/hooks/a")
                    .header("host", "127.0.0.1")
                    .header("content-type", "application/json")
                    .header("webhook-id", "01940000-0000-7000-8000-00000000000d")
                    .header("webhook-timestamp", "1795255200")
                    .header("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
                    .body(Full::new(bytes.clone()))
                    .unwrap();
                requests.ready().await.unwrap();
                let response = requests.send_request(request).await.unwrap();
                assert_eq!(response.status(), 200);
                response.into_body().collect().await.unwrap();
            }
        });
    }
    clients.join_all().await;
    started.elapsed()
}

/// Answers every request and forgets it.
async fn sink() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(swallow(socket));
        }
    });
    address
}

async fn swallow(socket: TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut socket = BufReader::new(socket);
    let (mut line, mut body) = (String::new(), Vec::new());
    let mut length = 0;
    loop {
        line.clear();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            body.resize(length, 0);
            socket.read_exact(&mut body).await?;
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
    }
}

fn fire() -> Message {
    let price = |text: &str| text.parse().unwrap();
    Message::AlertFired(Box::new(AlertFired {
        delivery: "01940000-0000-7000-8000-00000000000d".parse().unwrap(),
        alert: "01940000-0000-7000-8000-00000000000a".parse().unwrap(),
        alert_name: "BTC reaches 33k".into(),
        instrument: "binance:BTCUSDT".parse().unwrap(),
        condition: serde_json::from_str(r#"{"type":"crossing","price":"33000"}"#).unwrap(),
        repeat: Repeat::Once,
        note: "Sell a third.".into(),
        message: String::new(),
        fire_number: 1,
        evidence: Evidence {
            instrument: "binance:BTCUSDT".parse().unwrap(),
            time: Timestamp::EPOCH,
            id: Some(3_141_592_653),
            price: price("33004.5"),
            previous_price: Some(price("32999.9")),
            measure: Measure::Threshold(price("33000")),
            resolution: Resolution::Tick,
        },
        trades: Some((5_000_000_001, 5_000_000_004)),
        late: false,
        evaluated_at: Timestamp::from_millis(2),
        chart: None,
        status_after: Status::Triggered,
        reader: Reader { address: "ada@example.org".into(), time_zone: "Europe/Berlin".into() },
        links: Links::default(),
    }))
}
