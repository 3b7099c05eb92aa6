//! SQLite: one connection that writes, several that read.

mod file;
mod hold;
mod writer;

use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use hold::Hold;
pub(crate) use writer::Writer;

use crate::error::{OpenError, StoreError};
use crate::options::StoreOptions;

/// Pages of the writer's cache, in KiB (negative says so to SQLite). With a smaller one, inserts at
/// random places of a large index wait for the disk: measured at twice the rate.
const WRITER_CACHE_KIB: &str = "-131072";
/// The same for each reader.
const READER_CACHE_KIB: &str = "-16384";
/// Pages in the write-ahead log before they are copied into the file: 64 MiB, so that a page which changes
/// often is copied once for many changes.
const CHECKPOINT_PAGES: &str = "16384";

/// A SQLite database.
#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    pub(crate) writer: Writer,
    /// Absent for a database in memory, which is seen by its one connection only.
    pub(crate) readers: Option<SqlitePool>,
    /// Where it is held alone.
    hold: Option<Hold>,
}

impl Sqlite {
    /// Opens the database at `path`, which is a file's or `:memory:`.
    pub(crate) async fn open(path: &str, options: &StoreOptions) -> Result<Self, OpenError> {
        let in_memory = path == ":memory:";
        let mut hold = None;
        if !in_memory {
            file::prepare(path.as_ref())?;
            hold = options.alone.then(|| Hold::take(path.as_ref())).transpose()?;
        }
        let writing = connection(path, options.patience)
            .pragma("cache_size", WRITER_CACHE_KIB)
            // What savepoints would be undone with: else it is a file, made and removed for each of them.
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
        let connection_to_write = writing.connect().await.map_err(StoreError::from)?;
        let readers = (!in_memory).then(|| {
            let reading = connection(path, options.patience)
                .pragma("cache_size", READER_CACHE_KIB)
                .pragma("query_only", "1");
            SqlitePoolOptions::new()
                .max_connections(options.connections)
                .acquire_timeout(options.patience)
                .test_before_acquire(false)
                .connect_lazy_with(reading)
        });
        let reconnect = (!in_memory).then_some(writing);
        Ok(Self { writer: Writer::start(connection_to_write, reconnect), readers, hold })
    }

    pub(crate) async fn close(&self) {
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        self.writer.close().await;
        if let Some(hold) = &self.hold {
            hold.let_go();
        }
    }
}

fn connection(path: &str, patience: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit is on the disk before it is answered.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(patience)
        // Room for the rows of a portion: else the thread of the connection waits for them to be taken, and they for it.
        .row_buffer_size(128)
        // Statements of many rows come in seven sizes each.
        .statement_cache_capacity(250)
        .disable_statement_logging()
}

/// Begins a transaction that writes. `IMMEDIATE`, since one that begins by reading may find that another
/// process has written meanwhile, and can then neither wait nor go on.
pub(crate) async fn begin(
    connection: &mut SqliteConnection,
) -> Result<sqlx::Transaction<'_, sqlx::Sqlite>, sqlx::Error> {
    connection.begin_with("BEGIN IMMEDIATE").await
}
