//! The one HTTP client that messages leave by, and pictures come by. It is built for addresses that strangers name.
//!
//! Only public addresses are connected to, and those that the operator allows (`address`, `connect`);
//! redirects are not followed and no proxy is asked, for both would lead around that. An answer is read
//! up to a bound, and everything together has a time limit. It is known at every failure whether the
//! receiver may have the request. Nothing here is tried again, but for a request that could not be
//! written at all because its idle connection was dead.
//!
//! | file | what it is |
//! |---|---|
//! | `address` | which addresses may be sent to |
//! | `answer` | what a status means by default |
//! | `connect` | from an endpoint to a connection; the guard |
//! | `endpoint` | an address of the web, checked, never shown whole |
//! | `failure` | why there is no answer, and what that means for the message |
//! | `metric` | attempts, by channel and outcome |
//! | `redact` | texts from receivers, with what is secret taken out |
//! | `reply` | an answer, and the wait that it asks for |
//! | `resolve` | from a name to its addresses |
//! | `stream` | a connection, encrypted or not |
//!
//! The library is hyper with its own pool; of what `reqwest` adds (redirects, proxies, cookies, decoding)
//! nothing is wanted here, and its resolver is not asked about hosts that are written as addresses.

mod address;
pub(crate) mod answer;
mod connect;
mod endpoint;
mod failure;
pub(crate) mod metric;
pub(crate) mod redact;
mod reply;
mod resolve;
mod stream;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

pub use self::address::{AllowedNetworks, NetworkError, Special};
use self::connect::Connector;
pub use self::endpoint::{ENDPOINT_BYTES, Endpoint, EndpointError};
pub use self::failure::HttpFailure;
pub use self::reply::HttpReply;
pub use self::resolve::{Addresses, Resolve, SystemResolver};
use crate::tls::{self, TlsError};

/// The part of the answer to a message that is read, in bytes. What follows is not waited for.
pub const REPLY_BYTES: usize = 8 * 1_024;
/// The largest head of an answer, in bytes.
const HEAD_BYTES: usize = 32 * 1_024;
/// Idle connections that are kept per host: as many as there may be messages on their way to one, since one that is
/// closed costs its receiver and us another handshake.
const IDLE_PER_HOST: usize = 64;
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NAME: HeaderValue = HeaderValue::from_static(concat!("Bellwether/", env!("CARGO_PKG_VERSION")));

/// What must be known to send over HTTP.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    /// Networks that may be sent to although they are not public (`outgoing.allow`).
    pub allow: AllowedNetworks,
    /// A file with further certificate authorities in PEM (`outgoing.ca_file`), for receivers with a
    /// certificate of one's own.
    pub ca_file: Option<PathBuf>,
    /// How long things may take.
    pub patience: HttpPatience,
}

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpPatience {
    /// The name, the connection and its encryption together; less than `whole`.
    pub connect: Duration,
    /// Everything, from the call to the end of the answer.
    pub whole: Duration,
    /// For so long a connection is kept open after its last request.
    pub idle: Duration,
}

impl HttpPatience {
    /// Standard Webhooks advises 15 to 30 s for a request.
    pub const DEFAULT: Self = Self {
        connect: Duration::from_secs(10),
        whole: Duration::from_secs(20),
        idle: Duration::from_secs(30),
    };
}

impl Default for HttpPatience {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The client. One for the whole process: clones share its connections.
#[derive(Clone)]
pub struct HttpClient {
    client: Client<Connector, Full<Bytes>>,
    patience: HttpPatience,
}

impl HttpClient {
    /// A client that resolves names as the operating system does. Connects when it first sends; must be
    /// used within a tokio runtime.
    ///
    /// # Errors
    /// Where the file of certificate authorities cannot be used.
    pub fn new(settings: &HttpSettings) -> Result<Self, TlsError> {
        Self::with_resolver(settings, Arc::new(SystemResolver::default()))
    }

    /// A client that resolves names by `resolver`.
    ///
    /// # Errors
    /// Where the file of certificate authorities cannot be used.
    pub fn with_resolver(settings: &HttpSettings, resolver: Arc<dyn Resolve>) -> Result<Self, TlsError> {
        let connector = Connector {
            resolver,
            allow: settings.allow.clone(),
            tls: tls::config(settings.ca_file.as_deref())?,
            patience: settings.patience.connect,
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(settings.patience.idle)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(HEAD_BYTES)
            .build(connector);
        Ok(Self { client, patience: settings.patience })
    }

    /// Posts a body and reads the answer, whatever its status.
    ///
    /// # Errors
    /// Where no answer came; whether the request may have been taken says
    /// [`HttpFailure::is_ambiguous`].
    pub async fn post(
        &self,
        to: &Endpoint,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
        body: Bytes,
    ) -> Result<HttpReply, HttpFailure> {
        self.ask(Method::POST, to, headers, body, REPLY_BYTES).await
    }

    /// Gets what is at an address, whatever its status; of the body at most `limit` bytes.
    ///
    /// # Errors
    /// Where no answer came.
    pub async fn get(
        &self,
        from: &Endpoint,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
        limit: usize,
    ) -> Result<HttpReply, HttpFailure> {
        self.ask(Method::GET, from, headers, Bytes::new(), limit).await
    }

    async fn ask(
        &self,
        method: Method,
        to: &Endpoint,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
        body: Bytes,
        limit: usize,
    ) -> Result<HttpReply, HttpFailure> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = to.uri().clone();
        request.headers_mut().insert(USER_AGENT, NAME);
        request.headers_mut().extend(headers);

        let deadline = Instant::now() + self.patience.whole;
        let response = timeout_at(deadline, self.client.request(request))
            .await
            .map_err(|_| HttpFailure::TimedOut(self.patience.whole))?
            .map_err(|error| HttpFailure::of(&error))?;
        let (head, body) = response.into_parts();
        let (body, whole) = read(body, limit, deadline).await;
        Ok(HttpReply { status: head.status.as_u16(), retry_after: retry_after(&head.headers), body, whole })
    }

    /// Posts a value as JSON, as [`HttpClient::post`] does.
    pub(crate) async fn post_json(
        &self,
        to: &Endpoint,
        value: &impl Serialize,
    ) -> Result<HttpReply, HttpFailure> {
        let body = serde_json::to_vec(value).expect("what is posted is text, numbers and lists");
        self.post(to, [(CONTENT_TYPE, JSON)], body.into()).await
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("patience", &self.patience).finish_non_exhaustive()
    }
}

fn retry_after(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(RETRY_AFTER)?.to_str().ok()?.to_owned())
}

/// What comes of a body within time and bounds, and whether that is all. The status has been read by then and says
/// what became of a message, so a body that breaks off changes nothing for it.
async fn read(mut body: Incoming, limit: usize, deadline: Instant) -> (Bytes, bool) {
    let mut read = BytesMut::new();
    while read.len() < limit {
        let frame = match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return (read.freeze(), true),
            Ok(Some(Err(_))) | Err(_) => break,
        };
        if let Some(chunk) = frame.data_ref() {
            let room = limit - read.len();
            read.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
    }
    (read.freeze(), false)
}
