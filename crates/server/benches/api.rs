//! What a request costs: creating an alert and listing a page, beside a handler that does nothing.
//!
//! Targets: creating an alert, authenticated and durable, at most 5 times the CPU of the empty handler, and
//! 10,000 a second at 64 connections; listing a page of alerts, authenticated, at most 4 times the CPU,
//! p99 under 5 ms. All of them go over sockets of the loopback in one run, 64 connections each with one
//! request at a time, and the CPU is what the threads of the server (the database's among them) used.
//!
//! `cargo bench -p bellwether-server --bench api`. `BELLWETHER_BENCH_ALERTS` sets how many alerts the store
//! holds (100,000 where unset), `BELLWETHER_BENCH_DIR` the folder whose disk it is on. Linux only: the CPU
//! time of threads is read from `/proc`.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement ends where anything fails")]
#![expect(clippy::cast_precision_loss, reason = "figures are read to three digits")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use bellwether_model::{AlertId, AlertSpec, AlertState, UserId, Venue};
use bellwether_notify::{HttpClient, HttpSettings};
use bellwether_server::channels::{Guard, Sealer};
use bellwether_server::config::{Config, EncryptionKeys, SigningKey, Sources};
use bellwether_server::evaluate::{Inquiries, Positions};
use bellwether_server::feed_states::FeedStates;
use bellwether_server::http::{Api, ApiParts, Generations, Readiness, router};
use bellwether_server::journal::Journal;
use bellwether_server::json::read_node;
use bellwether_server::pictures::Pictures;
use bellwether_server::traces::Traces;
use bellwether_store::alert::NewAlert;
use bellwether_store::instrument::InstrumentInfo;
use bellwether_store::{Store, StoreOptions};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

const CONNECTIONS: usize = 64;
const SPELL: Duration = Duration::from_secs(3);
const USERS: usize = 64;
/// The threads that send requests; every other thread works for the server.
const CLIENT: &str = "client";
const WISH: &str = r#"{"name":"BTC reaches 33k","instrument":"binance:BTCUSDT","condition":{"type":"crossing","price":"33000"}}"#;

fn main() {
    let server = runtime("server");
    let client = runtime(CLIENT);
    PrometheusBuilder::new().install_recorder().unwrap();
    let folder = std::env::var("BELLWETHER_BENCH_DIR").map_or_else(|_| std::env::temp_dir(), Into::into);
    let folder = tempfile::TempDir::new_in(folder).unwrap();
    let world = server.block_on(World::new(&folder.path().join("api.db")));
    let world = client.block_on(world.signed_up());
    server.block_on(world.fill());

    let empty = measure(&client, "an empty handler", world.empty, |_| request("GET", "/", "", ""));
    let report = |figure: Figure| figure.print(&empty);
    report(empty.clone());
    report(measure(&client, "list, from the cache", world.api, |n| world.list(n)));
    report(measure(&client, "list, read anew", world.api, |n| {
        world.generations.bump(world.users[n % USERS]);
        world.list(n)
    }));
    report(measure(&client, "create, durable", world.api, |n| {
        request("POST", "/api/alerts", &world.tokens[n % USERS], WISH)
    }));
}

fn runtime(name: &str) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(name)
        .enable_all()
        .build()
        .unwrap()
}

/// A server with an empty handler, one with the API, and people who are logged in to it.
struct World {
    empty: SocketAddr,
    api: SocketAddr,
    store: Store,
    generations: Generations,
    users: Vec<UserId>,
    tokens: Vec<String>,
}

