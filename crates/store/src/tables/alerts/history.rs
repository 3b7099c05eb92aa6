//! The change log: what the evaluator follows, and what an alert's owner reads as its history.

use bellwether_model::{AlertId, Status, Timestamp, UserId};

use crate::alert::{Action, HistoryEntry};
use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::sql::{Conditions, Db, Rows, json, sql};

/// A change to be logged.
pub(crate) struct Entry {
    pub(crate) alert: AlertId,
    pub(crate) user: UserId,
    /// `None` where the service itself did it.
    pub(crate) actor: Option<UserId>,
    pub(crate) action: Action,
    pub(crate) at: Timestamp,
    pub(crate) status: Status,
    /// The spec after the change, as JSON.
    pub(crate) spec: String,
}

/// Logs changes, in the transaction that makes them.
pub(crate) async fn log(db: &mut Db<'_>, entries: impl IntoIterator<Item = Entry>) -> Result<(), StoreError> {
    let columns = ["alert_id", "user_id", "actor", "action", "at", "status", "spec"];
    Rows::of(columns, entries, |entry| {
        [
            entry.alert.into(),
            entry.user.into(),
            entry.actor.map(|actor| actor.0).into(),
            entry.action.name().into(),
            entry.at.into(),
            entry.status.name().into(),
            entry.spec.into(),
        ]
    })
    .run(
        db,
        "INSERT INTO alert_changes (alert_id, user_id, actor, action, at, status, spec)
        SELECT * FROM rows",
    )
    .await
    .map(drop)
}

pub(super) async fn list(
    db: &mut Db<'_>,
    user: UserId,
    id: AlertId,
    page: Page,
) -> Result<Option<Listed<HistoryEntry>>, StoreError> {
    let owned = sql("SELECT COUNT(*) FROM alerts WHERE id = $1 AND user_id = $2").bind(id).bind(user);
    if owned.one(db, |row| row.int()).await? == 0 {
        return Ok(None);
    }
    let mut wanted = Conditions::new();
    wanted.equal("alert_id", id);
    let total = wanted.count(db, "alert_changes").await?;
    let items = wanted
        .select("SELECT seq, action, actor, at, spec, status FROM alert_changes", "ORDER BY seq DESC")
        .page(page)
        .all(db, |row| {
            Ok(HistoryEntry {
                seq: row.count()?,
                action: row.parsed("an action")?,
                actor: row.maybe_uuid()?.map(UserId),
                at: row.time()?,
                spec: json::read(row.text()?, "a former spec")?,
                status: row.parsed("a former status")?,
            })
        })
        .await?;
    Ok(Some(Listed { items, total }))
}
