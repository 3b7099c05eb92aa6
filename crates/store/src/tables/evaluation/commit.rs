//! Committing fires: the alert's state, the fire and the deliveries that it owes, in one transaction.

pub(crate) mod owed;
mod save;
mod seen;

use std::collections::{BTreeSet, HashSet};

use bellwether_model::{AlertId, Timestamp, UserId};

use self::seen::Seen;
pub(crate) use self::seen::unverified_among;
use super::{arming, positions};
use crate::error::StoreError;
use crate::evaluation::{Commit, Committed, NewFire, StateChange};
use crate::lease::Fence;
use crate::sql::Db;
use crate::tables::alerts::log;
use crate::tables::{candles, coverage, leases};

pub(super) async fn commit(
    db: &mut Db<'_>,
    commit: Commit,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let (commit, unheard) = without_unheard(db, commit).await?;
    let Commit {
        share, fence, fires, states, positions, candles: finished, holes, coverage: stretches, ..
    } = commit;
    if let Some(fence) = &fence {
        leases::hold(db, fence).await?;
    }
    let touched: BTreeSet<AlertId> =
        fires.iter().map(|fire| fire.alert).chain(states.iter().map(|change| change.alert)).collect();
    // Users before alerts, as everywhere.
    let unverified = if hold_unverified && !fires.is_empty() {
        unverified_among(db, fires.iter().map(|fire| fire.alert)).await?
    } else {
        HashSet::new()
    };
    let mut alerts = seen::lock(db, touched).await?;
    let (accepted, dropped) = judge(db, fires, &mut alerts).await?;
    for StateChange { alert, revision, state } in states {
        if let Some(alert) = alerts.get_mut(&alert) {
            alert.moved(revision, state);
        }
    }
    save::alerts(db, &alerts, now).await?;
    save::fires(db, &accepted, &alerts, now).await?;
    save::deliveries(db, &accepted, &alerts, &unverified, hold_unverified, now).await?;
    log(db, alerts.iter().filter_map(|(&id, alert)| alert.entry(id, now))).await?;
    positions::save(db, share, positions).await?;
    candles::upsert(db, finished).await?;
    candles::add_holes(db, holes).await?;
    coverage::save(db, stretches).await?;
    let users: BTreeSet<UserId> =
        accepted.iter().filter_map(|fire| Some(alerts.get(&fire.alert)?.user)).collect();
    Ok(Committed { dropped, users: users.into_iter().collect(), unheard })
}

/// What may be committed: without its checkpoint where an alert was armed behind that and not heard of; whether so.
async fn without_unheard(db: &mut Db<'_>, commit: Commit) -> Result<(Commit, bool), StoreError> {
    let is_unheard = match commit.heard {
        Some(heard) if !commit.positions.is_empty() => {
            arming::unheard(db, commit.share, heard, &commit.positions).await?
        }
        _ => false,
    };
    if !is_unheard {
        return Ok((commit, false));
    }
    let Commit { share, fence, fires, .. } = commit;
    let fence = fence.map(|fence| Fence { log_number: None, ..fence });
    Ok((Commit { share, fence, fires, ..Commit::default() }, true))
}

/// Those fires that are brought in now, and those that are dropped; an alert that fires goes on from there.
async fn judge(
    db: &mut Db<'_>,
    fires: Vec<NewFire>,
    alerts: &mut Seen,
) -> Result<(Vec<NewFire>, Vec<(AlertId, u64)>), StoreError> {
    let there = seen::fires_there(db, &fires, alerts).await?;
    let (mut accepted, mut dropped) = (Vec::with_capacity(fires.len()), Vec::new());
    for fire in fires {
        if there.contains(&fire.id) {
            continue;
        }
        match alerts.get_mut(&fire.alert).filter(|alert| alert.admits(&fire)) {
            Some(alert) => {
                alert.fired(&fire);
                accepted.push(fire);
            }
            None => dropped.push((fire.alert, fire.number)),
        }
    }
    Ok((accepted, dropped))
}
