//! Where the service listens and what it accepts.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use bellwether_model::Span;
use serde::Serialize;

use super::reader::Reader;
use super::roles::{self, Role};

/// Where the service listens and what it accepts.
#[derive(Debug, Clone, Serialize)]
pub struct Server {
    /// Address of the API and the interface; without the role `api` only of its health.
    pub listen: SocketAddr,
    /// What this process does.
    pub roles: Vec<Role>,
    /// The address that users see, without a slash at its end; `None`: the one that it listens on.
    pub public_url: Option<PublicUrl>,
    /// Address of the metrics, if they are served.
    pub metrics_listen: Option<SocketAddr>,
    /// Bytes that a request's body may have.
    pub body_limit: u32,
    /// After this long a request is given up.
    pub request_timeout: Span,
    /// How long a connection may take for the head of a request.
    pub head_timeout: Span,
    /// Connections that are open at once.
    pub connections: u32,
    /// Requests that are worked on at once.
    pub concurrent_requests: u32,
    /// Sites whose pages may call the API.
    pub allowed_origins: Vec<String>,
    /// Whether `X-Forwarded-For` is believed.
    pub behind_proxy: bool,
}

/// An address that starts with `http://` or `https://`, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match rest {
            Some(rest) if !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c == '?') => {
                Ok(Self(text.trim_end_matches('/').to_owned()))
            }
            _ => Err("must begin with http:// or https://"),
        }
    }
}

impl Server {
    /// The service's address as its users see it, once it listens at `bound`.
    #[must_use]
    pub fn public_url_at(&self, bound: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.to_string(),
            None => format!("http://{bound}"),
        }
    }

    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let listen = r.address("server.listen");
        let roles = roles::read(r);
        let public_url = r.optional("server.public_url");
        let metrics_listen = r.optional_address("server.metrics_listen");
        let body_limit = r.whole("server.body_limit", 1_024, 64 << 20);
        let request_timeout = r.span("server.request_timeout");
        let head_timeout = r.span("server.head_timeout");
        let connections = r.whole("server.connections", 1, 10_000_000);
        let concurrent_requests = r.whole("server.concurrent_requests", 1, 1_000_000);
        let allowed_origins = r.list("server.allowed_origins").and_then(|origins| {
            let message = "must hold addresses without a path, such as https://app.example.org";
            let good = origins.iter().all(|origin| is_origin(origin));
            if good { Some(origins) } else { r.refuse("server.allowed_origins", message) }
        });
        let behind_proxy = r.flag("server.behind_proxy");
        Some(Self {
            listen: listen?,
            roles: roles?,
            public_url: public_url?,
            metrics_listen: metrics_listen?,
            body_limit: body_limit?,
            request_timeout: request_timeout?,
            head_timeout: head_timeout?,
            connections: connections?,
            concurrent_requests: concurrent_requests?,
            allowed_origins: allowed_origins?,
            behind_proxy: behind_proxy?,
        })
    }
}

/// Scheme, host and port, as browsers name a site.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && b != b'/'))
}
