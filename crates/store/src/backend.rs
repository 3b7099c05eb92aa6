//! Which database holds the store, and how work gets to it.

use crate::error::{OpenError, StoreError};
use crate::gate::Gate;
use crate::options::StoreOptions;
use crate::postgres::Postgres;
use crate::schema::MigrationReport;
use crate::sql::Db;
use crate::sqlite::Sqlite;
use crate::standing::Standings;
use crate::work::{self, Working};

/// The database, and whether it keeps what is written to it.
#[derive(Debug, Clone)]
pub(crate) struct Backend {
    pub(crate) database: Database,
    pub(crate) standings: Standings,
    pub(crate) gate: Gate,
}

/// The database.
#[derive(Debug, Clone)]
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Backend {
    pub(crate) async fn open(url: &str, options: &StoreOptions, gate: Gate) -> Result<Self, OpenError> {
        let database = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(OpenError::Address);
            }
            Database::Sqlite(Sqlite::open(path, options).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Database::Postgres(Postgres::open(url, options).await?)
        } else {
            return Err(OpenError::Address);
        };
        Ok(Self { database, standings: Standings::new(), gate })
    }

    /// Runs work that only reads, on a connection of its own, outside any transaction.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Send + 'static,
    {
        match &self.database {
            Database::Sqlite(Sqlite { readers: Some(readers), .. }) => {
                let pass = self.gate.enter::<F>().await?;
                let mut connection = readers.acquire().await?;
                pass.leave(work(&mut Db::Sqlite(&mut connection)).await)
            }
            Database::Sqlite(_) => self.write(work).await,
            Database::Postgres(postgres) => {
                let pass = self.gate.enter::<F>().await?;
                pass.leave(postgres.read(work).await)
            }
        }
    }

    /// Runs work in a transaction, which is on the disk once this returns. On an error nothing of it
    /// remains, unless the error says that the outcome is unknown.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Send + 'static,
    {
        let pass = self.gate.enter::<F>().await?;
        let ended = match &self.database {
            Database::Sqlite(sqlite) => {
                let (order, answered) = work::order(work);
                sqlite.writer.put(order).await?;
                answered.await.unwrap_or(Err(StoreError::Closed))
            }
            Database::Postgres(postgres) => postgres.write(work).await,
        };
        let ended = pass.leave(ended);
        self.standings.hear(&ended);
        ended
    }

    pub(crate) fn transactions(&self) -> u64 {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.writer.transactions(),
            Database::Postgres(postgres) => postgres.transactions(),
        }
    }

    pub(crate) async fn migrate(&self) -> Result<MigrationReport, StoreError> {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.writer.migrate().await,
            Database::Postgres(postgres) => postgres.migrate().await,
        }
    }

    pub(crate) async fn close(&self) {
        match &self.database {
            Database::Sqlite(sqlite) => sqlite.close().await,
            Database::Postgres(postgres) => postgres.close().await,
        }
    }
}