impl World {
    async fn new(path: &std::path::Path) -> Self {
        let setting = |key: &str, value: String| (key.to_owned(), value);
        let flags = vec![
            setting("store.url", format!("sqlite:{}", path.display())),
            setting("accounts.password_memory_kib", "64".into()),
            setting("limits.alerts_per_user", "1000000000".into()),
            setting("limits.requests_per_minute", "0".into()),
            setting("limits.client_requests_per_minute", "0".into()),
        ];
        let config = Config::load(&Sources { flags, ..Sources::default() }).unwrap();
        let store = Store::open(config.store.url.reveal(), StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let clock = bellwether_server::clock::system();
        let listed = InstrumentInfo {
            instrument: "binance:BTCUSDT".parse().unwrap(),
            base: "BTC".into(),
            quote: "USDT".into(),
            trading: true,
            tick_size: None,
            enabled: true,
        };
        store.save_instruments(Venue::Binance, vec![listed], clock.now()).await.unwrap();
        let generations = Generations::default();
        let parts = ApiParts {
            store: store.clone(),
            clock,
            positions: Positions::default(),
            inquiries: Inquiries::of_nobody(),
            generations: generations.clone(),
            readiness: Readiness::default(),
            feed_states: FeedStates::default(),
            signing_key: SigningKey::of(&config).unwrap(),
            sealer: Sealer::new(&EncryptionKeys::of(&config).unwrap()),
            guard: Guard::new(config.outgoing.allow.clone()),
            journal: Journal::of_nobody(),
            pictures: Pictures::new(HttpClient::new(&HttpSettings::default()).unwrap()),
            products: None,
            venues: vec![Venue::Binance],
            owner: None,
            traces: Traces::default(),
        };
        let api = serve(router(Api::new(parts, &config))).await;
        let empty = serve(Router::new().route("/", get(|| async { "" }))).await;
        Self { empty, api, store, generations, users: Vec::new(), tokens: Vec::new() }
    }

    async fn signed_up(mut self) -> Self {
        let mut connection = Connection::open(self.api).await;
        for n in 0..USERS {
            let who = format!(r#"{{"email":"user{n}@example.org","password":"correct horse"}}"#);
            let field = |body: &[u8], name: &str| {
                let body: serde_json::Value = serde_json::from_slice(body).unwrap();
                body[name].as_str().unwrap().to_owned()
            };
            let made = connection.exchange(&request("POST", "/api/users", "", &who)).await;
            self.users.push(field(&made, "id").parse().unwrap());
            let pair = connection.exchange(&request("POST", "/api/token", "", &who)).await;
            self.tokens.push(field(&pair, "access"));
        }
        self
    }

    /// Fills the store, every user having as many alerts as any other.
    async fn fill(&self) {
        let alerts = std::env::var("BELLWETHER_BENCH_ALERTS").map_or(100_000, |text| text.parse().unwrap());
        let spec = AlertSpec::from_input(&read_node(WISH.as_bytes()).unwrap()).unwrap();
        let new = |n: usize| NewAlert {
            id: AlertId(Uuid::now_v7()),
            user: self.users[n % USERS],
            spec: spec.clone().into(),
            state: AlertState::default(),
            next_at: None,
            idempotency: None,
        };
        for from in (0..alerts).step_by(5_000) {
            let batch = (from..alerts.min(from + 5_000)).map(new).collect();
            self.store
                .create_alerts(batch, u64::MAX, bellwether_server::clock::system().now())
                .await
                .unwrap();
        }
        println!("{alerts} alerts of {USERS} users");
    }

    fn list(&self, n: usize) -> Vec<u8> {
        request("GET", &format!("/api/alerts?page={}", 1 + n / USERS % 20), &self.tokens[n % USERS], "")
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    address
}

fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let authorization =
        if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[derive(Clone)]
struct Figure {
    name: &'static str,
    per_second: f64,
    cpu_us: f64,
    p50: Duration,
    p99: Duration,
}

impl Figure {
    fn print(&self, empty: &Figure) {
        let Self { name, per_second, cpu_us, p50, p99 } = self;
        let ratio = cpu_us / empty.cpu_us;
        println!(
            "{name:<22} {per_second:>8.0} /s  {cpu_us:>7.1} us CPU each, {ratio:>5.2} times the empty handler  \
             p50 {p50:>9.3?}  p99 {p99:>9.3?}"
        );
    }
}

/// Sends requests over every connection for a while.
fn measure(
    client: &tokio::runtime::Runtime,
    name: &'static str,
    server: SocketAddr,
    make: impl Fn(usize) -> Vec<u8> + Send + Sync,
) -> Figure {
    let make = Arc::new(make);
    let (cpu_before, started) = (server_cpu(), Instant::now());
    let mut latencies: Vec<Duration> = client.block_on(async {
        let connections = (0..CONNECTIONS).map(|first| {
            let make = Arc::clone(&make);
            async move {
                let mut connection = Connection::open(server).await;
                let mut latencies = Vec::new();
                for n in 0.. {
                    if started.elapsed() > SPELL {
                        break;
                    }
                    let request = make(first + n * CONNECTIONS);
                    let sent = Instant::now();
                    connection.exchange(&request).await;
                    latencies.push(sent.elapsed());
                }
                latencies
            }
        });
        futures_util::future::join_all(connections).await.concat()
    });
    let (cpu, took) = (server_cpu() - cpu_before, started.elapsed());
    latencies.sort_unstable();
    let count = latencies.len();
    Figure {
        name,
        per_second: count as f64 / took.as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / count as f64,
        p50: latencies[count / 2],
        p99: latencies[count * 99 / 100],
    }
}

/// One connection, one request at a time.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a request and reads its answer's body; an answer that is no success ends the measurement.
    async fn exchange(&mut self, request: &[u8]) -> Vec<u8> {
        self.stream.write_all(request).await.unwrap();
        self.buffer.clear();
        loop {
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0, "the server hung up");
            if let Some(body) = whole_body(&self.buffer) {
                return body.to_vec();
            }
        }
    }
}

/// The body, once all of it is there.
fn whole_body(answer: &[u8]) -> Option<&[u8]> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    assert!(head.starts_with("HTTP/1.1 2"), "{}", String::from_utf8_lossy(answer));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |text| text.parse().unwrap());
    let body = &answer[end + 4..];
    (body.len() >= length).then_some(body)
}

/// What every thread but the client's has used so far.
fn server_cpu() -> Duration {
    let read = |thread: std::fs::DirEntry, file: &str| std::fs::read_to_string(thread.path().join(file)).ok();
    let used = |thread: std::io::Result<std::fs::DirEntry>| {
        let thread = thread.ok()?;
        let path = thread.path();
        if read(thread, "comm")?.trim() == CLIENT || path.ends_with(std::process::id().to_string()) {
            return None;
        }
        std::fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok()
    };
    let threads = std::fs::read_dir("/proc/self/task").expect("the CPU time of threads is read from /proc");
    Duration::from_nanos(threads.filter_map(used).sum::<u64>())
}
