//! Forgetting the oldest entries, and remembering up to where.

use bellwether_model::Timestamp;

use super::read_cursor;
use crate::error::StoreError;
use crate::evaluation::Cursor;
use crate::sql::{Db, sql};

/// For how much longer than the entries that name it the news of a search is kept.
const NEWS_LONGER_US: i64 = 86_400_000_000;

/// Up to where the log was forgotten.
pub(super) async fn floor(db: &mut Db<'_>) -> Result<Cursor, StoreError> {
    sql("SELECT txid, seq FROM user_log_floor").one(db, read_cursor).await
}

pub(super) async fn sweep(db: &mut Db<'_>, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    // From the oldest on, so that no index by time is needed; a clock that was set back only delays this.
    let forgotten = sql("DELETE FROM user_log WHERE seq IN (
            SELECT o.seq FROM (SELECT seq, at FROM user_log ORDER BY seq LIMIT $2) o WHERE o.at < $1)
        RETURNING txid, seq")
    .bind(before)
    .bind(limit)
    .all(db, read_cursor)
    .await?;
    if let Some(last) = forgotten.iter().max() {
        sql("UPDATE user_log_floor SET txid = $1, seq = $2 WHERE (txid, seq) < ($1, $2)")
            .bind(last.transaction)
            .bind(last.seq)
            .run(db)
            .await?;
    }
    sql("DELETE FROM search_news WHERE id IN (
            SELECT o.id FROM (SELECT id, at FROM search_news ORDER BY id LIMIT $2) o WHERE o.at < $1)")
    .bind(before.micros().saturating_sub(NEWS_LONGER_US))
    .bind(limit)
    .run(db)
    .await?;
    Ok(u64::try_from(forgotten.len()).unwrap_or(u64::MAX))
}
