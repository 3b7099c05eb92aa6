//! From claims to messages: what goes alone, what goes together, and what waits.

use std::collections::BTreeSet;

use bellwether_model::{AlertId, DeliveryId, Span, Timestamp};
use bellwether_notify::Together;
use bellwether_store::delivery::{Claim, ClaimWish, Content, Deferred, Destination, Notice};

use super::Sending;
use super::leases::Leases;
use super::pacing::to;
use super::parcel::{self, Parcel, Plan, is_fire, is_for_programs, plan, room, together};
use super::quiet;

/// How often the owner of an alert that fires too often is told so.
const TOLD_EVERY_S: u64 = 24 * 3_600;

/// Claims, with the destinations in the order in which they first come.
fn by_destination(claims: Vec<Claim>) -> Vec<(Destination, Vec<Claim>)> {
    let mut sorted: Vec<(Destination, Vec<Claim>)> = Vec::new();
    for claim in claims {
        let to = to(&claim);
        match sorted.iter_mut().find(|(known, _)| *known == to) {
            Some((_, claims)) => claims.push(claim),
            None => sorted.push((to, vec![claim])),
        }
    }
    sorted
}

/// Makes messages of claims, at most as many as there are claims. What must wait is given back to the store;
/// where that fails its lease runs out, which comes to the same.
pub(super) async fn sort(
    sending: &Sending,
    leases: &Leases,
    wish: &ClaimWish,
    claims: Vec<Claim>,
) -> Vec<Parcel> {
    let mut parcels = Vec::with_capacity(claims.len());
    for (destination, claims) in by_destination(claims) {
        let now = sending.clock.now();
        let claims = held_for_peace(sending, leases, claims, now).await;
        match plan(&claims, &sending.pacing, now) {
            Plan::Apart(left) => parcels.extend(apart(sending, leases, claims, left, now).await),
            Plan::Gather(why) => {
                let (mut fires, others): (Vec<_>, Vec<_>) = claims.into_iter().partition(is_fire);
                let left = fires.first().map_or(0, |claim| sending.pacing.left(claim, now));
                let (messages, of_each) = room(&fires, left);
                let more = (messages * of_each).saturating_sub(fires.len());
                let rest = rest(sending, leases, wish, destination, more, now).await;
                // What was claimed so long ago that it ran out is claimed anew with the rest, and told once.
                fires.retain(|fire| rest.iter().all(|again| again.id != fire.id));
                fires.extend(rest);
                parcels.extend(others.into_iter().map(Parcel::single));
                if together(fires.len(), left, why) {
                    parcels.extend(combined(sending, fires, of_each, why, now));
                } else {
                    parcels.extend(apart(sending, leases, fires, left, now).await);
                }
            }
        }
    }
    parcels
}

/// Gives back what comes in its reader's quiet hours, until they are over; the others.
async fn held_for_peace(
    sending: &Sending,
    leases: &Leases,
    claims: Vec<Claim>,
    now: Timestamp,
) -> Vec<Claim> {
    let Some(until) = claims.iter().find_map(|claim| quiet::held_until(claim, now)) else { return claims };
    let (held, others): (Vec<_>, Vec<_>) =
        claims.into_iter().partition(|claim| quiet::held_until(claim, now).is_some());
    give_back(sending, leases, held, until, Deferred::QuietHours).await;
    others
}

/// What else waits for a destination, at most so much. Where the store does not say, it waits on.
async fn rest(
    sending: &Sending,
    leases: &Leases,
    wish: &ClaimWish,
    destination: Destination,
    most: usize,
    now: Timestamp,
) -> Vec<Claim> {
    let wish = ClaimWish { limit: u32::try_from(most).unwrap_or(u32::MAX), ..wish.clone() };
    match sending.store.claim_rest(wish, destination, now).await {
        Ok(rest) => {
            rest.iter().for_each(|claim| leases.hold(claim));
            rest
        }
        Err(error) => {
            tracing::warn!(%error, "what else waits for a receiver could not be fetched; it comes later");
            Vec::new()
        }
    }
}

