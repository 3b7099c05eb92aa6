//! WebSockets over the network.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use super::{DialError, Dialer, Frame, Promise, Socket, SocketError, tls};

/// Bytes of the longest message taken; the connection ends at a longer one. The longest that any
/// venue is asked for has a few kilobytes.
const MESSAGE_BYTES: usize = 1 << 20;
/// Bytes read from the network at once: a burst of some hundred trades.
const READ_BYTES: usize = 64 << 10;

/// Opens real WebSocket connections.
#[derive(Debug, Clone)]
pub struct WebSocketDialer {
    tls: Arc<rustls::ClientConfig>,
}

impl Default for WebSocketDialer {
    fn default() -> Self {
        Self { tls: Arc::new(tls::client_config()) }
    }
}

impl Dialer for WebSocketDialer {
    fn dial<'a>(&'a self, url: &'a str) -> Promise<'a, Result<Box<dyn Socket>, DialError>> {
        Box::pin(async move {
            let request = url.into_client_request().map_err(|error| DialError::Address(Box::new(error)))?;
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_BYTES)
                .max_message_size(Some(MESSAGE_BYTES))
                .max_frame_size(Some(MESSAGE_BYTES));
            let connector = Some(Connector::Rustls(self.tls.clone()));
            let (stream, _) = connect_async_tls_with_config(request, Some(config), true, connector)
                .await
                .map_err(undialled)?;
            Ok(Box::new(NetworkSocket { stream }) as Box<dyn Socket>)
        })
    }
}

struct NetworkSocket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Stream for NetworkSocket {
    type Item = Result<Frame, SocketError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match ready!(self.stream.poll_next_unpin(cx)) {
            Some(Ok(Message::Text(text))) => Some(Ok(Frame::Message(Bytes::from(text)))),
            Some(Ok(Message::Binary(bytes))) => Some(Ok(Frame::Message(bytes))),
            Some(Ok(Message::Ping(_))) => Some(Ok(Frame::Ping)),
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => Some(Ok(Frame::Pong)),
            Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => None,
            Some(Err(error)) => Some(Err(broken(error))),
        })
    }
}

impl Sink<String> for NetworkSocket {
    type Error = SocketError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        self.stream.poll_ready_unpin(cx).map_err(broken)
    }

    fn start_send(mut self: Pin<&mut Self>, text: String) -> Result<(), SocketError> {
        self.stream.start_send_unpin(Message::text(text)).map_err(broken)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        self.stream.poll_flush_unpin(cx).map_err(broken)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        self.stream.poll_close_unpin(cx).map_err(broken)
    }
}

fn broken(error: Error) -> SocketError {
    SocketError::Broken(Box::new(error))
}

fn undialled(error: Error) -> DialError {
    match error {
        Error::Http(reply) => DialError::Refused { status: reply.status().as_u16() },
        Error::Url(error) => DialError::Address(Box::new(error)),
        error => DialError::Unreachable(Box::new(error)),
    }
}
