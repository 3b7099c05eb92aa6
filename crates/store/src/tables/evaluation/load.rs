//! Loading all active alerts.
//!
//! A million of them are to be loaded in two seconds. The driver spends 4 to 8 us on handing over a row of
//! nine cells from SQLite's thread, and 1.1 us on its share of one cell with the texts of a thousand rows;
//! to read an alert from its text takes 2 us. So rows come packed, and each portion is read on another
//! thread while the next one is fetched.

use std::str::FromStr;

use bellwether_model::{AlertId, Instrument, Status, Timestamp, UserId};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::error::StoreError;
use crate::evaluation::Watched;
use crate::share::{Mark, Share};
use crate::sql::{Db, RECORD, Rows, UNIT, json, sql, sql_of};

/// Alerts in one cell.
const PORTION: usize = 1_000;

/// Active alerts in the order of their ids, after one of them.
pub(super) async fn active(
    db: &mut Db<'_>,
    after: Option<AlertId>,
    limit: u32,
) -> Result<Vec<Watched>, StoreError> {
    active_in(db, Share::All, after.map(|id| Mark { shard: 0, id }), limit).await
}

/// Active alerts of a share after a mark, in the order of marks: of a partition by shard and id, else by id.
pub(super) async fn active_in(
    db: &mut Db<'_>,
    share: Share,
    after: Option<Mark>,
    limit: u32,
) -> Result<Vec<Watched>, StoreError> {
    let mut wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut after = after.map_or((0, Uuid::nil()), |mark| (u64::from(mark.shard), mark.id.0));
    if let Share::Partition { index, of } = share {
        after = after.max((u64::from(Share::shards(index, of).0), Uuid::nil()));
    }
    let mut portions: Vec<JoinHandle<Result<Vec<Watched>, StoreError>>> = Vec::new();
    while wanted > 0 {
        let asked = wanted.min(PORTION);
        let Some((text, count, last)) = fetch(db, share, after, asked).await? else { break };
        portions.push(tokio::task::spawn_blocking(move || text.split(RECORD).map(read).collect()));
        if count < asked {
            break;
        }
        (wanted, after) = (wanted - count, last);
    }
    let mut alerts = Vec::new();
    for portion in portions {
        // Reading never panics; a task that was cancelled belongs to a runtime that ends.
        alerts.extend(portion.await.map_err(|_| StoreError::Closed)??);
    }
    // Neither database promises the order of what it joins. Sorting what is sorted costs next to nothing.
    match share {
        Share::Partition { .. } => alerts.sort_unstable_by_key(Mark::after),
        Share::All | Share::Composites => alerts.sort_unstable_by_key(|alert| alert.id),
    }
    Ok(alerts)
}

/// Gives those active alerts their shard that were written by a program that knew none.
pub(super) async fn give_shards(db: &mut Db<'_>) -> Result<(), StoreError> {
    let without: Vec<Instrument> = sql(
        "SELECT DISTINCT instrument FROM alerts WHERE shard IS NULL AND status = 'active' AND kind = 'price'",
    )
    .all(db, |row| row.parsed("an instrument"))
    .await?;
    Rows::of(["instrument", "shard"], without, |instrument| {
        [(&instrument).into(), u32::from(instrument.shard()).into()]
    })
    .run(
        db,
        "UPDATE alerts SET shard = rows.shard FROM rows
        WHERE alerts.instrument = rows.instrument AND alerts.shard IS NULL AND alerts.status = 'active'",
    )
    .await
    .map(drop)
}

/// At most so many alerts after a mark, packed; how many they are, and the last one's mark.
async fn fetch(
    db: &mut Db<'_>,
    share: Share,
    (shard, id): (u64, Uuid),
    limit: usize,
) -> Result<Option<(String, usize, (u64, Uuid))>, StoreError> {
    let packed = db.dialect().packed(
        &["id", "user_id"],
        &["spec", "state", "revision", "arming", "created_at", "snoozed_until", "shard"],
    );
    let (which, order, end) = match share {
        Share::All => ("$2 >= 0 AND $3 >= 0 AND id > $1", "id", 0),
        Share::Composites => ("$2 >= 0 AND $3 >= 0 AND id > $1 AND other_instruments IS NOT NULL", "id", 0),
        Share::Partition { index, of } => (
            "(shard, id) > ($2, $1) AND shard < $3 AND other_instruments IS NULL",
            "shard, id",
            Share::shards(index, of).1,
        ),
    };
    let text = sql_of(format!(
        "SELECT {packed} FROM (SELECT id, user_id, spec, state, revision, arming, created_at, snoozed_until, shard
            FROM alerts WHERE status = 'active' AND kind = 'price' AND {which} ORDER BY {order} LIMIT $4) AS portion"
    ))
    .bind(id)
    .bind(shard)
    .bind(end)
    .bind(u64::try_from(limit).unwrap_or(u64::MAX))
    .one(db, |row| Ok(row.maybe_text()?.map(str::to_owned)))
    .await?;
    let Some(text) = text else { return Ok(None) };
    let (mut count, mut last) = (0, (shard, id));
    for record in text.split(RECORD) {
        count += 1;
        let shard = record.rsplit(UNIT).next().and_then(|shard| shard.parse().ok()).unwrap_or_default();
        let mark = match share {
            Share::Partition { .. } => (shard, parse(record.split(UNIT).next())?),
            Share::All | Share::Composites => (0, parse(record.split(UNIT).next())?),
        };
        last = last.max(mark);
    }
    Ok(Some((text, count, last)))
}

fn read(record: &str) -> Result<Watched, StoreError> {
    let mut columns = record.split(UNIT);
    Ok(Watched {
        id: AlertId(parse(columns.next())?),
        user: UserId(parse(columns.next())?),
        spec: json::read(columns.next().unwrap_or_default(), "an alert's spec")?,
        state: json::read(columns.next().unwrap_or_default(), "an alert's state")?,
        status: Status::Active,
        revision: parse(columns.next())?,
        arming: parse(columns.next())?,
        created_at: Timestamp::from_micros(parse(columns.next())?),
        snoozed_until: match columns.next() {
            None | Some("") => None,
            instant => Some(Timestamp::from_micros(parse(instant)?)),
        },
    })
}

fn parse<T: FromStr>(column: Option<&str>) -> Result<T, StoreError> {
    column
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| StoreError::Corrupt { what: "a column of an alert".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_cut_is_told_as_corrupt() {
        let id = Uuid::from_u128(7).simple().to_string().to_uppercase();
        let spec = r#"{"instrument":"binance:BTCUSDT","condition":{"type":"above","price":"1"}}"#;
        let whole = [&id, &id, spec, "{}", "3", "1", "1000000", "2000000"].join("\u{1f}");
        let alert = read(&whole).unwrap();
        assert_eq!((alert.id, alert.revision), (AlertId(Uuid::from_u128(7)), 3));
        assert_eq!(alert.snoozed_until, Some(Timestamp::from_micros(2_000_000)));
        for cut in [0, 10, 40, 120, whole.len() - 17] {
            assert!(matches!(read(&whole[..cut]), Err(StoreError::Corrupt { .. })), "cut at {cut}");
        }
    }
}
