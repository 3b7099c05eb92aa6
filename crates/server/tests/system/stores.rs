//! Fresh stores of both kinds.

use std::path::Path;

use bellwether_store::testing::PostgresServer;
use tempfile::TempDir;

/// A fresh database, and a folder of its own for the process that uses it.
pub(crate) struct TestStore {
    folder: TempDir,
    url: String,
    name: &'static str,
}

impl TestStore {
    /// A file of SQLite.
    pub(crate) fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("bellwether.db").display());
        Self { folder, url, name: "SQLite" }
    }

    /// A database of the tests' own PostgreSQL; `None`, and said so, where there is none on this machine.
    pub(crate) async fn postgres() -> Option<Self> {
        let url = PostgresServer::shared()?.fresh_database().await;
        Some(Self { folder: TempDir::new().unwrap(), url, name: "PostgreSQL" })
    }

    /// A database somewhere else.
    pub(crate) fn at(url: String, name: &'static str) -> Self {
        Self { folder: TempDir::new().unwrap(), url, name }
    }

    /// Both kinds, as far as this machine has them.
    pub(crate) async fn all() -> Vec<Self> {
        let mut all = vec![Self::sqlite()];
        all.extend(Self::postgres().await);
        all
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }
}
