//! What happened to what is one person's lately, in a few reads of indexes however much they have.

use std::collections::BTreeSet;

use bellwether_model::{AlertId, Timestamp, UserId};
use uuid::Uuid;

use super::{alerts, deliveries, fires};
use crate::error::StoreError;
use crate::evaluation::Cursor;
use crate::news::News;
use crate::sql::{Conditions, Db, sql_of};
use crate::store::Store;

impl Store {
    /// What happened to what is one person's: changes of alerts after a place in the change log, fires made
    /// since an instant, and the newest deliveries; at most `limit` of each.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn news(
        &self,
        user: UserId,
        after: Cursor,
        since: Timestamp,
        limit: u32,
    ) -> Result<News, StoreError> {
        self.read(move |db| Box::pin(news(db, user, after, since, limit))).await
    }
}

async fn news(
    db: &mut Db<'_>,
    user: UserId,
    after: Cursor,
    since: Timestamp,
    limit: u32,
) -> Result<News, StoreError> {
    let changes = changes(db, user, after, limit).await?;
    let mut made = Conditions::new();
    made.equal("user_id", user);
    made.compare("id", ">=", first_id_of(since));
    let tail = format!("ORDER BY id DESC LIMIT {limit}");
    let mut fires = made
        .select(&format!("SELECT {} FROM fires", fires::COLUMNS), &tail)
        .all(db, fires::read_fire)
        .await?;
    fires.reverse();
    let mut deliveries = deliveries::newest(db, user, limit).await?;
    deliveries.reverse();

    let changed: BTreeSet<AlertId> = changes.iter().map(|(_, alert)| *alert).collect();
    let concerned: BTreeSet<AlertId> = fires.iter().map(|fire| fire.alert).chain(changed).collect();
    let full = |found: usize| u32::try_from(found).is_ok_and(|found| found >= limit);
    Ok(News {
        more: full(changes.len()) || full(fires.len()),
        cursor: changes.last().map_or(after, |(cursor, _)| *cursor),
        alerts: alerts::load_many(db, user, concerned).await?,
        fires,
        deliveries,
    })
}

async fn changes(
    db: &mut Db<'_>,
    user: UserId,
    after: Cursor,
    limit: u32,
) -> Result<Vec<(Cursor, AlertId)>, StoreError> {
    sql_of(format!(
        "SELECT c.txid, c.seq, c.alert_id FROM alert_changes c
        WHERE c.user_id = $4 AND {} AND {} ORDER BY {} LIMIT $3",
        db.dialect().log_after("$1", "$2"),
        db.dialect().settled("c.txid"),
        db.dialect().log_order(),
    ))
    .bind(after.transaction)
    .bind(after.seq)
    .bind(limit)
    .bind(user)
    .all(db, |row| {
        let cursor = Cursor { transaction: row.count()?, seq: row.count()? };
        Ok((cursor, AlertId(row.uuid()?)))
    })
    .await
}

/// The least id of version 7 that is made at an instant or after it.
fn first_id_of(instant: Timestamp) -> Uuid {
    let millis = u128::try_from(instant.micros().div_euclid(1_000)).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_an_instant_lies_between_those_before_and_after() {
        let id = |millis: u64| {
            Uuid::new_v7(uuid::Timestamp::from_unix_time(
                millis / 1_000,
                (millis % 1_000) as u32 * 1_000_000,
                0,
                0,
            ))
        };
        let first = first_id_of(Timestamp::from_micros(1_800_000_000_123_456));
        assert!(id(1_800_000_000_122) < first);
        assert!(first <= id(1_800_000_000_123));
        assert_eq!(first_id_of(Timestamp::from_micros(-1)), Uuid::nil());
    }
}
