//! A plain client of the simulated Binance, and the clock that it is started with.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bellwether_simulators::binance::{BinanceSimulator, Config, Running};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// 2026-11-21T10:33:44.5Z
pub(crate) const NOW_US: i64 = 1_795_257_224_500_000;
/// Nothing here takes so long unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A clock that moves by hand.
#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW_US)))
    }

    pub(crate) fn clock(&self) -> impl Fn() -> i64 + Send + Sync + 'static + use<> {
        let hand = Arc::clone(&self.0);
        move || hand.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

/// A market where only pushed trades happen, at a standing clock.
pub(crate) async fn scripted() -> Running {
    start(Config::scripted(|| NOW_US)).await
}

pub(crate) async fn start(config: Config) -> Running {
    BinanceSimulator::start(config).await.unwrap()
}

/// An open socket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(venue: &Running, path: &str) -> Self {
        Self::open_at(&format!("{}{path}", venue.ws_url())).await
    }

    pub(crate) async fn open_at(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.unwrap();
        Self(socket)
    }

    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    /// Sends a request and returns its answer; nothing may come between.
    pub(crate) async fn ask(&mut self, request: &str) -> Value {
        self.send(request).await;
        self.json().await
    }

    /// The next frame, pings left out.
    pub(crate) async fn frame(&mut self) -> Option<Result<Message, Error>> {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("a frame in time");
            if !matches!(frame, Some(Ok(Message::Ping(_)))) {
                return frame;
            }
        }
    }

    /// The next text frame.
    pub(crate) async fn text(&mut self) -> String {
        match self.frame().await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("no text: {other:?}"),
        }
    }

    pub(crate) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// What the server closes with; `None` where it just goes. Events before that are skipped.
    pub(crate) async fn end(&mut self) -> Option<CloseFrame> {
        loop {
            match self.frame().await {
                Some(Ok(Message::Close(frame))) => return frame,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// The socket below, for what a well-behaved client does not do.
    pub(crate) fn raw(&mut self) -> &mut WebSocketStream<MaybeTlsStream<TcpStream>> {
        &mut self.0
    }
}

/// An HTTP client without a proxy.
pub(crate) fn http() -> reqwest::Client {
    // Whoever comes second finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

/// Status and body of a GET.
pub(crate) async fn get(venue: &Running, path: &str) -> (u16, Value) {
    get_from(&venue.rest_url(), path).await
}

/// The same, of any address.
pub(crate) async fn get_from(url: &str, path: &str) -> (u16, Value) {
    let response = http().get(format!("{url}{path}")).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The body of a GET that succeeds.
pub(crate) async fn ok(venue: &Running, path: &str) -> Value {
    let (status, body) = get(venue, path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}
