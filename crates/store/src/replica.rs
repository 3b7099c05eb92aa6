//! A second PostgreSQL server that follows the first, for what looks far back: candles, what prices were, exports.
//!
//! It is asked only while it is known to be a follower of the store's own server and close behind it; a task looks
//! every two seconds. Otherwise, and where it fails in the midst of an answer, the first server answers, so a follower
//! that is away costs time and never an answer.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::error::OpenError;
use crate::options::StoreOptions;
use crate::postgres::Postgres;
use crate::sql::{Db, sql_of};
use crate::work::Working;

/// How often a follower is asked how far behind it is.
const PACE: Duration = Duration::from_secs(2);
/// Further behind than this a follower is not asked.
pub const LAG_MAX: Duration = Duration::from_secs(10);
/// After this long a server has not said how far it is, or has no connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// After this long a follower has not answered a question.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// What a follower shares with the server that it follows, and with no other: which cluster it is, and in it which
/// database.
const IDENTITY: &str =
    "system_identifier || ' ' || (SELECT oid FROM pg_database WHERE datname = current_database())";

/// How a follower stands to the store's own server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplicaState {
    /// It was not asked yet.
    Unknown,
    /// It follows, so far behind.
    Behind(Duration),
    /// It does not answer, does not say how far it is, or follows nobody.
    Away,
    /// It is another store.
    Foreign,
}

impl ReplicaState {
    /// Whether it is asked for what looks far back.
    #[must_use]
    pub fn is_used(self) -> bool {
        matches!(self, ReplicaState::Behind(lag) if lag <= LAG_MAX)
    }
}

/// The follower, and the task that looks after it.
#[derive(Debug)]
pub(crate) struct Replica {
    server: Postgres,
    state: watch::Receiver<ReplicaState>,
    watching: AbortHandle,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Replica {
    /// Begins to look after the server at `url`. It need not be there yet.
    pub(crate) fn watch(url: &str, primary: Postgres, options: &StoreOptions) -> Result<Self, OpenError> {
        let options = StoreOptions { patience: PATIENCE, ..options.clone() };
        let server = Postgres::lazy(url, &options)?;
        let (tell, state) = watch::channel(ReplicaState::Unknown);
        let watching = tokio::spawn(look_after(server.clone(), primary, tell)).abort_handle();
        Ok(Self { server, state, watching })
    }

    pub(crate) fn state(&self) -> ReplicaState {
        *self.state.borrow()
    }

    /// How it stands, once it was asked.
    pub(crate) async fn seen(&self) -> ReplicaState {
        let mut state = self.state.clone();
        let seen = state.wait_for(|state| *state != ReplicaState::Unknown).await;
        seen.map_or(ReplicaState::Away, |state| *state)
    }

    /// Runs work there; nothing where it is not used or did not answer.
    pub(crate) async fn read<T, F>(&self, work: F) -> Option<T>
    where
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T>,
    {
        if !self.state().is_used() {
            return None;
        }
        match tokio::time::timeout(ANSWER_MAX, self.server.read(work)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the follower of the database did not answer");
                None
            }
            Err(_) => {
                tracing::debug!("the follower of the database did not answer in time");
                None
            }
        }
    }

    /// Ends the connections; one that is not answered any more is left behind.
    pub(crate) async fn close(&self) {
        self.watching.abort();
        let _ = tokio::time::timeout(PATIENCE, self.server.close()).await;
    }
}

async fn look_after(server: Postgres, primary: Postgres, tell: watch::Sender<ReplicaState>) {
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut known_at = Instant::now();
    loop {
        pace.tick().await;
        let state = match look(&server, &primary).await {
            Some(state) => state,
            // The store's own server is too busy to say how far it is. What was known a moment ago will do: to ask
            // it in the follower's place would only add to its work.
            None if known_at.elapsed() < LAG_MAX => continue,
            None => ReplicaState::Away,
        };
        known_at = Instant::now();
        let before = tell.send_replace(state);
        if before != state && before.is_used() != state.is_used() {
            tracing::info!(?state, "the follower of the database");
        }
    }
}

/// Asks the store's own server how far it has written, and then the follower how far it has read; nothing where the
/// first does not answer.
async fn look(server: &Postgres, primary: &Postgres) -> Option<ReplicaState> {
    let written = sql_of(format!("SELECT {IDENTITY}, pg_current_wal_lsn()::text FROM pg_control_system()"));
    let written = primary.read(|db| {
        Box::pin(async { written.one(db, |row| Ok((row.text()?.to_owned(), row.text()?.to_owned()))).await })
    });
    let (identity, position) = tokio::time::timeout(PATIENCE, written).await.ok()?.ok()?;
    // One that has read everything is not behind, however long ago that was written. No time at all says that it has
    // read nothing since it began; and a server that follows nobody goes its own way: nobody knows what it has.
    let read = sql_of(format!(
        "SELECT {IDENTITY} = $1, CASE WHEN NOT pg_is_in_recovery() THEN NULL
            WHEN pg_last_wal_replay_lsn() >= $2::text::pg_lsn THEN 0
            ELSE (EXTRACT(EPOCH FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint END
        FROM pg_control_system()"
    ));
    let read = server.read(|db| {
        let read = read.bind(identity).bind(position);
        Box::pin(async { read.one(db, |row| Ok((row.flag()?, row.maybe_int()?))).await })
    });
    Some(match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok((false, _))) => ReplicaState::Foreign,
        Ok(Ok((true, Some(behind_ms)))) => {
            ReplicaState::Behind(Duration::from_millis(u64::try_from(behind_ms).unwrap_or_default()))
        }
        Ok(Ok((true, None)) | Err(_)) | Err(_) => ReplicaState::Away,
    })
}
