//! The SMTP server (RFC 5321, with PIPELINING, SIZE, 8BITMIME, SMTPUTF8, STARTTLS, AUTH).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use self::session::Session;
use self::wire::Wire;
use super::config::InboxConfig;
use super::fault::FaultList;
use super::mail::Arrival;
use super::mailbox::Mailbox;
use crate::door::Door;
use crate::tasks::Tasks;

mod auth;
mod command;
mod session;
mod wire;

/// What all sessions share.
#[derive(Debug)]
pub(super) struct Office {
    config: InboxConfig,
    mailbox: Mailbox,
    faults: Arc<FaultList>,
    tls: Arc<ServerConfig>,
    /// Sessions that may still begin.
    room: Arc<Semaphore>,
    ids: AtomicU64,
}

/// How a connection begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// In the clear; TLS is on offer.
    Plain,
    /// With a TLS handshake.
    Tls,
}

impl Office {
    pub(super) fn new(
        config: InboxConfig,
        mailbox: Mailbox,
        faults: Arc<FaultList>,
        tls: Arc<ServerConfig>,
    ) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(config.most_sessions));
        Arc::new(Self { config, mailbox, faults, tls, room, ids: AtomicU64::new(1) })
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.tls))
    }

    fn accept(&self, arrival: Arrival) -> u64 {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        self.mailbox.accept(id, arrival);
        id
    }
}

/// Takes connections until the tasks end.
pub(super) fn listen(door: Door, start: Start, office: Arc<Office>, tasks: &Tasks) {
    let (tracker, cancelled) = (tasks.tracker(), tasks.cancelled());
    let accepting = async move {
        loop {
            let (stream, _) = tokio::select! {
                connection = door.next() => connection,
                () = cancelled.cancelled() => return,
            };
            let (office, cancelled) = (Arc::clone(&office), cancelled.clone());
            tracker.spawn(async move {
                cancelled.run_until_cancelled(serve(stream, start, office)).await;
            });
        }
    };
    tasks.tracker().spawn(accepting);
}

async fn serve(stream: TcpStream, start: Start, office: Arc<Office>) {
    let Ok(_room) = Arc::clone(&office.room).try_acquire_owned() else {
        let mut wire = Wire::plain(stream);
        wire.reply(421, "too many sessions, come back later");
        let _ = wire.flush().await;
        return;
    };
    let wire = match start {
        Start::Plain => Ok(Wire::plain(stream)),
        Start::Tls => Wire::plain(stream).encrypt(&office.acceptor()).await,
    };
    match wire {
        Ok(wire) => Session::new(wire, office).run().await,
        Err(error) => tracing::debug!(%error, "no TLS came about"),
    }
}
