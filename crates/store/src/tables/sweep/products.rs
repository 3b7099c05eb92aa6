//! Forgetting old reports and listings.

use bellwether_model::Timestamp;

use crate::error::StoreError;
use crate::sql::{Db, Rows, sql};

pub(super) async fn reports(db: &mut Db<'_>, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    sql("DELETE FROM reports WHERE id IN (
            SELECT r.id FROM reports r
            WHERE r.made_at < $1 AND NOT EXISTS (
                SELECT 1 FROM deliveries d WHERE d.alert_id = r.alert_id AND d.delivered_at IS NULL
                    AND d.report_id = r.id AND d.status IN ('held', 'pending', 'sending'))
            ORDER BY r.made_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .run(db)
    .await
}

/// Listings that may have been lost for so long, by their numbers.
pub(super) async fn old_listings(
    db: &mut Db<'_>,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<i64>, StoreError> {
    // Through the index of what is gone.
    let mut old = sql("SELECT s.listing FROM search_listings s
        WHERE s.gone_at IS NOT NULL AND s.gone_at < $1 AND NOT EXISTS (
            SELECT 1 FROM search_listings t
            WHERE t.listing = s.listing AND (t.gone_at IS NULL OR t.gone_at >= $1))
        GROUP BY s.listing ORDER BY s.listing LIMIT $2")
    .bind(before)
    .bind(limit)
    .all(db, |row| row.int())
    .await?;
    let rest = limit.saturating_sub(u32::try_from(old.len()).unwrap_or(u32::MAX));
    let unfound = sql("SELECT l.number FROM listings l
        WHERE l.first_seen_at < $1 AND l.observed_at < $1 AND (l.event_at IS NULL OR l.event_at < $1)
            AND NOT EXISTS (SELECT 1 FROM search_listings s WHERE s.listing = l.number)
        ORDER BY l.number LIMIT $2")
    .bind(before)
    .bind(rest)
    .all(db, |row| row.int())
    .await?;
    old.extend(unfound);
    old.sort_unstable();
    old.dedup();
    Ok(old)
}

pub(super) async fn listings(db: &mut Db<'_>, old: Vec<i64>, before: Timestamp) -> Result<u64, StoreError> {
    let lock = db.dialect().locking("l");
    // Whoever finds one of them at this moment has locked its row, or waits for it here.
    let locked = Rows::of(["number"], old, |number| [number.into()])
        .all(
            db,
            &format!(
                "SELECT l.number FROM rows CROSS JOIN listings l WHERE l.number = rows.number
                ORDER BY l.number{lock}"
            ),
            |row| row.int(),
        )
        .await?;
    let gone = Rows::of(["number", "before"], locked, |number| [number.into(), before.into()])
        .all(
            db,
            "SELECT l.number FROM rows CROSS JOIN listings l
            WHERE l.number = rows.number AND l.first_seen_at < rows.before
                AND (l.event_at IS NULL OR l.event_at < rows.before)
                AND NOT EXISTS (SELECT 1 FROM search_listings s
                    WHERE s.listing = l.number AND (s.gone_at IS NULL OR s.gone_at >= rows.before))",
            |row| row.int(),
        )
        .await?;
    for (table, column) in [
        ("search_listings", "listing"),
        ("listing_prices", "listing"),
        ("alert_listings", "listing"),
        ("listings", "number"),
    ] {
        let statement = format!("DELETE FROM {table} WHERE {column} IN (SELECT rows.number FROM rows)");
        Rows::of(["number"], &gone, |number| [(*number).into()]).run(db, &statement).await?;
    }
    forget_deleted_alerts(db).await?;
    Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
}

/// What deleted alerts were told of, found from one alert to the next through the key.
async fn forget_deleted_alerts(db: &mut Db<'_>) -> Result<(), StoreError> {
    sql("WITH RECURSIVE known(alert_id) AS (
            SELECT (SELECT t.alert_id FROM alert_listings t ORDER BY t.alert_id LIMIT 1)
            UNION ALL
            SELECT (SELECT t.alert_id FROM alert_listings t WHERE t.alert_id > known.alert_id
                ORDER BY t.alert_id LIMIT 1)
            FROM known WHERE known.alert_id IS NOT NULL
        )
        DELETE FROM alert_listings WHERE alert_id IN (
            SELECT known.alert_id FROM known JOIN alerts a ON a.id = known.alert_id
            WHERE a.status = 'deleted')")
    .run(db)
    .await
    .map(drop)
}
