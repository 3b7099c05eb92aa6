//! A loopback listener that can be shut: while shut, it answers connects with a reset.
//!
//! The port stays taken meanwhile, so that nobody else gets it and the same address works again afterwards.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};

/// Whether connects are let in, shared between the listener and whoever controls it.
#[derive(Clone, Default, Debug)]
pub(crate) struct Gate {
    shut: Arc<AtomicBool>,
    refused: Arc<AtomicU64>,
}

impl Gate {
    /// From now on connects are reset, or let in again.
    pub(crate) fn set_shut(&self, shut: bool) {
        self.shut.store(shut, Ordering::SeqCst);
    }

    /// How many connects were reset since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn turns_away(&self) -> bool {
        let shut = self.shut.load(Ordering::SeqCst);
        if shut {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        shut
    }
}

/// The listener behind a [`Gate`]. Every stream it hands out has Nagle's algorithm off.
#[derive(Debug)]
pub(crate) struct Door {
    listener: TcpListener,
    gate: Gate,
}

impl Door {
    /// Listens on `address`; port 0 takes a free one.
    pub(crate) async fn open(address: SocketAddr, gate: Gate) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, gate })
    }

    /// The address with the port that was taken.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The next connection that is let in.
    pub(crate) async fn next(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) if self.gate.turns_away() => {
                    // Without linger the close is a reset, as a closed port would answer.
                    let _ = stream.set_zero_linger();
                }
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    return (stream, peer);
                }
                // Out of descriptors, or the peer left before we looked: the next accept may do.
                Err(error) => {
                    tracing::debug!(%error, "accept failed");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        self.next().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address()
    }
}
