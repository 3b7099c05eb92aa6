//! Alerts whose time is over.

use std::collections::BTreeSet;

use bellwether_model::{AlertId, Status, Timestamp, UserId};

use crate::alert::Action;
use crate::error::StoreError;
use crate::sql::{Db, Rows, sql_of};
use crate::tables::alerts::{Entry, log};

pub(super) async fn expire(db: &mut Db<'_>, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
    // Passing over what another process is at: it expires there, or at the next call.
    let lock = db.dialect().locking_free("a");
    let due = sql_of(format!(
        "SELECT a.id, a.user_id, a.spec FROM alerts a
        WHERE a.expires_at IS NOT NULL AND a.status IN ('active', 'paused') AND a.expires_at <= $1
        ORDER BY a.expires_at LIMIT $2{lock}"
    ))
    .bind(now)
    .bind(limit)
    .all(db, |row| {
        Ok(Entry {
            alert: AlertId(row.uuid()?),
            user: UserId(row.uuid()?),
            actor: None,
            action: Action::Expired,
            at: now,
            status: Status::Expired,
            spec: row.text()?.to_owned(),
        })
    })
    .await?;
    let users: BTreeSet<UserId> = due.iter().map(|entry| entry.user).collect();
    Rows::of(["id", "at"], &due, |entry| [entry.alert.into(), now.into()])
        .run(
            db,
            "UPDATE alerts SET status = 'expired', revision = revision + 1, version = version + 1,
                updated_at = rows.at
            FROM rows WHERE alerts.id = rows.id",
        )
        .await?;
    log(db, due).await?;
    Ok(users.into_iter().collect())
}
