//! The connections to a mail server: how many there may be, and when idle ones are closed.
//!
//! Whoever has a place may have one connection. While all places are taken, senders wait in the order
//! in which they came; how many wait is bounded by the number of senders, which is the caller's.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

use super::dial::Dialer;
use super::failure::Failure;
use super::session::Session;

/// The connections to one mail server.
#[derive(Debug)]
pub(super) struct Pool {
    dialer: Dialer,
    size: u32,
    places: Semaphore,
    idle: Arc<Idle>,
    /// Closes connections that were idle for too long. Ends with the pool.
    _closer: AbortOnDropHandle<()>,
}

/// Connections without a mail, the one used last at the end. Never longer than there are places, and
/// locked for the time of a push or a pop only, which is why the lock is not an asynchronous one.
#[derive(Debug)]
struct Idle {
    longest: Duration,
    sessions: Mutex<Vec<(Instant, Session)>>,
}

impl Pool {
    /// A pool of at most `size` connections, none of which is made before it is needed.
    pub(super) fn new(dialer: Dialer, size: usize, longest_idle: Duration) -> Self {
        let idle = Arc::new(Idle { longest: longest_idle, sessions: Mutex::default() });
        Self {
            dialer,
            size: u32::try_from(size).unwrap_or(u32::MAX),
            places: Semaphore::new(size),
            _closer: AbortOnDropHandle::new(tokio::spawn(close_idle(Arc::clone(&idle)))),
            idle,
        }
    }

    /// Connections at most.
    pub(super) fn size(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    /// The right to have a connection; waits for one.
    pub(super) async fn place(&self) -> SemaphorePermit<'_> {
        self.places.acquire().await.expect("the semaphore is never closed")
    }

    /// The idle connection that was used last, which is the one most likely alive.
    pub(super) fn idle(&self) -> Option<Session> {
        self.idle.take_last()
    }

    /// A fresh connection.
    pub(super) async fn dial(&self) -> Result<Session, Failure> {
        self.dialer.dial().await
    }

    /// Where it leads, and how a session there is protected, for people to read.
    pub(super) fn describe(&self, session: &Session) -> String {
        self.dialer.describe(session)
    }

    /// Keeps a connection for the next mail, unless it is of no use any more.
    pub(super) fn keep(&self, session: Session) {
        if session.is_usable() {
            self.idle.push(session);
        }
    }

    /// Waits for the mails under way, and closes all connections.
    pub(super) async fn close(&self) {
        let _all = self.places.acquire_many(self.size).await;
        while let Some(session) = self.idle.take_last() {
            session.quit().await;
        }
    }
}

impl Idle {
    fn push(&self, session: Session) {
        self.with(|sessions| sessions.push((Instant::now(), session)));
    }

    fn take_last(&self) -> Option<Session> {
        self.with(Vec::pop).map(|(_, session)| session)
    }

    /// The connection that was idle for longest, if that is too long.
    fn take_expired(&self) -> Option<Session> {
        self.with(|sessions| {
            let (since, _) = sessions.first()?;
            (since.elapsed() >= self.longest).then(|| sessions.remove(0).1)
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<(Instant, Session)>) -> T) -> T {
        // A panic elsewhere cannot leave half a push behind.
        act(&mut self.sessions.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn close_idle(idle: Arc<Idle>) {
    let mut ticks = interval((idle.longest / 4).max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        while let Some(session) = idle.take_expired() {
            session.quit().await;
        }
    }
}
