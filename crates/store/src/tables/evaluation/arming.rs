//! No alert falls between its arming and a checkpoint.
//!
//! An alert is armed at a position that was read a moment before it is stored, and its evaluator hears of it a
//! moment after. A checkpoint that went by in between would claim that it was dealt with up to there, and a process
//! that goes on from that checkpoint would never look at the ticks that it missed. So, whichever is stored first:
//!
//! * an alert is refused whose instrument was stored further on than where it is armed ([`passed`]), and
//! * a checkpoint is left out while the change log holds an alert that is armed behind it and that its evaluator
//!   had not heard of ([`unheard`]).
//!
//! On PostgreSQL, where both may happen at a time, each first holds the stripes of its instruments: alerts
//! together, a checkpoint alone.

use std::collections::{BTreeSet, HashMap, HashSet};

use bellwether_model::{AlertSpec, AlertState, Instrument, Position, SHARDS};

use crate::error::StoreError;
use crate::evaluation::{Cursor, MarketPosition};
use crate::share::Share;
use crate::sql::{Db, Rows, json, sql_of};

/// Parts that the instruments are divided into, for locks. A checkpoint of everything takes all of them.
const STRIPES: u16 = 256;
/// The lock of alerts on several instruments, wherever these fall.
const COMPOSITES: u16 = STRIPES;
/// What tells these locks from others.
const CLASS: i64 = 0x6172_6d69;
/// Alerts not heard of that are looked at. Where there are more, one of them is armed behind for sure.
const LOOKED_AT: u32 = 1_000;

/// A price alert that is about to be armed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Armed<'a> {
    pub(crate) spec: &'a AlertSpec,
    pub(crate) state: &'a AlertState,
}

impl Armed<'_> {
    /// Each of its instruments with the position that it is armed at there.
    fn positions(&self) -> impl Iterator<Item = (&Instrument, Option<Position>)> {
        let others = self.state.others.iter().map(|standing| standing.position);
        self.spec.instruments().into_iter().zip(std::iter::once(self.state.position).chain(others))
    }
}

/// Which of some alerts are armed behind what is stored of their instruments, by their place. No checkpoint of
/// these instruments is stored until the transaction ends.
pub(crate) async fn passed(db: &mut Db<'_>, alerts: &[Armed<'_>]) -> Result<HashSet<usize>, StoreError> {
    let stripes = alerts.iter().map(|alert| match alert.spec.instruments().as_slice() {
        [one] => stripe(one),
        _ => COMPOSITES,
    });
    hold(db, "pg_advisory_xact_lock_shared", stripes.collect()).await?;
    let mut armed = Rows::new(["place", "instrument", "position"]);
    for (place, alert) in (0u64..).zip(alerts) {
        for (instrument, position) in alert.positions() {
            let position = position.map_or(-1, |position| i64::try_from(position.0).unwrap_or(i64::MAX));
            armed.push([place.into(), instrument.into(), position.into()]);
        }
    }
    let behind = armed
        .all(
            db,
            // At position 0 a venue has begun to count anew, and what is stored is of the old count.
            "SELECT rows.place FROM rows CROSS JOIN positions p
            WHERE p.instrument = rows.instrument AND p.position > rows.position AND rows.position <> 0",
            |row| row.count(),
        )
        .await?;
    Ok(behind.into_iter().filter_map(|place| usize::try_from(place).ok()).collect())
}

/// Whether the change log holds, after `heard`, an alert of a share that is armed behind one of these positions. No
/// alert is armed on their instruments until the transaction ends.
pub(super) async fn unheard(
    db: &mut Db<'_>,
    share: Share,
    heard: Cursor,
    positions: &[MarketPosition],
) -> Result<bool, StoreError> {
    let own = positions.iter().map(|at| stripe(&at.instrument)).filter(|_| share != Share::Composites);
    let composites = (!matches!(share, Share::Partition { .. })).then_some(COMPOSITES);
    hold(db, "pg_advisory_xact_lock", own.chain(composites).collect()).await?;
    let stored: HashMap<&Instrument, Position> =
        positions.iter().map(|at| (&at.instrument, at.position)).collect();
    let alerts: Vec<(AlertSpec, AlertState)> = sql_of(format!(
        "SELECT a.spec, a.state FROM alert_changes c JOIN alerts a ON a.id = c.alert_id
        WHERE {} AND a.kind = 'price' AND a.status = 'active' AND a.armed_at = c.at LIMIT $3",
        db.dialect().log_after("$1", "$2"),
    ))
    .bind(heard.transaction)
    .bind(heard.seq)
    .bind(LOOKED_AT)
    .all(db, |row| {
        Ok((json::read(row.text()?, "an alert's spec")?, json::read(row.text()?, "an alert's state")?))
    })
    .await?;
    let is_behind = |(spec, state): &(AlertSpec, AlertState)| {
        share.holds(spec)
            && Armed { spec, state }.positions().any(|(instrument, position)| {
                stored.get(instrument).is_some_and(|stored| position < Some(*stored))
            })
    };
    Ok(alerts.len() >= LOOKED_AT as usize || alerts.iter().any(is_behind))
}

fn stripe(instrument: &Instrument) -> u16 {
    instrument.shard() / (SHARDS / STRIPES)
}

/// Holds locks until the transaction ends, in one order for everybody. SQLite has one writer at a time.
async fn hold(db: &mut Db<'_>, lock: &'static str, stripes: BTreeSet<u16>) -> Result<(), StoreError> {
    if matches!(db, Db::Sqlite(_)) {
        return Ok(());
    }
    Rows::of(["stripe"], stripes, |stripe| [i64::from(stripe).into()])
        .all(
            db,
            &format!(
                "SELECT {lock}({CLASS}, ordered.stripe::int) FROM (SELECT stripe FROM rows ORDER BY stripe) AS ordered"
            ),
            |_| Ok(()),
        )
        .await
        .map(drop)
}
