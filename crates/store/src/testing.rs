//! What tests and measurements need: behind the feature `testing`.
//!
//! - [`PostgresServer`]: a PostgreSQL server of one's own.
//! - [`samples`]: somebody, an alert of theirs, a fire of it.
//! - [`open_kept`]: a store whose every call passes a [`Gatekeeper`].

mod postgres;
pub mod samples;

use std::sync::Arc;

use crate::gate::Gate;
pub use crate::gate::Gatekeeper;
use crate::{OpenError, Store, StoreOptions};

pub use self::postgres::{PostgresServer, programs, skipped};

/// Opens a store as [`Store::open`] does, with somebody between its callers and the database.
///
/// # Errors
/// Where the address is of no known kind or the database does not open.
pub async fn open_kept(
    url: &str,
    options: StoreOptions,
    keeper: Arc<dyn Gatekeeper>,
) -> Result<Store, OpenError> {
    Store::open_behind(url, options, Gate::kept_by(keeper)).await
}
