//! PostgreSQL: a pool of connections, and a transaction for each piece of writing.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

use crate::error::{OpenError, StoreError};
use crate::options::StoreOptions;
use crate::schema::{self, MigrationReport};
use crate::sql::{Db, Dialect};
use crate::work::Working;

/// A PostgreSQL database.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    pool: PgPool,
    transactions: Arc<AtomicU64>,
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<Self, OpenError> {
        let connecting = connecting(url, options)?;
        let pool = pooling(options).connect_with(connecting).await.map_err(StoreError::from)?;
        Ok(Self { pool, transactions: Arc::default() })
    }

    /// A server that need not be there before it is asked for something.
    pub(crate) fn lazy(url: &str, options: &StoreOptions) -> Result<Self, OpenError> {
        let pool = pooling(options).connect_lazy_with(connecting(url, options)?);
        Ok(Self { pool, transactions: Arc::default() })
    }

    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T>,
    {
        let mut connection = self.pool.acquire().await?;
        work(&mut Db::Postgres(&mut connection)).await
    }

    /// A transaction whose caller goes away, or whose work fails, is undone.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T>,
    {
        let mut transaction = self.pool.begin().await?;
        let result = work(&mut Db::Postgres(&mut transaction)).await?;
        transaction.commit().await?;
        self.transactions.fetch_add(1, Ordering::Relaxed);
        Ok(result)
    }

    pub(crate) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    pub(crate) async fn migrate(&self) -> Result<MigrationReport, StoreError> {
        let migrator = schema::migrator(Dialect::Postgres);
        // A connection of its own, closed afterwards: it holds the lock that keeps other processes from
        // migrating at once, and gives it back even where a version fails.
        let mut connection = self.pool.acquire().await?.detach();
        let before = schema::status(&mut Db::Postgres(&mut connection)).await?;
        let result = migrator.run_direct(None, &mut connection, false).await;
        connection.close().await?;
        result?;
        Ok(MigrationReport { applied: before.pending })
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

fn connecting(url: &str, options: &StoreOptions) -> Result<PgConnectOptions, OpenError> {
    let connecting = PgConnectOptions::from_str(url)
        // The driver's message may repeat the address, which may hold a password.
        .map_err(|_| OpenError::Unreadable { source: "not a postgres:// address".into() })?;
    Ok(connecting.application_name("bellwether").options(settings(options)).disable_statement_logging())
}

fn pooling(options: &StoreOptions) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(options.connections).acquire_timeout(options.patience)
}

/// What each connection is told when it begins.
fn settings(options: &StoreOptions) -> [(&'static str, String); 3] {
    [
        ("lock_timeout", format!("{}ms", options.patience.as_millis())),
        // Statements here take a millisecond; to compile one takes two hundred.
        ("jit", "off".to_owned()),
        // A queue is read along its index, in order, and left after the first hundred rows. The planner's
        // figures lag behind a queue that fills and empties; where it believes it short, it would collect
        // all of it in the order of pages and sort that: measured at 150 ms for 90,000 waiting deliveries.
        ("enable_bitmapscan", "off".to_owned()),
    ]
}
