//! Where everything that must survive is kept.

use std::path::PathBuf;

use serde::Serialize;

use super::reader::Reader;
use super::secret::Secret;

/// Where everything that must survive is kept.
#[derive(Debug, Clone, Serialize)]
pub struct Store {
    /// `sqlite:PATH`, `sqlite::memory:` or `postgres://...`.
    pub url: Secret,
    /// A PostgreSQL server that follows it, for what looks far back; empty where there is none.
    pub read_url: Secret,
    /// Connections to the database.
    pub connections: u32,
}

impl Store {
    /// The database's file, where it is one.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let path = self.url.reveal().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
    }

    /// What it is called where something is wrong with it: an address may hold a password, a file's name does not.
    #[must_use]
    pub fn named(&self) -> String {
        match self.sqlite_file() {
            Some(file) => format!("the database {}", file.display()),
            None if self.is_in_memory() => "the database in memory".to_owned(),
            None => "the database that store.url names".to_owned(),
        }
    }

    /// Whether its keys must be set: processes that share a database must share them, and there is no
    /// file beside it to keep them in.
    #[must_use]
    pub fn needs_keys(&self) -> bool {
        self.sqlite_file().is_none() && !self.is_in_memory()
    }

    /// Whether several processes can use it at once.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        !self.url.reveal().starts_with("sqlite:")
    }

    /// Whether it is gone with the process.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        self.url.reveal() == "sqlite::memory:"
    }

    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let url = r.secret("store.url").and_then(|url| {
            let known = ["sqlite:", "postgres://", "postgresql://"];
            let message = "must be sqlite:PATH or postgres://...";
            let good = known.iter().any(|scheme| url.reveal().starts_with(scheme));
            if good { Some(url) } else { r.refuse("store.url", message) }
        });
        let read_url = r.secret("store.read_url").and_then(|read_url| {
            let is_postgres = |url: &Secret| {
                ["postgres://", "postgresql://"].iter().any(|scheme| url.reveal().starts_with(scheme))
            };
            let message =
                "must be postgres://..., of a server that follows that of store.url, which must be one too";
            let good = is_postgres(&read_url) && url.as_ref().is_none_or(is_postgres);
            if good || read_url.reveal().is_empty() {
                Some(read_url)
            } else {
                r.refuse("store.read_url", message)
            }
        });
        let connections = r.whole("store.connections", 1, 1_000);
        Some(Self { url: url?, read_url: read_url?, connections: connections? })
    }
}
