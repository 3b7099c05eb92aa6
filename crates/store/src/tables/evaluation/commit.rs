//! Committing fires: the alert's state, the fire and the deliveries that it owes, in one transaction.
//!
//! A checkpoint says that every alert is dealt with up to its positions. It is left out where that is not so: an alert
//! was armed behind it that its evaluator had not heard of, a fire in force loses against a change and is to be judged
//! again, or an alert's state is of another revision than its row's.

pub(crate) mod owed;
mod save;
mod seen;

use std::collections::{BTreeSet, HashSet};

use bellwether_model::{AlertId, Timestamp, UserId};

pub(crate) use self::seen::unverified_among;
use self::seen::{Row, Seen};
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
    let is_checkpoint = commit.heard.is_some();
    let mut unheard = is_unheard(db, &commit).await?;
    let Commit {
        share, fence, fires, states, positions, candles: finished, holes, coverage: stretches, ..
    } = commit;
    if let Some(fence) = &fence {
        // How far the tick log is dealt with is said below, once that is known.
        leases::hold(db, &Fence { log_number: None, ..fence.clone() }).await?;
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
    let is_other = |change: &StateChange| {
        alerts.get(&change.alert).is_some_and(|alert| alert.is_active_at_another(change.revision))
    };
    unheard |= is_checkpoint && states.iter().any(is_other);
    let (accepted, dropped) = judge(db, fires, &mut alerts).await?;
    let is_to_be_judged_again = |(alert, _): &(AlertId, u64)| alerts.get(alert).is_some_and(Row::is_active);
    unheard |= is_checkpoint && dropped.iter().any(is_to_be_judged_again);
    if !unheard {
        for StateChange { alert, revision, state } in states {
            if let Some(alert) = alerts.get_mut(&alert) {
                alert.moved(revision, state);
            }
        }
    }
    save::alerts(db, &alerts, now).await?;
    save::fires(db, &accepted, &alerts, now).await?;
    save::deliveries(db, &accepted, &alerts, &unverified, hold_unverified, now).await?;
    log(db, alerts.iter().filter_map(|(&id, alert)| alert.entry(id, now))).await?;
    if !unheard {
        positions::save(db, share, positions).await?;
        candles::upsert(db, finished).await?;
        candles::add_holes(db, holes).await?;
        coverage::save(db, stretches).await?;
        if let Some(fence) = fence.filter(|fence| fence.log_number.is_some()) {
            leases::hold(db, &fence).await?;
        }
    }
    let users: BTreeSet<UserId> =
        accepted.iter().filter_map(|fire| Some(alerts.get(&fire.alert)?.user)).collect();
    Ok(Committed { dropped, users: users.into_iter().collect(), unheard })
}

/// Whether an alert was armed behind a commit's checkpoint and not heard of.
async fn is_unheard(db: &mut Db<'_>, commit: &Commit) -> Result<bool, StoreError> {
    match commit.heard {
        Some(heard) if !commit.positions.is_empty() => {
            arming::unheard(db, commit.share, heard, &commit.positions).await
        }
        _ => Ok(false),
    }
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
