//! A user's changes of an alert, its deletion among them.

use bellwether_model::{AlertId, AlertState, SearchId, Spec, Status, Timestamp, UserId};

use super::history::{Entry, log};
use super::products;
use super::read::{self, instrument, other_instruments, search_text, shard};
use crate::alert::{Action, AlertChange, Changed};
use crate::error::StoreError;
use crate::sql::{Db, json, sql, sql_of};
use crate::tables::evaluation::{Armed, passed};
use crate::tables::lock_in_order;

/// What a change is compared with.
struct Before {
    version: u64,
    status: Status,
    spec: Spec,
    snoozed_until: Option<Timestamp>,
    fires: u64,
    armed_at: Timestamp,
}

pub(super) async fn change(
    db: &mut Db<'_>,
    user: UserId,
    id: AlertId,
    change: AlertChange,
    now: Timestamp,
) -> Result<Changed, StoreError> {
    if change.status == Status::Deleted {
        return Err(StoreError::Refused { source: "an alert is deleted by its own method".into() });
    }
    // Before any other lock, as a checkpoint does.
    let armed = change.rearm.as_ref().and_then(|state| Some(Armed { spec: change.spec.price()?, state }));
    let is_passed = !passed(db, armed.as_slice()).await?.is_empty();
    let Some(before) = lock(db, user, id).await? else {
        return Ok(Changed::NotFound);
    };
    if before.version != change.from_version {
        return Ok(Changed::Conflict);
    }
    if is_passed {
        return Ok(Changed::Passed);
    }
    let search = match change.spec.product() {
        None => None,
        Some(spec) => {
            let search = products::search_of(db, spec, now).await?;
            if let Some(same) = products::same(db, user, id, search, change.spec.kind()).await? {
                return Ok(Changed::SameSearch(same));
            }
            Some(search)
        }
    };
    update(db, id, &before, &change, search, now).await?;
    if let Some(search) = search
        && concerns_evaluation(&before, &change)
    {
        products::forget(db, id).await?;
        if change.status == Status::Active {
            let anchor = if change.rearm.is_some() { now } else { before.armed_at };
            let told = change.next_at.map(|next_at| (anchor, next_at));
            products::follow(db, id, search, &change.spec, told, now).await?;
        }
    }
    let entry = Entry {
        alert: id,
        user,
        actor: Some(user),
        action: change.action,
        at: now,
        status: change.status,
        spec: json::write(&change.spec)?,
    };
    log(db, [entry]).await?;
    let after = read::load(db, user, id).await?;
    Ok(after.map_or(Changed::NotFound, |alert| Changed::Done(Box::new(alert))))
}

async fn lock(db: &mut Db<'_>, user: UserId, id: AlertId) -> Result<Option<Before>, StoreError> {
    let lock = db.dialect().locking("alerts");
    sql_of(format!(
        "SELECT version, status, spec, snoozed_until, fires, armed_at FROM alerts
        WHERE id = $1 AND user_id = $2 AND status <> 'deleted'{lock}"
    ))
    .bind(id)
    .bind(user)
    .first(db, |row| {
        Ok(Before {
            version: row.count()?,
            status: row.parsed("an alert's status")?,
            spec: json::read(row.text()?, "an alert's spec")?,
            snoozed_until: row.maybe_time()?,
            fires: row.count()?,
            armed_at: row.time()?,
        })
    })
    .await
}

/// Whether the evaluator must know of a change, and a fire of before must not commit after it. Names,
/// notes, channels and tags are taken from the alert's row when a fire commits.
fn concerns_evaluation(before: &Before, change: &AlertChange) -> bool {
    let (old, new) = (&before.spec, &change.spec);
    change.rearm.is_some()
        || before.status != change.status
        || before.snoozed_until != change.snoozed_until
        || old.repeat() != new.repeat()
        || old.expires_at() != new.expires_at()
        || watches_another(old, new)
}

fn watches_another(old: &Spec, new: &Spec) -> bool {
    match (old, new) {
        (Spec::Price(old), Spec::Price(new)) => {
            old.instrument != new.instrument || old.condition != new.condition
        }
        (Spec::Product(old), Spec::Product(new)) => old.watch != new.watch,
        _ => true,
    }
}

async fn update(
    db: &mut Db<'_>,
    id: AlertId,
    before: &Before,
    change: &AlertChange,
    search: Option<SearchId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Fires are numbered through the alert's whole life.
    let armed = change.rearm.clone().map(|state| AlertState { fires: before.fires, ..state });
    let state = armed.as_ref().map(json::write).transpose()?;
    sql("UPDATE alerts SET status = $2, instrument = $3, other_instruments = $4, spec = $5,
            search_text = $6, expires_at = $7, snoozed_until = $8, version = version + 1,
            revision = revision + $9, arming = arming + $10, state = COALESCE($11, state),
            armed_at = COALESCE($12, armed_at), updated_at = $13, search_id = $14, shard = $15,
            baseline_at = CASE WHEN $12 IS NULL THEN baseline_at END
        WHERE id = $1")
    .bind(id)
    .bind(change.status.name())
    .bind(instrument(&change.spec))
    .bind(other_instruments(&change.spec)?)
    .bind(json::write(&change.spec)?)
    .bind(search_text(&change.spec))
    .bind(change.spec.expires_at())
    .bind(change.snoozed_until)
    .bind(i64::from(concerns_evaluation(before, change)))
    .bind(i64::from(armed.is_some()))
    .bind(state)
    .bind(armed.map(|_| now))
    .bind(now)
    .bind(search.map(|search| search.0))
    .bind(shard(&change.spec))
    .run(db)
    .await
    .map(drop)
}

pub(super) async fn delete(
    db: &mut Db<'_>,
    user: UserId,
    id: AlertId,
    now: Timestamp,
) -> Result<Option<bool>, StoreError> {
    lock_in_order(db, "users", "id", user.0).await?;
    let spec = sql("UPDATE alerts SET status = 'deleted', version = version + 1, revision = revision + 1,
            updated_at = $3
        WHERE id = $1 AND user_id = $2 AND status <> 'deleted' RETURNING spec")
    .bind(id)
    .bind(user)
    .bind(now)
    .first(db, |row| Ok(row.text()?.to_owned()))
    .await?;
    let Some(spec) = spec else {
        let found = sql("SELECT COUNT(*) FROM alerts WHERE id = $1 AND user_id = $2").bind(id).bind(user);
        return Ok((found.one(db, |row| row.int()).await? > 0).then_some(false));
    };
    products::forget(db, id).await?;
    sql("UPDATE users SET alerts = alerts - 1 WHERE id = $1").bind(user).run(db).await?;
    lock_in_order(db, "deliveries", "alert_id", id.0).await?;
    sql("UPDATE deliveries SET status = 'cancelled', ready_at = NULL, due_at = NULL
        WHERE alert_id = $1 AND status IN ('held', 'pending')")
    .bind(id)
    .run(db)
    .await?;
    let entry = Entry {
        alert: id,
        user,
        actor: Some(user),
        action: Action::Deleted,
        at: now,
        status: Status::Deleted,
        spec,
    };
    log(db, [entry]).await?;
    Ok(Some(true))
}
