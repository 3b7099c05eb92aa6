//! Alerts whose time is over: they end, and each tells its owner so over its own channels.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use bellwether_model::{AlertId, DeliveryId, Instrument, Spec, Status, Timestamp, UserId};
use uuid::Uuid;

use super::{owed, unverified_among};
use crate::alert::Action;
use crate::delivery::{DeliveryStatus, Lane, Notice};
use crate::error::StoreError;
use crate::evaluation::Over;
use crate::sql::{Db, Rows, json, sql};
use crate::tables::alerts::{Entry, log};

pub(super) async fn over(
    db: &mut Db<'_>,
    now: Timestamp,
    after: Option<(Timestamp, AlertId)>,
    limit: u32,
) -> Result<Vec<Over>, StoreError> {
    // No id is nil, and nothing is as early as that.
    let (at, id) = after.unwrap_or((Timestamp::from_micros(i64::MIN), AlertId(Uuid::nil())));
    sql("SELECT a.id, a.expires_at, a.status, a.instrument, a.other_instruments FROM alerts a
        WHERE a.expires_at IS NOT NULL AND a.status IN ('active', 'paused')
            AND a.expires_at <= $1 AND (a.expires_at, a.id) > ($2, $3)
        ORDER BY a.expires_at, a.id LIMIT $4")
    .bind(now)
    .bind(at)
    .bind(id)
    .bind(limit)
    .all(db, |row| {
        let (id, expires_at) = (AlertId(row.uuid()?), row.time()?);
        let status: Status = row.parsed("an alert's status")?;
        // Of an alert on products that is empty.
        let own = row.text()?;
        let mut instruments = Vec::new();
        if !own.is_empty() {
            instruments.push(own.parse().map_err(|_| StoreError::Corrupt { what: "an instrument".into() })?);
        }
        if let Some(others) = row.maybe_text()? {
            instruments.extend(json::read::<Vec<Instrument>>(others, "the instruments of a composite")?);
        }
        Ok(Over { id, expires_at, is_active: status == Status::Active, instruments })
    })
    .await
}

pub(super) async fn expire(
    db: &mut Db<'_>,
    due: Vec<AlertId>,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Vec<UserId>, StoreError> {
    // Users before alerts, as everywhere.
    let unverified = if hold_unverified && !due.is_empty() {
        unverified_among(db, due.iter().copied()).await?
    } else {
        HashSet::new()
    };
    let expired = end(db, due, now).await?;
    let users: BTreeSet<UserId> = expired.iter().map(|one| one.entry.user).collect();
    tell(db, &expired, &unverified, hold_unverified, now).await?;
    log(db, expired.into_iter().map(|one| one.entry)).await?;
    Ok(users.into_iter().collect())
}

/// An alert that ends here.
struct Expired {
    entry: Entry,
    fires: u64,
}

/// Ends those that are still due.
async fn end(db: &mut Db<'_>, due: Vec<AlertId>, now: Timestamp) -> Result<Vec<Expired>, StoreError> {
    // Passing over what another process is at: it expires there, or at the next call.
    let lock = db.dialect().locking_free("a");
    let expired = Rows::of(["id", "now"], due, |id| [id.into(), now.into()])
        .all(
            db,
            &format!(
                "SELECT a.id, a.user_id, a.spec, a.fires FROM rows CROSS JOIN alerts a
                WHERE a.id = rows.id AND a.status IN ('active', 'paused') AND a.expires_at <= rows.now
                ORDER BY a.id{lock}"
            ),
            |row| {
                let entry = Entry {
                    alert: AlertId(row.uuid()?),
                    user: UserId(row.uuid()?),
                    actor: None,
                    action: Action::Expired,
                    at: now,
                    status: Status::Expired,
                    spec: row.text()?.to_owned(),
                };
                Ok(Expired { entry, fires: row.count()? })
            },
        )
        .await?;
    Rows::of(["id", "at"], &expired, |one| [one.entry.alert.into(), now.into()])
        .run(
            db,
            "UPDATE alerts SET status = 'expired', revision = revision + 1, version = version + 1,
                updated_at = rows.at
            FROM rows WHERE alerts.id = rows.id",
        )
        .await?;
    Ok(expired)
}

/// Queues a notice over each channel of each alert.
async fn tell(
    db: &mut Db<'_>,
    expired: &[Expired],
    unverified: &HashSet<UserId>,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut specs: BTreeMap<AlertId, Spec> = BTreeMap::new();
    for one in expired {
        specs.insert(one.entry.alert, json::read(&one.entry.spec, "an alert's spec")?);
    }
    let made = owed::lock_channels(db, specs.values().flat_map(Spec::channels)).await?;
    let mut rows = Rows::new([
        "id",
        "user_id",
        "alert_id",
        "channel",
        "channel_id",
        "lane",
        "status",
        "ready_at",
        "why",
        "notice",
        "at",
    ]);
    for one in expired {
        let (alert, user) = (one.entry.alert, one.entry.user);
        let Some(spec) = specs.get(&alert) else { continue };
        let notice = Notice::AlertExpired {
            alert,
            name: spec.name().to_owned(),
            watched: spec.words(),
            fires: one.fires,
        };
        let notice = json::write(&notice)?;
        for channel in spec.channels() {
            let begin = owed::begin(*channel, user, &made, unverified, hold_unverified);
            let is_due = begin.status == DeliveryStatus::Pending;
            rows.push([
                DeliveryId(Uuid::now_v7()).into(),
                user.into(),
                alert.into(),
                channel.to_string().into(),
                owed::id_of(*channel).into(),
                Lane::Urgent.name().into(),
                begin.status.name().into(),
                is_due.then_some(now).into(),
                begin.why.into(),
                notice.as_str().into(),
                now.into(),
            ]);
        }
    }
    rows.run(
        db,
        "INSERT INTO deliveries (id, user_id, alert_id, channel, channel_id, lane, status, ready_at, last_error,
            notice, created_at)
        SELECT id, user_id, alert_id, channel, channel_id, lane, status, ready_at, why, notice, at FROM rows",
    )
    .await
    .map(drop)
}
