//! The methods of [`crate::Store`], one file for each subject, each with the SQL it runs.
//!
//! Locks are taken in one order everywhere: leases, users, then alerts, searches, jobs, listings, channels, deliveries;
//! several rows of one table in the order of their ids. So no two transactions wait for each other.

pub(crate) mod alerts;
pub(crate) mod candles;
pub(crate) mod channels;
pub(crate) mod coverage;
pub(crate) mod deliveries;
pub(crate) mod evaluation;
pub(crate) mod fires;
pub(crate) mod instruments;
pub(crate) mod jobs;
mod keys;
mod leases;
mod listings;
mod news;
mod observations;
mod push_feeds;
mod quarantine;
mod quota;
pub(crate) mod reports;
mod requests;
mod room;
pub(crate) mod searches;
pub(crate) mod sessions;
mod sweep;
mod tick_log;
mod user_log;
pub(crate) mod users;
mod wants;

use bellwether_model::UserId;
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::{Db, Dialect, sql_of};

/// Locks a user's row, so that of two transactions that make something for them the second waits for the first, and
/// nothing is made beside the end of their account. Whether there is such an account.
pub(crate) async fn lock_user(db: &mut Db<'_>, user: UserId) -> Result<bool, StoreError> {
    let lock = db.dialect().locking("users");
    let select =
        sql_of(format!("SELECT id FROM users WHERE id = $1 AND deleted_at IS NULL{lock}")).bind(user);
    Ok(select.first(db, |row| row.uuid()).await?.is_some())
}

/// Locks the rows of a table that belong to something, in the order of their ids, before a statement that
/// would take them in whatever order it meets them.
pub(crate) async fn lock_in_order(
    db: &mut Db<'_>,
    table: &'static str,
    column: &'static str,
    owner: Uuid,
) -> Result<(), StoreError> {
    match db.dialect() {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres => {
            let lock = db.dialect().locking(table);
            sql_of(format!("SELECT id FROM {table} WHERE {column} = $1 ORDER BY id{lock}"))
                .bind(owner)
                .run(db)
                .await
                .map(drop)
        }
    }
}
