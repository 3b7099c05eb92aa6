//! Following the change log, and what is wanted from the markets.

use std::collections::BTreeSet;

use bellwether_model::{AlertId, Instrument, UserId};

use crate::alert::Kind;
use crate::error::StoreError;
use crate::evaluation::{Change, Cursor, Watched};
use crate::sql::{Cells, Conditions, Db, Value, json, sql, sql_of};

const COLUMNS: &str =
    "a.id, a.user_id, a.spec, a.status, a.snoozed_until, a.revision, a.arming, a.created_at, a.state";

fn read_watched(row: &mut Cells<'_>) -> Result<Watched, StoreError> {
    Ok(Watched {
        id: AlertId(row.uuid()?),
        user: UserId(row.uuid()?),
        spec: json::read(row.text()?, "an alert's spec")?,
        status: row.parsed("an alert's status")?,
        snoozed_until: row.maybe_time()?,
        revision: row.count()?,
        arming: row.count()?,
        created_at: row.time()?,
        state: json::read(row.text()?, "an alert's state")?,
    })
}

pub(super) async fn one(db: &mut Db<'_>, id: AlertId) -> Result<Option<Watched>, StoreError> {
    sql_of(format!("SELECT {COLUMNS} FROM alerts a WHERE a.id = $1 AND a.kind = 'price'"))
        .bind(id)
        .first(db, read_watched)
        .await
}

pub(super) async fn some(
    db: &mut Db<'_>,
    user: UserId,
    ids: Vec<AlertId>,
) -> Result<Vec<Watched>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = Conditions::new();
    wanted.equal("a.user_id", user);
    wanted.any_of("a.id", ids.into_iter().map(Value::from));
    wanted.and("a.kind = 'price'");
    let select = wanted.select(&format!("SELECT {COLUMNS} FROM alerts a"), "ORDER BY a.id");
    select.all(db, read_watched).await
}

pub(super) async fn head(db: &mut Db<'_>) -> Result<Cursor, StoreError> {
    sql(db.dialect().log_end()).one(db, read_cursor).await
}

fn read_cursor(row: &mut Cells<'_>) -> Result<Cursor, StoreError> {
    Ok(Cursor { transaction: row.count()?, seq: row.count()? })
}

pub(super) async fn changes(db: &mut Db<'_>, after: Cursor, limit: u32) -> Result<Vec<Change>, StoreError> {
    let settled = db.dialect().settled("c.txid");
    sql_of(format!(
        "SELECT c.txid, c.seq, a.kind, {COLUMNS} FROM alert_changes c JOIN alerts a ON a.id = c.alert_id
        WHERE {} AND {settled} ORDER BY {} LIMIT $3",
        db.dialect().log_after("$1", "$2"),
        db.dialect().log_order(),
    ))
    .bind(after.transaction)
    .bind(after.seq)
    .bind(limit)
    .all(db, |row| {
        let (cursor, kind): (_, Kind) = (read_cursor(row)?, row.parsed("an alert's kind")?);
        Ok(Change { cursor, alert: (kind == Kind::Price).then(|| read_watched(row)).transpose()? })
    })
    .await
}

pub(super) async fn instruments(db: &mut Db<'_>) -> Result<Vec<Instrument>, StoreError> {
    // From one instrument to the next through the index: the cost goes by instruments, not by alerts.
    let own = sql("WITH RECURSIVE wanted(instrument) AS (
            SELECT MIN(instrument) FROM alerts WHERE status = 'active' AND instrument <> ''
            UNION ALL
            SELECT (SELECT MIN(a.instrument) FROM alerts a
                WHERE a.status = 'active' AND a.instrument > wanted.instrument)
            FROM wanted WHERE wanted.instrument IS NOT NULL
        )
        SELECT instrument FROM wanted WHERE instrument IS NOT NULL")
    .all(db, |row| row.parsed("an instrument"))
    .await?;
    let others = sql("SELECT DISTINCT other_instruments FROM alerts
        WHERE other_instruments IS NOT NULL AND status = 'active'")
    .all(db, |row| json::read::<Vec<Instrument>>(row.text()?, "the instruments of a composite"))
    .await?;
    let all: BTreeSet<Instrument> = own.into_iter().chain(others.into_iter().flatten()).collect();
    Ok(all.into_iter().collect())
}
