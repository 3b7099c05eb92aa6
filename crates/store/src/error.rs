//! What can go wrong, named for what the caller can do about it.
//!
//! The texts of these errors hold no values of rows and no credentials: the driver's message names
//! constraints and files, never what was bound to a statement.

use std::error::Error as Source;

use sqlx::sqlite::SqliteError;

/// The source of an error, as the driver gave it.
pub type Cause = Box<dyn Source + Send + Sync + 'static>;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or the connection broke. Try again later; a write may have
    /// happened, so repeat it under the same ids.
    #[error("the database cannot be reached")]
    Unavailable {
        /// What the driver said.
        #[source]
        source: Cause,
    },
    /// Another transaction stood in the way. Nothing changed; try again at once.
    #[error("the database is busy")]
    Busy {
        /// What the driver said.
        #[source]
        source: Cause,
    },
    /// The disk is full. Nothing changed; make room.
    #[error("the database has no room left")]
    Full {
        /// What the driver said.
        #[source]
        source: Cause,
    },
    /// The database may not be written to (permissions, a read-only file system, a replica).
    #[error("the database is read-only")]
    ReadOnly {
        /// What the driver said.
        #[source]
        source: Cause,
    },
    /// What is stored cannot be read: a damaged file, or rows of another program.
    #[error("the database holds what cannot be read: {what}")]
    Corrupt {
        /// What, without its content.
        what: String,
    },
    /// The database has no schema, an older or a newer one: migrate, or start the matching program.
    #[error("the database's schema does not fit this program: {what}")]
    Schema {
        /// What does not fit.
        what: String,
    },
    /// Another process has taken over what this one did. Nothing changed, and nothing will: stop doing it.
    #[error("another process has taken over")]
    Fenced,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The database refused a statement: a mistake in this crate.
    #[error("the database refused a statement")]
    Refused {
        /// What the driver said.
        #[source]
        source: Cause,
    },
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of no kind that is known. It is not repeated here: it may hold a password.
    #[error("the store's address must be 'sqlite:PATH', 'sqlite::memory:' or 'postgres://...'")]
    Address,
    /// The address is of a known kind and cannot be read.
    #[error("the store's address cannot be read")]
    Unreadable {
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// The file or its folder can be neither opened nor made.
    #[error("its file can be neither opened nor made")]
    File(#[from] std::io::Error),
    /// Another process holds it alone.
    #[error(
        "another process{} serves it, as the lock on {} says. Stop that one first, or name another database with \
         --store",
        .by.map(|pid| format!(" (number {pid})")).unwrap_or_default(),
        .file.display()
    )]
    InUse {
        /// The process, where it says so.
        by: Option<u32>,
        /// The file that is locked.
        file: std::path::PathBuf,
    },
    /// The database was found and did not open.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    /// Whether the transaction that met this error is over, whatever its other statements did.
    pub(crate) fn ends_transaction(&self) -> bool {
        match self {
            StoreError::Unavailable { .. }
            | StoreError::Full { .. }
            | StoreError::ReadOnly { .. }
            | StoreError::Closed => true,
            StoreError::Busy { .. }
            | StoreError::Corrupt { .. }
            | StoreError::Schema { .. }
            | StoreError::Fenced
            | StoreError::Refused { .. } => false,
        }
    }

    /// The same error for one more of those whose work was in the transaction that met it.
    pub(crate) fn of_group(&self) -> StoreError {
        let source: Cause = format!("the transaction that this was part of failed: {self}").into();
        match self {
            StoreError::Unavailable { .. } => StoreError::Unavailable { source },
            StoreError::Busy { .. } => StoreError::Busy { source },
            StoreError::Full { .. } => StoreError::Full { source },
            StoreError::ReadOnly { .. } => StoreError::ReadOnly { source },
            StoreError::Refused { .. } => StoreError::Refused { source },
            StoreError::Corrupt { what } => StoreError::Corrupt { what: what.clone() },
            StoreError::Schema { what } => StoreError::Schema { what: what.clone() },
            StoreError::Fenced => StoreError::Fenced,
            StoreError::Closed => StoreError::Closed,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(told) => {
                let code = told.code().map(std::borrow::Cow::into_owned);
                match told.try_downcast_ref::<SqliteError>() {
                    Some(_) => sqlite_error(code.as_deref(), error.into()),
                    None => postgres_error(code.as_deref(), error.into()),
                }
            }
            sqlx::Error::PoolClosed => StoreError::Closed,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => StoreError::Unavailable { source: error.into() },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound => {
                StoreError::Corrupt { what: "a cell of a row".into() }
            }
            _ => StoreError::Refused { source: error.into() },
        }
    }
}

/// The driver gives SQLite's extended result codes (sqlite.org/rescode.html, checked 2026-11-21), whose
/// lowest byte is the primary code.
fn sqlite_error(code: Option<&str>, source: Cause) -> StoreError {
    match code.and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff) {
        Some(5 | 6) => StoreError::Busy { source },
        Some(8) => StoreError::ReadOnly { source },
        Some(13) => StoreError::Full { source },
        Some(10 | 14) => StoreError::Unavailable { source },
        Some(11 | 26) => StoreError::Corrupt { what: "the database file is damaged".into() },
        _ => StoreError::Refused { source },
    }
}

/// PostgreSQL's error codes (its documentation's appendix A, checked 2026-11-21).
fn postgres_error(code: Option<&str>, source: Cause) -> StoreError {
    match code {
        // Serialisation failure, deadlock, a lock not had in time, a statement cancelled.
        Some("40001" | "40P01" | "55P03" | "57014") => StoreError::Busy { source },
        Some("53100") => StoreError::Full { source },
        Some("25006") => StoreError::ReadOnly { source },
        Some("42P01" | "42703") => StoreError::Schema { what: "a table or column is missing".into() },
        Some("XX001" | "XX002") => StoreError::Corrupt { what: "a table or index is damaged".into() },
        // Connections lost or refused, a server that starts, stops or has no room for more, logins refused.
        Some(code)
            if code.starts_with("08")
                || code.starts_with("57P")
                || code.starts_with("53")
                || code.starts_with("28") =>
        {
            StoreError::Unavailable { source }
        }
        _ => StoreError::Refused { source },
    }
}