/// Each on its own, as many as may go; of an alert that fires too often, none.
async fn apart(
    sending: &Sending,
    leases: &Leases,
    claims: Vec<Claim>,
    left: usize,
    now: Timestamp,
) -> Vec<Parcel> {
    let mut parcels = Vec::with_capacity(claims.len());
    let mut too_many = Vec::new();
    for claim in claims {
        let throttled = match &claim.content {
            Content::Fired(fire) if !is_for_programs(&claim) => {
                sending.pacing.take_of_alert(fire.alert, now).err()
            }
            _ => None,
        };
        if let Some(until) = throttled {
            tell_throttled(sending, &claim, now).await;
            give_back(sending, leases, vec![claim], until, Deferred::Throttled).await;
        } else if parcels.len() < left {
            parcels.push(Parcel::single(claim));
        } else {
            too_many.push(claim);
        }
    }
    if let Some(first) = too_many.first() {
        let until = sending.pacing.free_at(first, now);
        give_back(sending, leases, too_many, until, Deferred::Pace).await;
    }
    parcels
}

/// Messages of so many fires each.
fn combined(
    sending: &Sending,
    mut fires: Vec<Claim>,
    of_each: usize,
    why: Together,
    now: Timestamp,
) -> Vec<Parcel> {
    let mut parcels = Vec::new();
    while !fires.is_empty() {
        let later = fires.split_off(of_each.min(fires.len()));
        count_of_alerts(sending, &fires, now);
        parcels.push(Parcel { claims: fires, why });
        fires = later;
    }
    parcels
}

/// A message to people of several fires is one of each alert that it tells of, and uses up its pace as any other.
fn count_of_alerts(sending: &Sending, fires: &[Claim], now: Timestamp) {
    if fires.first().is_some_and(is_for_programs) {
        return;
    }
    let alerts: BTreeSet<AlertId> = fires
        .iter()
        .filter_map(|claim| match &claim.content {
            Content::Fired(fire) => Some(fire.alert),
            Content::Report(_) | Content::VerifyAddress { .. } | Content::Notice(_) => None,
        })
        .collect();
    for alert in alerts {
        // An error says that nothing is left: what was held until now goes all the same.
        let _ = sending.pacing.take_of_alert(alert, now);
    }
}

/// Gives claims back to the store, to be claimed again at an instant.
pub(super) async fn give_back(
    sending: &Sending,
    leases: &Leases,
    claims: Vec<Claim>,
    until: Timestamp,
    why: Deferred,
) {
    let held: Vec<(DeliveryId, _)> = claims.iter().map(|claim| (claim.id, claim.token)).collect();
    held.iter().for_each(|(id, _)| leases.release(*id));
    metrics::counter!("bellwether_deliveries_deferred_total", "why" => why.name())
        .increment(u64::try_from(held.len()).unwrap_or(u64::MAX));
    if let Err(error) = sending.store.defer(held, until, why).await {
        tracing::warn!(%error, "deliveries could not be put off; they are claimed again");
    }
}

async fn tell_throttled(sending: &Sending, claim: &Claim, now: Timestamp) {
    let Content::Fired(fire) = &claim.content else { return };
    let notice = Notice::AlertThrottled { alert: fire.alert, name: fire.spec.name.clone() };
    let since = Span::from_seconds(TOLD_EVERY_S).map_or(now, |every| now.saturating_sub(every));
    let notice = (parcel::fresh_id(), notice);
    match sending.store.tell_throttled(claim.user, fire.alert, notice, since, now).await {
        Ok(false) => {}
        Ok(true) => {
            tracing::info!(alert = %fire.alert, "an alert fires too often; its messages are combined")
        }
        Err(error) => tracing::warn!(%error, "an alert's owner could not be told that it fires too often"),
    }
}
