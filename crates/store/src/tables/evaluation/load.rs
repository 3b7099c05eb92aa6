//! Loading all active alerts.
//!
//! A million of them are to be loaded in two seconds. The driver spends 4 to 8 us on handing over a row of
//! nine cells from SQLite's thread, and 1.1 us on its share of one cell with the texts of a thousand rows;
//! to read an alert from its text takes 2 us. So rows come packed, and each portion is read on another
//! thread while the next one is fetched.

use std::str::FromStr;

use bellwether_model::{AlertId, Status, Timestamp, UserId};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::error::StoreError;
use crate::evaluation::Watched;
use crate::sql::{Db, RECORD, UNIT, json, sql_of};

/// Alerts in one cell.
const PORTION: usize = 1_000;

/// Active alerts in the order of their ids, after one of them.
pub(super) async fn active(
    db: &mut Db<'_>,
    after: Option<AlertId>,
    limit: u32,
) -> Result<Vec<Watched>, StoreError> {
    let mut wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut after = after.map_or(Uuid::nil(), |id| id.0);
    let mut portions: Vec<JoinHandle<Result<Vec<Watched>, StoreError>>> = Vec::new();
    while wanted > 0 {
        let asked = wanted.min(PORTION);
        let Some((text, count, last)) = fetch(db, after, asked).await? else { break };
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
    alerts.sort_unstable_by_key(|alert| alert.id);
    Ok(alerts)
}

/// At most so many alerts after an id, packed; how many they are, and the last one's id.
async fn fetch(
    db: &mut Db<'_>,
    after: Uuid,
    limit: usize,
) -> Result<Option<(String, usize, Uuid)>, StoreError> {
    let packed = db
        .dialect()
        .packed(&["id", "user_id"], &["spec", "state", "revision", "arming", "created_at", "snoozed_until"]);
    let text = sql_of(format!(
        "SELECT {packed} FROM (SELECT id, user_id, spec, state, revision, arming, created_at, snoozed_until
            FROM alerts WHERE status = 'active' AND kind = 'price' AND id > $1 ORDER BY id LIMIT $2) AS portion"
    ))
    .bind(after)
    .bind(u64::try_from(limit).unwrap_or(u64::MAX))
    .one(db, |row| Ok(row.maybe_text()?.map(str::to_owned)))
    .await?;
    let Some(text) = text else { return Ok(None) };
    let (mut count, mut last) = (0, after);
    for record in text.split(RECORD) {
        count += 1;
        last = last.max(parse(record.split(UNIT).next())?);
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
