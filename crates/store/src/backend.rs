//! Which database holds the store, and how work gets to it.

use crate::error::{OpenError, StoreError};
use crate::options::StoreOptions;
use crate::postgres::Postgres;
use crate::schema::MigrationReport;
use crate::sql::Db;
use crate::sqlite::Sqlite;
use crate::work::{self, Working};

/// The database.
#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Backend {
    pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(OpenError::Address);
            }
            Ok(Backend::Sqlite(Sqlite::open(path, options).await?))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Backend::Postgres(Postgres::open(url, options).await?))
        } else {
            Err(OpenError::Address)
        }
    }

    /// Runs work that only reads, on a connection of its own, outside any transaction.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Send + 'static,
    {
        match self {
            Backend::Sqlite(Sqlite { readers: Some(readers), .. }) => {
                let mut connection = readers.acquire().await?;
                work(&mut Db::Sqlite(&mut connection)).await
            }
            Backend::Sqlite(_) => self.write(work).await,
            Backend::Postgres(postgres) => postgres.read(work).await,
        }
    }

    /// Runs work in a transaction, which is on the disk once this returns. On an error nothing of it
    /// remains, unless the error says that the outcome is unknown.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Send + 'static,
    {
        match self {
            Backend::Sqlite(sqlite) => {
                let (order, answered) = work::order(work);
                sqlite.writer.put(order).await?;
                answered.await.unwrap_or(Err(StoreError::Closed))
            }
            Backend::Postgres(postgres) => postgres.write(work).await,
        }
    }

    pub(crate) fn transactions(&self) -> u64 {
        match self {
            Backend::Sqlite(sqlite) => sqlite.writer.transactions(),
            Backend::Postgres(postgres) => postgres.transactions(),
        }
    }

    pub(crate) async fn migrate(&self) -> Result<MigrationReport, StoreError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.writer.migrate().await,
            Backend::Postgres(postgres) => postgres.migrate().await,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }
}
