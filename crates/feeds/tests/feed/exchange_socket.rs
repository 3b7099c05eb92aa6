//! The client's end of a socket to the fake venue.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bellwether_feeds::world::{DialError, Dialer, Frame, Promise, Socket, SocketError};
use futures_util::{Sink, Stream};
use tokio::sync::mpsc;

use crate::exchange::{Exchange, ServerEnd};

pub(crate) struct ExchangeDialer(pub(crate) Arc<Exchange>);

impl Dialer for ExchangeDialer {
    fn dial<'a>(&'a self, url: &'a str) -> Promise<'a, Result<Box<dyn Socket>, DialError>> {
        assert_eq!(url, "ws://fake/stream?timeUnit=MICROSECOND");
        Box::pin(async move {
            let now = self.0.uptime();
            let mut state = self.0.state();
            state.dialled_at.push(now);
            if !state.open_for_business {
                return Err(DialError::Refused { status: 503 });
            }
            let (sender, frames) = mpsc::unbounded_channel();
            let mut server_end = ServerEnd {
                to_client: Some(sender),
                subscribed: BTreeSet::new(),
                opened_at: now,
                closed_at: None,
                half_open: false,
                frames_sent: 0,
                frames_taken: 0,
            };
            if state.closes_at_once {
                server_end.close(now);
            }
            state.sockets.push(server_end);
            let index = state.sockets.len() - 1;
            drop(state);
            Ok(Box::new(ClientEnd { exchange: self.0.clone(), index, frames }) as Box<dyn Socket>)
        })
    }
}

struct ClientEnd {
    exchange: Arc<Exchange>,
    index: usize,
    frames: mpsc::UnboundedReceiver<Result<Frame, SocketError>>,
}

impl Stream for ClientEnd {
    type Item = Result<Frame, SocketError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.frames.poll_recv(cx);
        if let Poll::Ready(Some(frame)) = &polled {
            let now = self.exchange.uptime();
            let mut state = self.exchange.state();
            state.sockets[self.index].frames_taken += 1;
            if matches!(frame, Ok(Frame::Ping)) {
                state.received.push((self.index, now, "pong".to_owned()));
            }
        }
        polled
    }
}

impl Sink<String> for ClientEnd {
    type Error = SocketError;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, text: String) -> Result<(), SocketError> {
        self.exchange.receive(self.index, &text);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for ClientEnd {
    fn drop(&mut self) {
        let now = self.exchange.uptime();
        self.exchange.state().sockets[self.index].close(now);
    }
}
