//! What must survive: users, alerts, fires, deliveries, positions, price history.
//!
//! One face, [`Store`], over two databases: SQLite (embedded, the default) and PostgreSQL. Everything a
//! caller can rely on is stated at the methods and shown by one contract suite that runs over both.
//! This crate knows nothing of HTTP, mail or venues, and reads no clock: instants are passed in.

pub mod alert;
mod backend;
mod backup;
pub mod candle;
pub mod channel;
pub mod coverage;
pub mod delivery;
pub mod error;
pub mod evaluation;
pub mod fire;
mod gate;
pub mod instrument;
pub mod job;
pub mod key;
pub mod lease;
pub mod listing;
pub mod news;
pub mod options;
pub mod page;
mod postgres;
pub mod push_feed;
pub mod quarantine;
pub mod replica;
pub mod report;
pub mod request;
pub mod schema;
pub mod search;
pub mod session;
pub mod share;
mod sql;
mod sqlite;
mod standing;
pub mod store;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tick_log;
pub mod user;
pub mod user_log;
mod wake;
pub mod want;
mod words;
mod work;

pub use error::{OpenError, StoreError};
pub use options::StoreOptions;
pub use schema::{MigrationReport, SchemaStatus};
pub use standing::Standing;
pub use store::{Store, StoreKind};
pub use wake::Woken;
