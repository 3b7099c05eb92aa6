//! How the service reaches the exchange: a dialer and an HTTP client of its own.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bellwether_feeds::world::{
    DialError, Dialer, Frame, Http, HttpError, HttpReply, HttpRequest, Promise, Socket, SocketError,
};
use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::sync::mpsc;

use crate::exchange::{Exchange, Mood};

/// Where the streams are.
pub(crate) const WS_URL: &str = "ws://exchange";
/// Where the history is.
pub(crate) const REST_URL: &str = "http://exchange";

/// The line to the exchange.
pub(crate) struct Line(pub(crate) Arc<Exchange>);

impl Dialer for Line {
    fn dial<'a>(&'a self, _url: &'a str) -> Promise<'a, Result<Box<dyn Socket>, DialError>> {
        let mut state = self.0.state();
        let dialled = if state.is_down {
            Err(DialError::Refused { status: 503 })
        } else {
            let (client, frames) = mpsc::unbounded_channel();
            let number = state.connect(client);
            let end: Box<dyn Socket> = Box::new(ClientEnd { exchange: Arc::clone(&self.0), number, frames });
            Ok(end)
        };
        Box::pin(std::future::ready(dialled))
    }
}

impl Http for Line {
    fn send(&self, request: HttpRequest) -> Promise<'_, Result<HttpReply, HttpError>> {
        let mood = self.0.state().mood;
        let (status, body) = match mood {
            Mood::Fine => (200, self.0.answer(&request.url).to_string()),
            Mood::Fails => (502, "down".to_owned()),
            Mood::Garbled => (200, "[{\"a\":".to_owned()),
            Mood::Hangs => return Box::pin(std::future::pending()),
        };
        let reply = HttpReply { status, headers: Vec::new(), body: Bytes::from(body) };
        Box::pin(std::future::ready(Ok(reply)))
    }
}

/// The client's end of a socket.
struct ClientEnd {
    exchange: Arc<Exchange>,
    number: usize,
    frames: mpsc::UnboundedReceiver<Result<Frame, SocketError>>,
}

impl Stream for ClientEnd {
    type Item = Result<Frame, SocketError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.frames.poll_recv(cx)
    }
}

impl Sink<String> for ClientEnd {
    type Error = SocketError;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, text: String) -> Result<(), SocketError> {
        self.exchange.hear(self.number, &text);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        Poll::Ready(Ok(()))
    }
}
