//! An alert, from its row.

use bellwether_model::{AlertId, SearchId, Spec, UserId};

use crate::alert::Alert;
use crate::error::StoreError;
use crate::sql::{Cells, Conditions, Db, Sql, Value, json, searchable};

/// The columns of a whole alert. When a message of it was last accepted is not kept a second time: the
/// deliveries know, and an index answers.
const COLUMNS: &str =
    "id, user_id, spec, search_id, status, snoozed_until, version, created_at, updated_at, armed_at,
    fires, last_fired_at,
    (SELECT MAX(d.delivered_at) FROM deliveries d WHERE d.alert_id = alerts.id)";

fn read_alert(row: &mut Cells<'_>) -> Result<Alert, StoreError> {
    Ok(Alert {
        id: AlertId(row.uuid()?),
        user: UserId(row.uuid()?),
        spec: json::read(row.text()?, "an alert's spec")?,
        search: row.maybe_uuid()?.map(SearchId),
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

/// Those of some alerts that are a user's, in the order of their ids.
pub(crate) async fn load_many(
    db: &mut Db<'_>,
    user: UserId,
    ids: impl IntoIterator<Item = AlertId>,
) -> Result<Vec<Alert>, StoreError> {
    let ids: Vec<Value> = ids.into_iter().map(Value::from).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = Conditions::new();
    wanted.equal("user_id", user);
    wanted.any_of("id", ids);
    select(db, &wanted, "ORDER BY id", |all| all).await
}

/// The instruments that a composite alert looks at besides its own, as they stand in the alert's row.
pub(crate) fn other_instruments(spec: &Spec) -> Result<Option<String>, StoreError> {
    let all = spec.price().map_or_else(Vec::new, |spec| spec.instruments());
    if all.len() > 1 { json::write(&all[1..].to_vec()).map(Some) } else { Ok(None) }
}

/// The part that the alert's own instrument falls into; nothing where the alert watches a search.
pub(super) fn shard(spec: &Spec) -> Option<u64> {
    spec.price().map(|spec| spec.instrument.shard().into())
}

/// What stands in the column of instruments: nothing where the alert watches a search.
pub(super) fn instrument(spec: &Spec) -> &str {
    spec.price().map_or("", |spec| spec.instrument.as_str())
}

/// What a list is searched for: name, note, instrument or query, and tags, one a line.
pub(super) fn search_text(spec: &Spec) -> String {
    let watched = match spec {
        Spec::Price(spec) => spec.instrument.as_str(),
        Spec::Product(spec) => &spec.watch.search().query,
    };
    let mut text = format!("{}\n{}\n{watched}", spec.name(), spec.note());
    for tag in spec.tags() {
        text.push('\n');
        text.push_str(tag);
    }
    searchable(&text)
}
