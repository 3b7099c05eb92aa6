//! What tests and measurements need: behind the feature `testing`.
//!
//! - [`PostgresServer`]: a PostgreSQL server of one's own.
//! - [`samples`]: somebody, an alert of theirs, a fire of it.

mod postgres;
pub mod samples;

pub use self::postgres::{PostgresServer, programs, skipped};
