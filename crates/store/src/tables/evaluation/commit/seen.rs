//! What a commit finds: the alerts as they are, locked until it ends.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bellwether_model::{AlertId, AlertState, FireId, Status, Timestamp, UserId};

use crate::alert::Action;
use crate::error::StoreError;
use crate::evaluation::NewFire;
use crate::sql::{Db, Rows};
use crate::tables::alerts::Entry;

/// The alerts that a commit touches.
pub(super) type Seen = BTreeMap<AlertId, Row>;

/// An alert's row, with what this commit makes of it.
pub(super) struct Row {
    pub(super) user: UserId,
    pub(super) status: Status,
    pub(super) revision: u64,
    pub(super) fires: u64,
    pub(super) last_fired_at: Option<Timestamp>,
    /// As it stands in the row: the snapshot that a fire takes with it.
    pub(super) spec: String,
    /// The new state, where there is one.
    pub(super) state: Option<AlertState>,
    /// Whether a fire of this commit ended it.
    pub(super) ended: bool,
}

impl Row {
    pub(super) fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    fn is_at(&self, revision: u64) -> bool {
        self.is_active() && self.revision == revision
    }

    /// Whether it was changed since it was at a revision, and is in force.
    pub(super) fn is_active_at_another(&self, revision: u64) -> bool {
        self.is_active() && self.revision != revision
    }

    /// Whether a fire is the next one of the alert that the evaluator saw.
    pub(super) fn admits(&self, fire: &NewFire) -> bool {
        self.is_at(fire.revision) && fire.number == self.fires + 1
    }

    pub(super) fn fired(&mut self, fire: &NewFire) {
        self.fires = fire.number;
        self.last_fired_at = Some(fire.evidence.time);
        self.state = Some(fire.state.clone());
        if fire.ends {
            self.status = Status::Triggered;
            self.revision += 1;
            self.ended = true;
        }
    }

    /// Takes over a state without a fire, unless it is of another revision, or from before or after a fire
    /// that is not this alert's last one.
    pub(super) fn moved(&mut self, revision: u64, state: AlertState) {
        if self.is_at(revision) && state.fires == self.fires {
            self.state = Some(state);
        }
    }

    /// What the change log says of it: that it fired for the last time.
    pub(super) fn entry(&self, id: AlertId, at: Timestamp) -> Option<Entry> {
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

/// Those owners of some alerts whose address is not verified. They stay as they are until this commit ends: a
/// verification that comes meanwhile waits, and then releases what this commit holds.
pub(crate) async fn unverified_among(
    db: &mut Db<'_>,
    alerts: impl Iterator<Item = AlertId>,
) -> Result<HashSet<UserId>, StoreError> {
    let lock = db.dialect().locking_shared("u");
    let alerts: BTreeSet<AlertId> = alerts.collect();
    let owners = Rows::of(["id"], alerts, |alert| [alert.into()])
        .all(
            db,
            &format!(
                "SELECT u.id FROM users u WHERE NOT u.verified AND u.id IN
                    (SELECT a.user_id FROM rows CROSS JOIN alerts a WHERE a.id = rows.id)
                ORDER BY u.id{lock}"
            ),
            |row| row.uuid().map(UserId),
        )
        .await?;
    Ok(owners.into_iter().collect())
}

pub(super) async fn lock(db: &mut Db<'_>, ids: BTreeSet<AlertId>) -> Result<Seen, StoreError> {
    let lock = db.dialect().locking("a");
    let found = Rows::of(["id"], ids, |id| [id.into()])
        .all(
            db,
            &format!(
                "SELECT a.id, a.user_id, a.status, a.revision, a.fires, a.last_fired_at, a.spec
                FROM rows CROSS JOIN alerts a WHERE a.id = rows.id ORDER BY a.id{lock}"
            ),
            |row| {
                let id = AlertId(row.uuid()?);
                Ok((
                    id,
                    Row {
                        user: UserId(row.uuid()?),
                        status: row.parsed("an alert's status")?,
                        revision: row.count()?,
                        fires: row.count()?,
                        last_fired_at: row.maybe_time()?,
                        spec: row.text()?.to_owned(),
                        state: None,
                        ended: false,
                    },
                ))
            },
        )
        .await?;
    Ok(found.into_iter().collect())
}

/// Those fires that an earlier commit has brought in whose answer was lost. Only a number that is behind
/// its alert can be such a one.
pub(super) async fn fires_there(
    db: &mut Db<'_>,
    fires: &[NewFire],
    alerts: &Seen,
) -> Result<HashSet<FireId>, StoreError> {
    let behind =
        fires.iter().filter(|fire| alerts.get(&fire.alert).is_some_and(|alert| fire.number <= alert.fires));
    let there = Rows::of(["id"], behind, |fire| [fire.id.into()])
        .all(db, "SELECT f.id FROM rows CROSS JOIN fires f WHERE f.id = rows.id", |row| {
            row.uuid().map(FireId)
        })
        .await?;
    Ok(there.into_iter().collect())
}
