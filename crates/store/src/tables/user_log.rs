//! The log of what happened to what is each user's.
//!
//! Fires and changes of alerts come into it by the database's triggers, news of listings by [`listings::note`].
//! It is read like the change log of alerts, below every transaction that still runs, so nothing is passed over.

mod contents;
pub(crate) mod listings;
mod sweep;

use bellwether_model::{Timestamp, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::evaluation::Cursor;
use crate::sql::{Cells, Db, sql, sql_of};
use crate::store::Store;
use crate::user_log::LogPage;

impl Store {
    /// What happened to what is one user's after a place in the log, or since the log begins: at most `limit`
    /// entries. `None` where the log does not reach back to that place, or never had it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn user_log(
        &self,
        user: UserId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<LogPage>, StoreError> {
        self.read(move |db| Box::pin(read(db, user, after, limit))).await
    }

    /// The end of the log: whoever goes on from there is told of everything that comes in later.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn user_log_end(&self) -> Result<Cursor, StoreError> {
        self.read(|db| Box::pin(end(db))).await
    }

    /// Forgets at most `limit` of the oldest entries, as far as they are from before an instant; how many. Call
    /// until it forgets none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn sweep_user_log(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(move |db| Box::pin(sweep::sweep(db, before, limit))).await
    }
}

/// An entry before its content is read.
struct Row {
    cursor: Cursor,
    at: Timestamp,
    change: Option<i64>,
    fire: Option<Uuid>,
    news: Option<i64>,
}

async fn read(
    db: &mut Db<'_>,
    user: UserId,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Option<LogPage>, StoreError> {
    // The end before the entries: what comes in between is read now or later, and never passed over.
    let end = end(db).await?;
    let mut rows = rows(db, user, after.unwrap_or_default(), limit.saturating_add(1)).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().map(|row| row.cursor);
    let next = match last {
        Some(last) if more => last,
        last => last.max(Some(end)).unwrap_or(end),
    };
    let entries = contents::load(db, rows).await?;
    // Last of all: what was forgotten while this was read is not missing from it unnoticed.
    if let Some(after) = after
        && (after > next || after < sweep::floor(db).await?)
    {
        return Ok(None);
    }
    Ok(Some(LogPage { entries, next, more }))
}

async fn end(db: &mut Db<'_>) -> Result<Cursor, StoreError> {
    sql(db.dialect().user_log_end()).one(db, read_cursor).await
}

fn read_cursor(row: &mut Cells<'_>) -> Result<Cursor, StoreError> {
    Ok(Cursor { transaction: row.count()?, seq: row.count()? })
}

async fn rows(db: &mut Db<'_>, user: UserId, after: Cursor, limit: u32) -> Result<Vec<Row>, StoreError> {
    sql_of(format!(
        "SELECT c.txid, c.seq, c.at, c.change_seq, c.fire_id, c.news_id FROM user_log c
        WHERE c.user_id = $4 AND {} AND {} ORDER BY {} LIMIT $3",
        db.dialect().log_after("$1", "$2"),
        db.dialect().settled("c.txid"),
        db.dialect().log_order(),
    ))
    .bind(after.transaction)
    .bind(after.seq)
    .bind(limit)
    .bind(user)
    .all(db, |row| {
        Ok(Row {
            cursor: read_cursor(row)?,
            at: row.time()?,
            change: row.maybe_int()?,
            fire: row.maybe_uuid()?,
            news: row.maybe_int()?,
        })
    })
    .await
}
