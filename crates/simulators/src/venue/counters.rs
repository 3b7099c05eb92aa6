//! What the simulator has seen of its clients. Tests wait for it instead of for time to pass.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

/// A copy of the counters at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// WebSockets that were opened.
    pub connections_made: u64,
    /// WebSockets that are open.
    pub connections_open: u64,
    /// Connects that were reset at the door.
    pub connections_refused: u64,
    /// Requests to subscribe that were understood.
    pub subscribe_messages: u64,
    /// Requests to unsubscribe that were understood.
    pub unsubscribe_messages: u64,
    /// Requests that were answered with an error.
    pub bad_messages: u64,
    /// Pongs that answered one of our pings.
    pub pongs: u64,
    /// Market events that were sent.
    pub events_sent: u64,
    /// What each open connection is subscribed to.
    pub streams: BTreeMap<u64, Vec<String>>,
    /// Requests by path, the refused ones too.
    pub rest_requests: BTreeMap<String, u64>,
    /// Requests that were refused for their number, or by an ordered fault.
    pub rest_refused: u64,
}

impl Counters {
    /// Whether any open connection is subscribed to `stream`.
    #[must_use]
    pub fn has_stream(&self, stream: &str) -> bool {
        self.streams.values().flatten().any(|name| name == stream)
    }
}

/// The counters while they count.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counters: Mutex<Counters>,
    changed: watch::Sender<()>,
}

impl Tally {
    /// Changes the counters, and wakes those who wait for a change.
    pub(crate) fn note<T>(&self, change: impl FnOnce(&mut Counters) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_replace(());
        result
    }

    /// A copy.
    pub(crate) fn read(&self) -> Counters {
        self.lock().clone()
    }

    /// Waits until `condition` holds.
    pub(crate) async fn until(&self, mut condition: impl FnMut(&Counters) -> bool) -> Counters {
        let mut changed = self.changed.subscribe();
        loop {
            let counters = self.read();
            if condition(&counters) {
                return counters;
            }
            changed.changed().await.expect("the sender lives as long as self");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
