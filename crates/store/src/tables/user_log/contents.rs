//! What the entries of the log tell of.

use std::collections::HashMap;

use bellwether_model::{AlertId, SearchId, UserId};
use uuid::Uuid;

use super::Row;
use crate::alert::HistoryEntry;
use crate::error::StoreError;
use crate::fire::Fire;
use crate::sql::{Db, Rows, json};
use crate::tables::fires;
use crate::user_log::{Happened, ListingChange, LogEntry};

/// The entries of some rows. One whose content is gone was its owner's no more.
pub(super) async fn load(db: &mut Db<'_>, rows: Vec<Row>) -> Result<Vec<LogEntry>, StoreError> {
    let mut changes = changes(db, rows.iter().filter_map(|row| row.change)).await?;
    let mut fires = fires_of(db, rows.iter().filter_map(|row| row.fire)).await?;
    let mut news = news(db, rows.iter().filter_map(|row| row.news)).await?;
    let mut happened = |row: &Row| -> Option<Happened> {
        if let Some(change) = row.change {
            let (alert, entry) = changes.remove(&change)?;
            return Some(Happened::Alert(alert, Box::new(entry)));
        }
        if let Some(fire) = row.fire {
            return Some(Happened::Fire(Box::new(fires.remove(&fire)?)));
        }
        let (search, listings) = news.remove(&row.news?)?;
        Some(Happened::Listings(search, listings))
    };
    let entry = |row: Row| Some(LogEntry { what: happened(&row)?, cursor: row.cursor, at: row.at });
    Ok(rows.into_iter().filter_map(entry).collect())
}

async fn changes(
    db: &mut Db<'_>,
    seqs: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, (AlertId, HistoryEntry)>, StoreError> {
    let found = Rows::of(["wanted"], seqs, |seq| [seq.into()])
        .all(
            db,
            "SELECT alert_id, seq, action, actor, at, spec, status FROM rows CROSS JOIN alert_changes
            WHERE seq = rows.wanted",
            |row| {
                let alert = AlertId(row.uuid()?);
                let seq = row.int()?;
                let entry = HistoryEntry {
                    seq: seq.cast_unsigned(),
                    action: row.parsed("an action")?,
                    actor: row.maybe_uuid()?.map(UserId),
                    at: row.time()?,
                    spec: json::read(row.text()?, "a former spec")?,
                    status: row.parsed("a former status")?,
                };
                Ok((seq, (alert, entry)))
            },
        )
        .await?;
    Ok(found.into_iter().collect())
}

async fn fires_of(
    db: &mut Db<'_>,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Fire>, StoreError> {
    let statement = format!("SELECT {} FROM rows CROSS JOIN fires WHERE id = rows.wanted", fires::COLUMNS);
    let found = Rows::of(["wanted"], ids, |id| [id.into()]).all(db, &statement, fires::read_fire).await?;
    Ok(found.into_iter().map(|fire| (fire.id.0, fire)).collect())
}

async fn news(
    db: &mut Db<'_>,
    ids: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, (SearchId, Vec<ListingChange>)>, StoreError> {
    let found = Rows::of(["wanted"], ids, |id| [id.into()])
        .all(
            db,
            "SELECT id, search_id, content FROM rows CROSS JOIN search_news WHERE id = rows.wanted",
            |row| {
                let (id, search) = (row.int()?, SearchId(row.uuid()?));
                Ok((id, (search, json::read(row.text()?, "the news of a search")?)))
            },
        )
        .await?;
    Ok(found.into_iter().collect())
}
