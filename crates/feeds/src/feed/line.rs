//! Keeps one set of instruments on a connection: opens, reopens after a failure, replaces in time.
//!
//! A replacement is made before the break: the old connection goes on while its successor is opened
//! and subscribed, and a little longer. Both deliver meanwhile; the sequences let each trade through
//! once.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, Milestone};
use super::event::Event;
use super::shared::Shared;
use super::subscriptions::Routes;
use crate::world::{Socket, chain, within};
use crate::{Ending, Venue};

/// The instruments of one connection, and whatever it takes to keep it.
pub(super) struct Line<V> {
    shared: Arc<Shared<V>>,
    routes: watch::Receiver<Routes>,
    cancel: CancellationToken,
    /// Failures in a row: attempts that opened nothing, and connections that did not hold.
    failures: u32,
    /// Whether the present outage has been reported.
    outage_told: bool,
}

/// The old connection of a replacement.
struct Retiring {
    /// Told once the successor carries everything.
    succeeded: CancellationToken,
}

impl<V: Venue> Line<V> {
    pub(super) fn new(
        shared: Arc<Shared<V>>,
        routes: watch::Receiver<Routes>,
        cancel: CancellationToken,
    ) -> Self {
        Self { shared, routes, cancel, failures: 0, outage_told: false }
    }

    /// Works until it is cancelled.
    pub(super) async fn run(mut self) {
        let mut retiring: Option<Retiring> = None;
        while let Some(mut connection) = self.open().await {
            loop {
                match connection.run().await {
                    Milestone::Settled => {
                        if let Some(old) = retiring.take() {
                            old.succeeded.cancel();
                        }
                    }
                    Milestone::Due => {
                        retiring = Some(self.retire(connection));
                        break;
                    }
                    Milestone::Ended(ending) => {
                        self.ended(connection, ending).await;
                        break;
                    }
                }
            }
        }
    }

    /// Opens a connection, however many attempts it takes. None once the line is cancelled.
    async fn open(&mut self) -> Option<Connection<V>> {
        let cancel = self.cancel.clone();
        let socket = tokio::select! {
            biased;
            () = cancel.cancelled() => return None,
            socket = self.keep_dialling() => socket,
        };
        // Outside of the choice above: a connection once told to be open must be told to have ended.
        Some(self.opened(socket).await)
    }

    async fn keep_dialling(&mut self) -> Box<dyn Socket> {
        loop {
            self.shared.world.clock.sleep(self.shared.delay_after(self.failures)).await;
            self.shared.turn_to_connect().await;
            match self.dial().await {
                Ok(socket) => return socket,
                Err(reason) => self.unreachable(reason).await,
            }
        }
    }

    async fn dial(&self) -> Result<Box<dyn Socket>, String> {
        let url = self.shared.venue.address();
        let world = &self.shared.world;
        let limit = self.shared.venue.bounds().dial;
        match within(&*world.clock, limit, world.dialer.dial(&url)).await {
            Some(Ok(socket)) => Ok(socket),
            Some(Err(error)) => Err(chain(&error)),
            None => Err(format!("no connection within {limit:?}")),
        }
    }

    async fn opened(&mut self, socket: Box<dyn Socket>) -> Connection<V> {
        let connection =
            Connection::new(self.shared.clone(), socket, self.routes.clone(), self.cancel.clone());
        self.shared.meters.connects.increment(1);
        self.outage_told = false;
        let connection_id = connection.id();
        tracing::info!(venue = %self.shared.venue.name(), connection = connection_id, failures = self.failures, "connected");
        self.shared.tell(Event::Opened { connection: connection_id }).await;
        connection
    }

    async fn unreachable(&mut self, reason: String) {
        self.failures = self.failures.saturating_add(1);
        self.shared.meters.connects_failed.increment(1);
        if std::mem::replace(&mut self.outage_told, true) {
            return;
        }
        tracing::warn!(venue = %self.shared.venue.name(), reason, "venue cannot be reached; attempts go on");
        self.shared.tell(Event::Unreachable { reason }).await;
    }

    async fn ended(&mut self, connection: Connection<V>, ending: Ending) {
        if connection.age() >= self.shared.venue.bounds().steady {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        farewell(&self.shared, connection, ending).await;
    }

    /// Lets a connection that is to be replaced go on by itself until its successor has taken over.
    fn retire(&mut self, mut connection: Connection<V>) -> Retiring {
        // A connection announced to close as soon as it opened would otherwise be replaced in a loop.
        let held = connection.age() >= self.shared.venue.bounds().steady;
        self.failures = if held { 0 } else { self.failures.saturating_add(1) };
        let succeeded = CancellationToken::new();
        let told = succeeded.clone();
        let shared = self.shared.clone();
        self.shared.start(async move {
            let overlapped = async {
                told.cancelled().await;
                shared.world.clock.sleep(shared.venue.bounds().overlap).await;
            };
            let ending = tokio::select! {
                biased;
                () = overlapped => Ending::Dismissed,
                ending = until_ended(&mut connection) => ending,
            };
            farewell(&shared, connection, ending).await;
        });
        Retiring { succeeded }
    }
}

async fn until_ended<V: Venue>(connection: &mut Connection<V>) -> Ending {
    loop {
        if let Milestone::Ended(ending) = connection.run().await {
            return ending;
        }
    }
}

/// Reports a connection's end, and closes what is left of it.
async fn farewell<V: Venue>(shared: &Shared<V>, connection: Connection<V>, ending: Ending) {
    let connection_id = connection.id();
    tracing::info!(venue = %shared.venue.name(), connection = connection_id, why = ?ending, "disconnected");
    shared.meters.ended(&ending);
    let ended = Event::Ended { connection: connection_id, ending };
    shared.tell(ended).await;
    connection.close().await;
}
