//! An alert, from its row.

use bellwether_model::{AlertId, AlertSpec, UserId};

use crate::alert::Alert;
use crate::error::StoreError;
use crate::sql::{Cells, Conditions, Db, Sql, json, searchable};

/// The columns of a whole alert. When a message of it was last accepted is not kept a second time: the
/// deliveries know, and an index answers.
const COLUMNS: &str = "id, user_id, spec, status, snoozed_until, version, created_at, updated_at, armed_at,
    fires, last_fired_at,
    (SELECT MAX(d.delivered_at) FROM deliveries d WHERE d.alert_id = alerts.id)";

fn read_alert(row: &mut Cells<'_>) -> Result<Alert, StoreError> {
    Ok(Alert {
        id: AlertId(row.uuid()?),
        user: UserId(row.uuid()?),
        spec: json::read(row.text()?, "an alert's spec")?,
        status: row.parsed("an alert's status")?,
        snoozed_until: row.maybe_time()?,
        version: row.count()?,
        created_at: row.time()?,
        updated_at: row.time()?,
        armed_at: row.time()?,
        fires: row.count()?,
        last_fired_at: row.maybe_time()?,
        last_sent_at: row.maybe_time()?,
    })
}

/// The alerts that meet some conditions.
pub(super) async fn select(
    db: &mut Db<'_>,
    wanted: &Conditions,
    tail: &str,
    finish: impl FnOnce(Sql) -> Sql,
) -> Result<Vec<Alert>, StoreError> {
    finish(wanted.select(&format!("SELECT {COLUMNS} FROM alerts"), tail)).all(db, read_alert).await
}

pub(super) async fn load(db: &mut Db<'_>, user: UserId, id: AlertId) -> Result<Option<Alert>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("id", id);
    wanted.equal("user_id", user);
    Ok(select(db, &wanted, "", |all| all).await?.pop())
}

/// The instruments that a composite alert looks at besides its own, as they stand in the alert's row.
pub(crate) fn other_instruments(spec: &AlertSpec) -> Result<Option<String>, StoreError> {
    let all = spec.instruments();
    if all.len() > 1 { json::write(&all[1..].to_vec()).map(Some) } else { Ok(None) }
}

/// What a list is searched for: name, note, instrument and tags, one a line.
pub(super) fn search_text(spec: &AlertSpec) -> String {
    let mut text = format!("{}\n{}\n{}", spec.name, spec.note, spec.instrument);
    for tag in &spec.tags {
        text.push('\n');
        text.push_str(tag);
    }
    searchable(&text)
}
