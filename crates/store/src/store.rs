//! The store's one face: opening, closing, the schema. The methods on what it holds stand with their
//! subjects under `tables`.

use std::fmt;
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::backend::{Backend, Database};
use crate::error::{OpenError, StoreError};
use crate::gate::Gate;
use crate::options::StoreOptions;
use crate::replica::{Replica, ReplicaState};
use crate::schema::{self, MigrationReport, SchemaStatus};
use crate::sql::{Db, sql};
use crate::standing::Standing;
use crate::tables::alerts::Creations;
use crate::wake::{Wake, Woken};
use crate::work::Working;

/// What must survive, whichever database holds it. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    creations: Creations,
    wake: Wake,
    options: StoreOptions,
    replica: OnceLock<Replica>,
}

/// Which database holds a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreKind {
    /// SQLite: a file of this process, or its memory.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Store {
    /// Opens the store at `url`: `sqlite:PATH` (the file, readable by its owner only, and its folder are
    /// made where missing), `sqlite::memory:` (gone with the store) or `postgres://...`.
    ///
    /// The schema is not touched: see [`Store::migrate`].
    ///
    /// # Errors
    /// Where the address is of no known kind or the database does not open.
    pub async fn open(url: &str, options: StoreOptions) -> Result<Self, OpenError> {
        Self::open_behind(url, options, Gate::default()).await
    }

    pub(crate) async fn open_behind(url: &str, options: StoreOptions, gate: Gate) -> Result<Self, OpenError> {
        let backend = Backend::open(url, &options, gate).await?;
        let creations = Creations::start(backend.clone());
        let wake = Wake::default();
        Ok(Self { inner: Arc::new(Inner { backend, creations, wake, options, replica: OnceLock::new() }) })
    }

    /// Has what looks far back (candles, what prices were, exports of fires) answered by the PostgreSQL server at
    /// `url`, which follows the store's own, as long as it is close behind. It need not be there yet, and whenever it
    /// is not, the store's own server answers. Said once; a second time changes nothing.
    ///
    /// # Errors
    /// Where the store is not PostgreSQL, or the address is none of it.
    pub fn read_from(&self, url: &str) -> Result<(), OpenError> {
        let Database::Postgres(primary) = &self.inner.backend.database else {
            return Err(OpenError::Address);
        };
        let replica = Replica::watch(url, primary.clone(), &self.inner.options)?;
        let _ = self.inner.replica.set(replica);
        Ok(())
    }

    /// How the server stands that [`read_from`](Self::read_from) named; nothing where none was.
    #[must_use]
    pub fn replica(&self) -> Option<ReplicaState> {
        self.inner.replica.get().map(Replica::state)
    }

    /// The same, once it was asked: that takes a few seconds where the server is away, and as long as the store's own
    /// server does not answer.
    pub async fn replica_seen(&self) -> Option<ReplicaState> {
        Some(self.inner.replica.get()?.seen().await)
    }

    /// Brings the schema up to this program's. Several processes may do so at once; doing it again
    /// changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Schema`] where the database is newer than the program.
    pub async fn migrate(&self) -> Result<MigrationReport, StoreError> {
        self.inner.backend.migrate().await
    }

    /// How the database's schema stands to this program's.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn schema_status(&self) -> Result<SchemaStatus, StoreError> {
        self.read(|db| Box::pin(schema::status(db))).await
    }

    /// Finishes what was begun, then closes every connection. Later calls meet [`StoreError::Closed`].
    pub async fn close(&self) {
        self.inner.creations.close().await;
        if let Some(replica) = self.inner.replica.get() {
            replica.close().await;
        }
        self.inner.backend.close().await;
    }

    /// Which database holds this store.
    #[must_use]
    pub fn kind(&self) -> StoreKind {
        match self.inner.backend.database {
            Database::Sqlite(_) => StoreKind::Sqlite,
            Database::Postgres(_) => StoreKind::Postgres,
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|db| Box::pin(async move { sql("SELECT 1").all(db, |_| Ok(())).await.map(drop) })).await
    }

    /// Whether the store keeps what is written to it, as the last writes found; changes are heard.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.inner.backend.standings.watch()
    }

    pub(crate) fn proved(&self) {
        self.inner.backend.standings.proved();
    }

    /// How many transactions that write this store has committed. Far fewer than writes, where many
    /// callers come at once.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.inner.backend.transactions()
    }

    /// Wakes when alerts changed in this process. A hint: register first, then look, and look now and
    /// then without it.
    #[must_use]
    pub fn alerts_changed(&self) -> watch::Receiver<()> {
        self.wakes(Woken::Alerts)
    }

    /// Wakes when this process made deliveries due. A hint, like [`Store::alerts_changed`].
    #[must_use]
    pub fn deliveries_due(&self) -> watch::Receiver<()> {
        self.wakes(Woken::Deliveries)
    }

    /// Wakes for something, wherever it came about. A hint, like [`Store::alerts_changed`].
    #[must_use]
    pub fn wakes(&self, woken: Woken) -> watch::Receiver<()> {
        self.inner.wake.on(woken)
    }

    /// Wakes for what came about in this process, so that others can be told.
    #[must_use]
    pub fn own_wakes(&self, woken: Woken) -> watch::Receiver<()> {
        self.inner.wake.on_own(woken)
    }

    /// Wakes those in this process who wait for what came about in another.
    pub fn wake_from_elsewhere(&self, woken: Woken) {
        self.inner.wake.heard_elsewhere(woken);
    }

    pub(crate) fn wake(&self) -> &Wake {
        &self.inner.wake
    }

    pub(crate) fn options(&self) -> &StoreOptions {
        &self.inner.options
    }

    pub(crate) fn creations(&self) -> &Creations {
        &self.inner.creations
    }

    /// See [`Backend::read`].
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Send + 'static,
    {
        self.inner.backend.read(work).await
    }

    /// Runs work that looks far back, where nothing depends on the last seconds: on the follower of the database
    /// where there is one, close behind, that answers; else as [`read`](Self::read) does.
    pub(crate) async fn read_past<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Clone + Send + 'static,
    {
        if let Some(replica) = self.inner.replica.get()
            && let Some(answer) = replica.read(work.clone()).await
        {
            return Ok(answer);
        }
        self.read(work).await
    }

    /// See [`Backend::write`].
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db<'_>) -> Working<'c, T> + Send + 'static,
    {
        self.inner.backend.write(work).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("kind", &self.kind()).finish_non_exhaustive()
    }
}
