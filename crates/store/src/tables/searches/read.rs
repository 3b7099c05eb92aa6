//! Searches as they are shown and planned.

use bellwether_model::{SearchId, UserId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::search::SearchRecord;
use crate::sql::{Cells, Db, json, sql_of};

const COLUMNS: &str =
    "s.id, s.spec, s.listings, s.wanted_s, s.planned_s, s.polls, s.changed_polls, s.failures,
    s.error, s.created_at, s.polled_at, s.changed_at";

fn read(row: &mut Cells<'_>) -> Result<SearchRecord, StoreError> {
    Ok(SearchRecord {
        id: SearchId(row.uuid()?),
        search: json::read(row.text()?, "a search")?,
        listings: row.count()?,
        wanted_s: row.maybe_count()?,
        planned_s: row.maybe_count()?,
        polls: row.count()?,
        changed_polls: row.count()?,
        failures: row.count()?,
        error: row.maybe_text()?.map(str::to_owned),
        created_at: row.time()?,
        polled_at: row.maybe_time()?,
        changed_at: row.maybe_time()?,
    })
}

pub(super) async fn of_user(db: &mut Db<'_>, user: UserId) -> Result<Vec<SearchRecord>, StoreError> {
    sql_of(format!(
        "SELECT {COLUMNS} FROM searches s WHERE s.id IN (
            SELECT a.search_id FROM alerts a
            WHERE a.user_id = $1 AND a.search_id IS NOT NULL AND a.status <> 'deleted')
        ORDER BY s.id DESC"
    ))
    .bind(user)
    .all(db, read)
    .await
}

pub(super) async fn one_of_user(
    db: &mut Db<'_>,
    user: UserId,
    id: SearchId,
) -> Result<Option<SearchRecord>, StoreError> {
    sql_of(format!(
        "SELECT {COLUMNS} FROM searches s WHERE s.id = $2 AND EXISTS (
            SELECT 1 FROM alerts a
            WHERE a.user_id = $1 AND a.search_id = s.id AND a.status <> 'deleted')"
    ))
    .bind(user)
    .bind(id)
    .first(db, read)
    .await
}

pub(super) async fn one(db: &mut Db<'_>, id: SearchId) -> Result<Option<SearchRecord>, StoreError> {
    sql_of(format!("SELECT {COLUMNS} FROM searches s WHERE s.id = $1")).bind(id).first(db, read).await
}

pub(super) async fn watched(
    db: &mut Db<'_>,
    after: Option<SearchId>,
    limit: u32,
) -> Result<Vec<SearchRecord>, StoreError> {
    sql_of(format!(
        "SELECT {COLUMNS} FROM searches s WHERE s.id > $1 AND EXISTS (
            SELECT 1 FROM alerts a WHERE a.search_id = s.id AND a.status = 'active')
        ORDER BY s.id LIMIT $2"
    ))
    .bind(after.map_or(Uuid::nil(), |after| after.0))
    .bind(limit)
    .all(db, read)
    .await
}
