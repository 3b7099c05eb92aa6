//! How the queues of the lanes stand.

use std::collections::HashMap;

use bellwether_model::Timestamp;

use super::list;
use crate::delivery::{DeliveryStatus, Lane, LaneState};
use crate::error::StoreError;
use crate::sql::{Db, sql};

pub(super) async fn states(db: &mut Db<'_>, now: Timestamp) -> Result<Vec<LaneState>, StoreError> {
    let depths: HashMap<(Lane, DeliveryStatus), u64> = list::depths(db, now)
        .await?
        .into_iter()
        .map(|(lane, status, count)| ((lane, status), count))
        .collect();
    let due: HashMap<Lane, Timestamp> = sql("SELECT lane, MIN(at) FROM (
            SELECT lane, ready_at AS at FROM deliveries WHERE ready_at IS NOT NULL
            UNION ALL
            SELECT lane, due_at FROM deliveries WHERE due_at IS NOT NULL AND due_at <= $1) due
        GROUP BY lane")
    .bind(now)
    .all(db, |row| Ok((row.parsed("a lane")?, row.time()?)))
    .await?
    .into_iter()
    .collect();
    let state = |lane: &Lane| {
        let count = |status| depths.get(&(*lane, status)).copied().unwrap_or_default();
        LaneState {
            lane: *lane,
            waiting: count(DeliveryStatus::Pending),
            due_since: due.get(lane).copied(),
            sending: count(DeliveryStatus::Sending),
            held: count(DeliveryStatus::Held),
            dead: count(DeliveryStatus::Dead),
        }
    };
    Ok(Lane::ALL.iter().map(state).collect())
}
