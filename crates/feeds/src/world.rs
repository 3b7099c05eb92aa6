//! Everything that touches the world, passed in: time, chance, sockets, HTTP.
//!
//! The traits say what the feeds need; the folder holds the real ones. A test passes its own and so
//! owns time, chance and every failure. Time-outs are no part of the traits: the feeds put them around
//! each call with the clock that was passed in.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::Timestamp;
use bytes::Bytes;
use futures_util::{Sink, Stream};

use crate::Jitter;

mod clock;
mod http;
mod tls;
mod websocket;

pub use clock::SystemClock;
pub use http::HttpClient;
pub use websocket::WebSocketDialer;

/// What a method of a trait object promises to come.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whatever went wrong below, kept for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Time, chance, sockets and HTTP, as one venue's feed uses them.
#[derive(Clone)]
pub struct World {
    /// What time it is, and how to wait.
    pub clock: Arc<dyn Clock>,
    /// The one source of chance: back-off delays and the spread of planned reconnections.
    pub jitter: Arc<Jitter>,
    /// Opens WebSocket connections.
    pub dialer: Arc<dyn Dialer>,
    /// Fetches over HTTP.
    pub http: Arc<dyn Http>,
}

impl World {
    /// The real world: the machine's clock and the network. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Where `user_agent`, the name under which requests go out, is no header value.
    pub fn network(user_agent: &str, seed: u64) -> Result<Self, HttpError> {
        Ok(Self {
            clock: Arc::new(SystemClock::start()),
            jitter: Arc::new(Jitter::seeded(seed)),
            dialer: Arc::new(WebSocketDialer::default()),
            http: Arc::new(HttpClient::new(user_agent)?),
        })
    }
}

/// Time.
pub trait Clock: Send + Sync {
    /// The wall clock: what is shown to people, and where venues' minutes begin. It may be set back.
    fn now(&self) -> Timestamp;

    /// How long this clock has run. It never goes back, so every time-out is measured by it.
    fn uptime(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> Promise<'static, ()>;
}

/// Opens WebSocket connections.
pub trait Dialer: Send + Sync {
    /// Opens one connection to `url` (`ws://` or `wss://`).
    fn dial<'a>(&'a self, url: &'a str) -> Promise<'a, Result<Box<dyn Socket>, DialError>>;
}

/// One open WebSocket connection: frames come out, texts go in.
///
/// It answers pings by itself and reports them, because venues count the answers.
pub trait Socket:
    Stream<Item = Result<Frame, SocketError>> + Sink<String, Error = SocketError> + Send + Unpin
{
}

impl<S> Socket for S where
    S: Stream<Item = Result<Frame, SocketError>> + Sink<String, Error = SocketError> + Send + Unpin
{
}

/// What a socket received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// One message, text or binary.
    Message(Bytes),
    /// A ping, which the socket answers.
    Ping,
    /// A pong.
    Pong,
}

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The address is none.
    #[error("the address is not usable")]
    Address(#[source] Cause),
    /// The server answered with something else than an upgrade.
    #[error("the server refused the upgrade with status {status}")]
    Refused {
        /// Its HTTP status.
        status: u16,
    },
    /// Name, network, TLS or protocol.
    #[error("no connection")]
    Unreachable(#[source] Cause),
}

/// Why a socket is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Network or protocol.
    #[error("the connection broke")]
    Broken(#[source] Cause),
}

/// Fetches over HTTP.
pub trait Http: Send + Sync {
    /// Sends a request and reads its whole answer, whatever the status.
    fn send(&self, request: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>>;
}

/// A request: GET, or POST where there is a form.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The whole address, query included.
    pub url: String,
    /// Headers to send. Their values may be secret, and are never printed.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The fields of a form, encoded, to be posted.
    pub form: Option<String>,
    /// Bytes of body beyond which the answer is given up.
    pub body_limit: usize,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("HttpRequest").field("url", &self.url).field("headers", &names).finish_non_exhaustive()
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Bytes,
}

impl HttpReply {
    /// A header by its name in lower case; the first, where there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Name, network, TLS, protocol.
    #[error("no answer")]
    Unreachable(#[source] Cause),
    /// The body is longer than the request allows.
    #[error("the answer is longer than {limit} bytes")]
    TooLong {
        /// The request's limit.
        limit: usize,
    },
}

/// The result of `work`, or nothing once `limit` has passed.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = clock.sleep(limit) => None,
    }
}

/// An error with all its causes on one line, for the log and for states that people read.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
