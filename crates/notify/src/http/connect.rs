//! From an endpoint to a connection, with the guard at the only place that opens one.
//!
//! A name is resolved once per connection, each address is judged, and a judged address is connected
//! to: there is no second look-up in between that could answer otherwise (DNS rebinding). An address
//! written in place of a name goes the same way. Connections that are kept open were judged when they
//! were opened.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Uri;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::address::{AllowedNetworks, Special};
use super::resolve::Resolve;
use super::stream::Stream;

/// Addresses of one name that are tried.
const TRIED: usize = 4;

/// Opens connections; clones share what it is made of.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) allow: AllowedNetworks,
    pub(super) tls: Arc<ClientConfig>,
    /// For name, connection and encryption together.
    pub(super) patience: Duration,
}

/// Why there is no connection. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("the address has no host")]
    NoHost,
    #[error("the name cannot be resolved")]
    Unresolved(#[source] Option<io::Error>),
    #[error("the host has {0}")]
    Refused(Special),
    #[error("cannot connect: {0}")]
    Unreachable(#[source] io::Error),
    #[error("cannot encrypt: {0}")]
    Tls(#[source] io::Error),
    #[error("no connection within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let within = connector.patience;
            let opened = timeout(within, connector.open(&uri)).await;
            opened.map_err(|_| ConnectError::TimedOut(within))?.map(TokioIo::new)
        })
    }
}

impl Connector {
    async fn open(&self, uri: &Uri) -> Result<Stream, ConnectError> {
        let host = uri.host().ok_or(ConnectError::NoHost)?.trim_matches(['[', ']']);
        let encrypted = uri.scheme_str() != Some("http");
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let socket = self.dial(&self.addresses(host).await?, port).await?;
        if !encrypted {
            return Ok(Stream::Plain(socket));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| ConnectError::NoHost)?;
        let handshake = TlsConnector::from(Arc::clone(&self.tls)).connect(name, socket);
        Ok(Stream::Tls(Box::new(handshake.await.map_err(ConnectError::Tls)?)))
    }

    /// The addresses that may be connected to; an error where there is none.
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, ConnectError> {
        let found = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => {
                self.resolver.resolve(host).await.map_err(|error| ConnectError::Unresolved(Some(error)))?
            }
        };
        let mut refused = None;
        let mut accepted = Vec::new();
        for address in found {
            match self.allow.refusal(address) {
                Some(special) => refused = Some(special),
                None => accepted.push(address),
            }
        }
        match (accepted.is_empty(), refused) {
            (false, _) => Ok(accepted),
            (true, Some(special)) => Err(ConnectError::Refused(special)),
            (true, None) => Err(ConnectError::Unresolved(None)),
        }
    }

    /// The first address that answers. Each has its share of the time, so that one that is silent
    /// (IPv6 without a route, say) does not take the others'.
    async fn dial(&self, addresses: &[IpAddr], port: u16) -> Result<TcpStream, ConnectError> {
        let tried = addresses.len().clamp(1, TRIED);
        let share = self.patience / u32::try_from(tried).unwrap_or(1);
        let mut failure = io::Error::from(io::ErrorKind::TimedOut);
        for address in addresses.iter().take(tried) {
            match timeout(share, TcpStream::connect(SocketAddr::from((*address, port)))).await {
                Ok(Ok(socket)) => {
                    socket.set_nodelay(true).map_err(ConnectError::Unreachable)?;
                    return Ok(socket);
                }
                Ok(Err(error)) => failure = error,
                Err(_) => {}
            }
        }
        Err(ConnectError::Unreachable(failure))
    }
}
