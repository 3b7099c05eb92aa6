//! Forgetting old deliveries with their attempts, and old fires.
//!
//! Both are gone over in the order of their ids, which is that of their making, so that no index by time is needed. A
//! clock that was set back only delays this.

use bellwether_model::Timestamp;
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::{Db, Rows, sql_of};

/// What is gone over.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ledger {
    Deliveries,
    Fires,
}

/// Some rows in the order of their ids.
pub(super) struct Portion {
    /// Those of them that can go.
    pub(super) over: Vec<Uuid>,
    /// The last one, where others that are old may come behind it.
    pub(super) last: Option<Uuid>,
}

impl Ledger {
    const fn table(self) -> &'static str {
        match self {
            Ledger::Deliveries => "deliveries",
            Ledger::Fires => "fires",
        }
    }

    /// Whether a row `r` was made before an instant.
    fn is_old(self, before: Timestamp) -> String {
        let made_at = match self {
            Ledger::Deliveries => "created_at",
            Ledger::Fires => "committed_at",
        };
        format!("r.{made_at} < {}", before.micros())
    }

    /// Whether a row `r` that was made before an instant can go.
    fn is_over(self, before: Timestamp) -> String {
        let (is_old, before) = (self.is_old(before), before.micros());
        match self {
            // Since then at its end. The last one that an alert's receivers accepted stays: it says when that alert
            // was sent last.
            Ledger::Deliveries => format!(
                "{is_old} AND r.status IN ('delivered', 'dead', 'expired', 'cancelled')
                AND NOT EXISTS (
                    SELECT 1 FROM attempts t WHERE t.delivery_id = r.id AND t.started_at >= {before})
                AND (r.delivered_at IS NULL OR (r.delivered_at < {before} AND (r.alert_id IS NULL OR EXISTS (
                    SELECT 1 FROM deliveries n WHERE n.alert_id = r.alert_id AND n.delivered_at >= r.delivered_at
                        AND (n.delivered_at > r.delivered_at OR n.id > r.id)))))"
            ),
            // No delivery tells of it any more.
            Ledger::Fires => {
                format!("{is_old} AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.fire_id = r.id)")
            }
        }
    }
}

/// The next rows, at most so many.
pub(super) async fn portion(
    db: &mut Db<'_>,
    of: Ledger,
    before: Timestamp,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Portion, StoreError> {
    let (table, is_old, is_over) = (of.table(), of.is_old(before), of.is_over(before));
    let rows = sql_of(format!(
        "SELECT r.id, {is_old}, {is_over} FROM {table} r WHERE r.id > $1 ORDER BY r.id LIMIT $2"
    ))
    // No id is nil, so it stands before all.
    .bind(after.unwrap_or(Uuid::nil()))
    .bind(limit)
    .all(db, |row| Ok((row.uuid()?, row.flag()?, row.flag()?)))
    .await?;
    let goes_on = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX)
        && rows.iter().any(|(_, is_old, _)| *is_old);
    let last = rows.last().map(|(id, ..)| *id).filter(|_| goes_on);
    Ok(Portion { over: rows.into_iter().filter(|(.., over)| *over).map(|(id, ..)| id).collect(), last })
}

/// Removes those that can still go; how many. Attempts go with their deliveries.
pub(super) async fn remove(
    db: &mut Db<'_>,
    of: Ledger,
    over: Vec<Uuid>,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let (table, is_over) = (of.table(), of.is_over(before));
    let statement =
        format!("DELETE FROM {table} AS r WHERE r.id IN (SELECT rows.id FROM rows) AND {is_over}");
    Rows::of(["id"], over, |id| [id.into()]).run(db, &statement).await
}
