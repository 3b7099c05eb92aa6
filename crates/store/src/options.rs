//! How a store is opened.

use std::time::Duration;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Whether what is owed to a user waits until their address is verified.
    pub hold_unverified: bool,
    /// Connections that read at once (SQLite), or connections in all (PostgreSQL).
    pub connections: u32,
    /// How long a caller waits for a connection or a lock before it is told that the store is busy.
    pub patience: Duration,
    /// Whether no other process may hold the database like this at the same time; those that do not ask for it may use
    /// it meanwhile. Of SQLite only.
    pub alone: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { hold_unverified: true, connections: 8, patience: Duration::from_secs(10), alone: false }
    }
}
