//! What a commit leaves behind: alerts, fires, deliveries.

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use bellwether_model::{AlertId, Channel, DeliveryId, Timestamp, UserId};
use uuid::Uuid;

use super::owed;
use super::seen::{Row, Seen};
use crate::delivery::{DeliveryStatus, Lane};
use crate::error::StoreError;
use crate::evaluation::NewFire;
use crate::sql::{Db, Rows, json};
use crate::tables::deliveries::fallback;

/// Alerts that go on and alerts that end are written apart: to write a status, even the same, is to write
/// every index that it stands in.
pub(super) async fn alerts(db: &mut Db<'_>, alerts: &Seen, now: Timestamp) -> Result<(), StoreError> {
    let mut going_on = Rows::new(["id", "fires", "last_fired_at", "state"]);
    let mut ended = Rows::new(["id", "fires", "last_fired_at", "state", "status", "revision", "at"]);
    for (&id, alert) in alerts {
        let Some(state) = &alert.state else { continue };
        let (fires, last_fired_at) = (alert.fires.into(), alert.last_fired_at.into());
        let state = json::write(state)?.into();
        if alert.ended {
            let status = alert.status.name().into();
            let revision = alert.revision.into();
            ended.push([id.into(), fires, last_fired_at, state, status, revision, now.into()]);
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
                status = rows.status, revision = rows.revision, version = version + 1, updated_at = rows.at
            FROM rows WHERE alerts.id = rows.id",
        )
        .await
        .map(drop)
}

pub(super) async fn fires(
    db: &mut Db<'_>,
    fires: &[NewFire],
    alerts: &Seen,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut rows = Rows::new([
        "id",
        "alert_id",
        "user_id",
        "number",
        "instrument",
        "time",
        "evidence",
        "trade_first",
        "trade_last",
        "spec",
        "evaluated_at",
        "committed_at",
        "late",
        "ends",
    ]);
    for (fire, alert) in with_alerts(fires, alerts) {
        rows.push([
            fire.id.into(),
            fire.alert.into(),
            alert.user.into(),
            fire.number.into(),
            (&fire.evidence.instrument).into(),
            fire.evidence.time.into(),
            json::write(&fire.evidence)?.into(),
            fire.trades.map(|trades| trades.0).into(),
            fire.trades.map(|trades| trades.1).into(),
            alert.spec.as_str().into(),
            fire.evaluated_at.into(),
            now.into(),
            fire.late.into(),
            fire.ends.into(),
        ]);
    }
    rows.run(
        db,
        "INSERT INTO fires (id, alert_id, user_id, number, instrument, time, evidence, trade_first,
            trade_last, spec, evaluated_at, committed_at, late, ends)
        SELECT * FROM rows",
    )
    .await
    .map(drop)
}

pub(super) async fn deliveries(
    db: &mut Db<'_>,
    fires: &[NewFire],
    alerts: &Seen,
    unverified: &HashSet<UserId>,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let columns = [
        "id",
        "user_id",
        "alert_id",
        "fire_id",
        "channel",
        "channel_id",
        "lane",
        "status",
        "ready_at",
        "why",
        "at",
    ];
    let mut rows = Rows::new(columns);
    let mut dead = Vec::new();
    let mut channels_of: HashMap<AlertId, Vec<Channel>> = HashMap::new();
    for (fire, alert) in with_alerts(fires, alerts) {
        if let Entry::Vacant(unknown) = channels_of.entry(fire.alert) {
            unknown.insert(owed::channels(&alert.spec)?);
        }
    }
    let made = owed::lock_channels(db, channels_of.values().flatten()).await?;
    for (fire, alert) in with_alerts(fires, alerts) {
        let channels = channels_of.get(&fire.alert).map(Vec::as_slice).unwrap_or_default();
        for (index, channel) in channels.iter().enumerate() {
            let begin = owed::begin(*channel, alert.user, &made, unverified, hold_unverified);
            let is_due = begin.status == DeliveryStatus::Pending;
            if begin.status == DeliveryStatus::Dead {
                dead.push(delivery_id(fire, index));
            }
            rows.push([
                delivery_id(fire, index).into(),
                alert.user.into(),
                fire.alert.into(),
                fire.id.into(),
                channel.to_string().into(),
                owed::id_of(*channel).into(),
                Lane::Urgent.name().into(),
                begin.status.name().into(),
                is_due.then_some(now).into(),
                begin.why.into(),
                now.into(),
            ]);
        }
    }
    rows.run(
        db,
        "INSERT INTO deliveries
            (id, user_id, alert_id, fire_id, channel, channel_id, lane, status, ready_at, last_error, created_at)
        SELECT * FROM rows",
    )
    .await?;
    fallback::move_to_mail(db, dead, hold_unverified, now).await
}

fn with_alerts<'a>(fires: &'a [NewFire], alerts: &'a Seen) -> impl Iterator<Item = (&'a NewFire, &'a Row)> {
    fires.iter().filter_map(|fire| Some((fire, alerts.get(&fire.alert)?)))
}

/// The id of a fire's delivery over its alert's channel at `index`. The evaluator gives one id for each
/// channel that it knew of; a channel that was added since gets one that follows from the fire's own.
fn delivery_id(fire: &NewFire, index: usize) -> DeliveryId {
    fire.deliveries.get(index).copied().unwrap_or_else(|| {
        let beyond = u128::try_from(index).unwrap_or(u128::MAX).saturating_add(1);
        DeliveryId(Uuid::from_u128(fire.id.0.as_u128() ^ beyond))
    })
}
