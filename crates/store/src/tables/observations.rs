//! Bringing in what was observed of a search: its listings, and what alerts tell of them, in one transaction.

mod fires;
mod found;

use std::collections::{BTreeMap, BTreeSet};

use bellwether_model::{AlertId, Timestamp, UserId};

use self::found::Found;
use crate::error::StoreError;
use crate::search::{ListingsFired, Observation, ObservationOutcome};
use crate::sql::{Db, Rows, sql, sql_of};
use crate::store::Store;
use crate::tables::reports::{self, Owner};
use crate::tables::{jobs, listings};

/// How often an observation is brought in once more that stood in another's way: on PostgreSQL two that find the
/// same new listings at once may wait for each other.
const AGAIN: u32 = 3;

impl Store {
    /// Brings in what was observed of a search, with the fires of its alerts and the deliveries that they owe.
    /// All of it, or nothing: where another observation was first, where an alert that would fire was changed
    /// since its revision was read and still watches the search, or where the poll is no longer the caller's,
    /// the outcome says so. Fires of alerts that watch it no more are dropped; the rest commits.
    ///
    /// A commit whose answer was lost may be repeated: it meets a conflict.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn commit_observation(
        &self,
        observation: Observation,
        now: Timestamp,
    ) -> Result<ObservationOutcome, StoreError> {
        let hold = self.options().hold_unverified;
        let ends = observation.fired.iter().any(|fired| fired.ends);
        let owes = !observation.fired.is_empty();
        let mut outcome = self.commit_once(observation.clone(), hold, now).await;
        for _ in 0..AGAIN {
            if !matches!(outcome, Err(StoreError::Busy { .. })) {
                break;
            }
            outcome = self.commit_once(observation.clone(), hold, now).await;
        }
        let outcome = outcome?;
        if matches!(outcome, ObservationOutcome::Committed { .. }) {
            if ends {
                self.wake().alerts();
            }
            if owes {
                self.wake().deliveries();
            }
        }
        Ok(outcome)
    }

    async fn commit_once(
        &self,
        observation: Observation,
        hold_unverified: bool,
        now: Timestamp,
    ) -> Result<ObservationOutcome, StoreError> {
        self.write(move |db| Box::pin(commit(db, observation, hold_unverified, now))).await
    }
}

async fn commit(
    db: &mut Db<'_>,
    observation: Observation,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<ObservationOutcome, StoreError> {
    let firing: BTreeSet<AlertId> = observation.fired.iter().map(|fired| fired.alert).collect();
    let touched =
        firing.iter().chain(observation.baselines.iter().map(|(alert, _)| alert)).copied().collect();
    let unverified = reports::unverified(db, &firing, hold_unverified).await?;
    let mut alerts = reports::lock_alerts(db, touched).await?;
    alerts.retain(|_, alert| alert.is_active && alert.search == Some(observation.search));
    let is_other = |fired: &ListingsFired| {
        alerts.get(&fired.alert).is_some_and(|alert| alert.revision != fired.revision)
    };
    if observation.fired.iter().any(is_other) || !is_at_version(db, &observation).await? {
        return Ok(ObservationOutcome::Conflict);
    }
    if let Some(poll) = &observation.poll
        && !jobs::is_held(db, &poll.held).await?
    {
        return Ok(ObservationOutcome::LeaseLost);
    }
    let saved = listings::save(db, &observation.offers, observation.time).await?;
    let found = found::save(db, &observation, &saved, now).await?;
    count(db, &observation, &found).await?;
    begin(db, &observation, &alerts).await?;
    let (accepted, dropped) = judge(observation.fired, &alerts);
    let users = fires::save(db, &accepted, &mut alerts, &saved, observation.time, now).await?;
    let owed = accepted.iter().map(|fired| reports::Owed {
        id: fired.report.0,
        alert: fired.alert,
        slot: observation.time,
        content: &fired.report.1,
        deliveries: &fired.deliveries,
    });
    reports::save(db, owed.collect(), &alerts, &unverified, hold_unverified, now).await?;
    if let Some(poll) = observation.poll {
        jobs::go_on(db, poll.held, poll.next_at, Some(now)).await?;
    }
    Ok(ObservationOutcome::Committed { dropped, users })
}

/// Whether nothing was observed of the search since the caller read its state. It stays so until the end.
async fn is_at_version(db: &mut Db<'_>, observation: &Observation) -> Result<bool, StoreError> {
    let lock = db.dialect().locking("s");
    let version = sql_of(format!("SELECT s.version FROM searches s WHERE s.id = $1{lock}"))
        .bind(observation.search)
        .first(db, |row| row.count())
        .await?;
    Ok(version == Some(observation.version))
}

/// What may be told, and the alerts of what may not.
fn judge(fired: Vec<ListingsFired>, alerts: &BTreeMap<AlertId, Owner>) -> (Vec<ListingsFired>, Vec<AlertId>) {
    let (mut accepted, mut dropped, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for fired in fired {
        if alerts.contains_key(&fired.alert) && !fired.fires.is_empty() && seen.insert(fired.alert) {
            accepted.push(fired);
        } else {
            dropped.push(fired.alert);
        }
    }
    (accepted, dropped)
}

/// Brings the search's own row on.
async fn count(db: &mut Db<'_>, observation: &Observation, found: &Found) -> Result<(), StoreError> {
    let is_poll = observation.poll.is_some();
    sql("UPDATE searches SET version = version + 1, listings = (
                SELECT COUNT(*) FROM search_listings s WHERE s.search_id = $1 AND s.gone_at IS NULL),
            polls = polls + $2, changed_polls = changed_polls + $3,
            changed_at = CASE WHEN $4 THEN $5 ELSE changed_at END,
            polled_at = CASE WHEN $6 THEN $5 ELSE polled_at END,
            failures = CASE WHEN $6 THEN 0 ELSE failures END, error = CASE WHEN $6 THEN NULL ELSE error END
        WHERE id = $1")
    .bind(observation.search)
    .bind(i64::from(is_poll))
    .bind(i64::from(is_poll && found.changed))
    .bind(found.changed)
    .bind(observation.time)
    .bind(is_poll)
    .run(db)
    .await
    .map(drop)
}

/// Notes the first observation of alerts that had none.
async fn begin(
    db: &mut Db<'_>,
    observation: &Observation,
    alerts: &BTreeMap<AlertId, Owner>,
) -> Result<(), StoreError> {
    let begun = observation
        .baselines
        .iter()
        .filter(|(alert, revision)| alerts.get(alert).is_some_and(|alert| alert.revision == *revision));
    Rows::of(["id", "at"], begun, |(alert, _)| [(*alert).into(), observation.time.into()])
        .run(
            db,
            "UPDATE alerts SET baseline_at = rows.at FROM rows
            WHERE alerts.id = rows.id AND alerts.kind = 'search' AND alerts.baseline_at IS NULL",
        )
        .await
        .map(drop)
}

/// Whose lists changed, each once.
fn users(accepted: &[ListingsFired], alerts: &BTreeMap<AlertId, Owner>) -> Vec<UserId> {
    let users: BTreeSet<UserId> =
        accepted.iter().filter_map(|fired| Some(alerts.get(&fired.alert)?.user)).collect();
    users.into_iter().collect()
}
