//! The product alerts that something is told of: locked while it is brought in.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bellwether_model::{AlertId, AlertState, SearchId, Status, Timestamp, UserId};

use crate::alert::Action;
use crate::error::StoreError;
use crate::sql::{Db, Rows, json};
use crate::tables::alerts::Entry;
use crate::tables::evaluation::unverified_among;

/// An alert's row, with what is made of it.
pub(crate) struct Owner {
    pub(crate) user: UserId,
    pub(crate) is_active: bool,
    pub(crate) revision: u64,
    pub(crate) fires: u64,
    pub(crate) search: Option<SearchId>,
    /// As it stands in the row: the snapshot that fires and reports take with them.
    pub(crate) spec: String,
    last_fired_at: Option<Timestamp>,
    state: AlertState,
    has_fired: bool,
    ended: bool,
}

impl Owner {
    /// Counts fires.
    pub(crate) fn fired(&mut self, count: u64, time: Timestamp, ends: bool) {
        self.fires += count;
        self.last_fired_at = Some(time);
        self.state.fires = self.fires;
        self.state.fires_since_arming += count;
        self.state.last_fire = Some(time);
        self.has_fired = true;
        self.ended |= ends;
    }

    /// What the change log says of it: that it fired for the last time.
    pub(crate) fn entry(&self, id: AlertId, at: Timestamp) -> Option<Entry> {
        self.ended.then(|| Entry {
            alert: id,
            user: self.user,
            actor: None,
            action: Action::Triggered,
            at,
            status: Status::Triggered,
            spec: self.spec.clone(),
        })
    }
}

/// Those owners whose address is not verified, where that holds messages back. They stay as they are until the
/// transaction ends.
pub(crate) async fn unverified(
    db: &mut Db<'_>,
    alerts: &BTreeSet<AlertId>,
    hold_unverified: bool,
) -> Result<HashSet<UserId>, StoreError> {
    if hold_unverified { unverified_among(db, alerts.iter().copied()).await } else { Ok(HashSet::new()) }
}

/// Those of some alerts that there are, locked in the order of their ids.
pub(crate) async fn lock_alerts(
    db: &mut Db<'_>,
    ids: BTreeSet<AlertId>,
) -> Result<BTreeMap<AlertId, Owner>, StoreError> {
    let lock = db.dialect().locking("a");
    let found = Rows::of(["id"], ids, |id| [id.into()])
        .all(
            db,
            &format!(
                "SELECT a.id, a.user_id, a.status, a.revision, a.fires, a.search_id, a.spec, a.last_fired_at,
                    a.state
                FROM rows CROSS JOIN alerts a WHERE a.id = rows.id ORDER BY a.id{lock}"
            ),
            |row| {
                let id = AlertId(row.uuid()?);
                Ok((
                    id,
                    Owner {
                        user: UserId(row.uuid()?),
                        is_active: row.parsed::<Status>("an alert's status")? == Status::Active,
                        revision: row.count()?,
                        fires: row.count()?,
                        search: row.maybe_uuid()?.map(SearchId),
                        spec: row.text()?.to_owned(),
                        last_fired_at: row.maybe_time()?,
                        state: json::read(row.text()?, "an alert's state")?,
                        has_fired: false,
                        ended: false,
                    },
                ))
            },
        )
        .await?;
    Ok(found.into_iter().collect())
}

/// Keeps what became of those alerts that fired.
pub(crate) async fn save_alerts(
    db: &mut Db<'_>,
    alerts: &BTreeMap<AlertId, Owner>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Apart: to write a status, even the same, is to write every index that it stands in.
    let mut going_on = Rows::new(["id", "fires", "last_fired_at", "state"]);
    let mut ended = Rows::new(["id", "fires", "last_fired_at", "state", "at"]);
    for (&id, alert) in alerts.iter().filter(|(_, alert)| alert.has_fired) {
        let (fires, last_fired_at) = (alert.fires.into(), alert.last_fired_at.into());
        let state = json::write(&alert.state)?.into();
        if alert.ended {
            ended.push([id.into(), fires, last_fired_at, state, now.into()]);
        } else {
            going_on.push([id.into(), fires, last_fired_at, state]);
        }
    }
    going_on
        .run(
            db,
            "UPDATE alerts SET fires = rows.fires, last_fired_at = rows.last_fired_at, state = rows.state
            FROM rows WHERE alerts.id = rows.id",
        )
        .await?;
    ended
        .run(
            db,
            "UPDATE alerts SET fires = rows.fires, last_fired_at = rows.last_fired_at, state = rows.state,
                status = 'triggered', revision = revision + 1, version = version + 1, updated_at = rows.at
            FROM rows WHERE alerts.id = rows.id",
        )
        .await
        .map(drop)
}
