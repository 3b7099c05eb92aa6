//! Reports as their owners and the messages see them.

use bellwether_model::{AlertId, ReportId, Timestamp, UserId};

use crate::error::StoreError;
use crate::page::{Stretch, Stretched};
use crate::report::ReportRecord;
use crate::sql::{Cells, Conditions, Db, Newest, json, sql};

/// The columns of a whole report, in the order in which [`read_report`] reads them.
pub(crate) const COLUMNS: &str = "id, alert_id, user_id, slot_at, made_at, spec, content";

pub(crate) fn read_report(row: &mut Cells<'_>) -> Result<ReportRecord, StoreError> {
    Ok(ReportRecord {
        id: ReportId(row.uuid()?),
        alert: AlertId(row.uuid()?),
        user: UserId(row.uuid()?),
        slot_at: row.time()?,
        made_at: row.time()?,
        spec: json::read(row.text()?, "a report's spec")?,
        content: json::read(row.text()?, "a report")?,
    })
}

pub(super) async fn of_alert(
    db: &mut Db<'_>,
    user: UserId,
    alert: AlertId,
    stretch: Stretch<ReportId>,
) -> Result<Stretched<ReportRecord>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("alert_id", alert);
    // A user has very many, of all alerts.
    wanted.checked_equal(db.dialect(), "user_id", user);
    let select = format!("SELECT {COLUMNS} FROM reports");
    let newest = Newest::by("id", stretch.after);
    wanted.stretch(db, "reports", &select, newest, stretch.limit, read_report).await
}

pub(super) async fn one(
    db: &mut Db<'_>,
    user: UserId,
    id: ReportId,
) -> Result<Option<ReportRecord>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("id", id);
    wanted.equal("user_id", user);
    wanted.select(&format!("SELECT {COLUMNS} FROM reports"), "").first(db, read_report).await
}

pub(super) async fn last(
    db: &mut Db<'_>,
    alert: AlertId,
) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
    sql("SELECT slot_at, made_at FROM reports
        WHERE alert_id = $1 AND kind IN ('digest', 'insights') ORDER BY slot_at DESC LIMIT 1")
    .bind(alert)
    .first(db, |row| Ok((row.time()?, row.time()?)))
    .await
}
