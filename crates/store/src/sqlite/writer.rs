//! The one task that writes to SQLite.
//!
//! Callers put work into its queue. It takes what waits there, does all of it in one transaction, each
//! piece behind a savepoint of its own, commits once, and then answers everybody: many commits for one
//! sync of the disk. A piece that fails is undone alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{mpsc, oneshot};

use crate::error::StoreError;
use crate::schema::{self, MigrationReport};
use crate::sql::{Db, Dialect};
use crate::sqlite::begin;
use crate::work::{Outcome, Work};

/// Pieces of work that may wait. Where the queue is full, callers wait for room.
const QUEUE: usize = 1_024;
/// Pieces of work in one transaction at most, so that the first caller of a flood is not kept waiting.
const GROUP: usize = 128;

/// The queue of the task that writes.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Task>,
    transactions: Arc<AtomicU64>,
}

enum Task {
    Work(Box<dyn Work>),
    Migrate(oneshot::Sender<Result<MigrationReport, StoreError>>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the task. It ends when told to close, or when no queue leads to it any more.
    pub(crate) fn start(connection: SqliteConnection, reconnect: Option<SqliteConnectOptions>) -> Self {
        let (queue, tasks) = mpsc::channel(QUEUE);
        let transactions = Arc::<AtomicU64>::default();
        let writing = Writing {
            connection,
            is_broken: false,
            reconnect,
            tasks,
            transactions: Arc::clone(&transactions),
        };
        tokio::spawn(writing.run());
        Self { queue, transactions }
    }

    pub(crate) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    pub(crate) async fn put(&self, work: Box<dyn Work>) -> Result<(), StoreError> {
        self.queue.send(Task::Work(work)).await.map_err(|_| StoreError::Closed)
    }

    pub(crate) async fn migrate(&self) -> Result<MigrationReport, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Task::Migrate(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Waits until all that was put before is done and the connection is closed.
    pub(crate) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.queue.send(Task::Close(answer)).await.is_ok() {
            // The answer fails to come only where the task ended by itself, which is what is asked for.
            let _ = answered.await;
        }
    }
}

struct Writing {
    connection: SqliteConnection,
    /// Whether a transaction of the connection ended in a way that makes it of no more use.
    is_broken: bool,
    reconnect: Option<SqliteConnectOptions>,
    tasks: mpsc::Receiver<Task>,
    transactions: Arc<AtomicU64>,
}

impl Writing {
    async fn run(mut self) {
        while let Some(task) = self.tasks.recv().await {
            let mut next = Some(task);
            while let Some(task) = next.take() {
                match task {
                    Task::Work(first) => next = self.group(first).await,
                    Task::Migrate(answer) => {
                        // A caller that no longer waits needs no answer.
                        let _ = answer.send(self.migrate().await);
                    }
                    Task::Close(answer) => {
                        // Nothing is left to be lost: what was committed is on the disk.
                        let _ = self.connection.close().await;
                        let _ = answer.send(());
                        return;
                    }
                }
            }
        }
    }

    /// Commits a piece of work with all that waits behind it; the first task that is none, if it met one.
    async fn group(&mut self, first: Box<dyn Work>) -> Option<Task> {
        let mut group = vec![first];
        let mut other = None;
        while group.len() < GROUP && other.is_none() {
            match self.tasks.try_recv() {
                Ok(Task::Work(work)) => group.push(work),
                Ok(task) => other = Some(task),
                Err(_) => break,
            }
        }
        self.commit(group).await;
        other
    }

    /// Does a group of work in one transaction, and answers every caller.
    async fn commit(&mut self, group: Vec<Box<dyn Work>>) {
        let mut waiting = group.into_iter();
        let mut outcomes = Vec::with_capacity(waiting.len());
        if let Err(error) = self.mend().await {
            waiting.for_each(|work| work.refuse(error.of_group()));
            return;
        }
        match transact(&mut self.connection, &mut waiting, &mut outcomes).await {
            Ok(()) => {
                self.transactions.fetch_add(1, Ordering::Relaxed);
                outcomes.into_iter().for_each(|outcome| outcome.answer());
            }
            Err(error) => {
                outcomes.into_iter().for_each(|outcome| outcome.revoke(error.of_group()));
                waiting.for_each(|work| work.refuse(error.of_group()));
                self.is_broken = !matches!(error, StoreError::Busy { .. });
            }
        }
    }

    /// Takes a new connection in the place of a broken one. SQLite itself ends a transaction that finds no room, which
    /// the driver does not know: it would begin the next one within the one that is over.
    async fn mend(&mut self) -> Result<(), StoreError> {
        if self.is_broken
            && let Some(options) = &self.reconnect
        {
            let connected = options.connect().await;
            self.connection = connected
                .inspect_err(|error| tracing::warn!(%error, "the database cannot be opened again"))?;
        }
        self.is_broken = false;
        Ok(())
    }

    async fn migrate(&mut self) -> Result<MigrationReport, StoreError> {
        let migrator = schema::migrator(Dialect::Sqlite);
        self.mend().await?;
        // One transaction around all versions: another process that migrates waits for it to end.
        let mut transaction = begin(&mut self.connection).await?;
        let before = schema::status(&mut Db::Sqlite(&mut transaction)).await?;
        migrator.run_direct(None, &mut *transaction, false).await?;
        transaction.commit().await?;
        Ok(MigrationReport { applied: before.pending })
    }
}

/// Takes work from `waiting` and adds what became of it to `outcomes`. An error undoes all of it: nothing
/// of the transaction remains.
async fn transact(
    connection: &mut SqliteConnection,
    waiting: &mut std::vec::IntoIter<Box<dyn Work>>,
    outcomes: &mut Vec<Box<dyn Outcome>>,
) -> Result<(), StoreError> {
    let mut transaction = begin(connection).await?;
    for work in waiting {
        let mut savepoint = transaction.begin().await?;
        let outcome = work.run(&mut Db::Sqlite(&mut savepoint)).await;
        match outcome.error() {
            None => {
                outcomes.push(outcome);
                savepoint.commit().await?;
            }
            Some(error) if error.ends_transaction() => {
                let error = error.of_group();
                outcomes.push(outcome);
                return Err(error);
            }
            Some(_) => {
                outcomes.push(outcome);
                savepoint.rollback().await?;
            }
        }
    }
    Ok(transaction.commit().await?)
}
