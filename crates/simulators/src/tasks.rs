//! The tasks of one simulator: started together, ended together.

use std::time::Duration;

use axum::Router;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::door::Door;

/// How long a stopping simulator waits for its tasks. They end at once unless a peer holds a write.
const PATIENCE: Duration = Duration::from_secs(2);

/// Owns the tasks. Dropping it tells them to end; [`Tasks::stop`] also waits for that.
#[derive(Debug)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    cancel: CancellationToken,
    _guard: DropGuard,
}

impl Tasks {
    /// An empty set, and the token that its members watch.
    pub(crate) fn new() -> Self {
        let cancel = CancellationToken::new();
        Self { tracker: TaskTracker::new(), _guard: cancel.clone().drop_guard(), cancel }
    }

    /// The token that ends the members.
    pub(crate) fn cancelled(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Where members are spawned.
    pub(crate) fn tracker(&self) -> TaskTracker {
        self.tracker.clone()
    }

    /// Serves `routes` behind `door`. What is open at the end ends with it.
    pub(crate) fn serve(&self, door: Door, routes: Router) {
        let cancelled = self.cancelled();
        let until = cancelled.clone().cancelled_owned();
        self.tracker.spawn(async move {
            let serving = axum::serve(door, routes).with_graceful_shutdown(until);
            // Idle connections are not waited for.
            cancelled.run_until_cancelled(serving.into_future()).await;
        });
    }

    /// Ends all members and waits until they have ended.
    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        self.tracker.close();
        if tokio::time::timeout(PATIENCE, self.tracker.wait()).await.is_err() {
            tracing::warn!("a simulator's tasks did not end in time");
        }
    }
}
