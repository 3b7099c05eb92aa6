//! Whose turn it is.
//!
//! The destinations that something waits for stand in a circle, in the order of the index
//! `deliveries_ready`. A claim goes on after the one that had its turn last, from the first delivery of one
//! destination straight to the first of the next: each step is one look into the index, however many
//! deliveries lie between.

use std::collections::HashSet;

use bellwether_model::UserId;
use uuid::Uuid;

use crate::channel::{ChannelKind, Medium};
use crate::delivery::{ClaimWish, Destination, Lane, Way};
use crate::error::StoreError;
use crate::sql::{Db, sql};

/// Destinations that one look goes over at least, and at most. Each look of a claim goes over more than the one before.
const STEPS: std::ops::RangeInclusive<u32> = 16..=256;
/// Looks of one claim at most. Where so many destinations have no turn now, or are of another medium, the next claim
/// goes on from there.
const LOOKS: usize = 32;

/// At most as many destinations as a wish has room for, whose turn it is, the last one that was gone over, and how far
/// that was.
pub(super) async fn next(
    db: &mut Db<'_>,
    wish: &ClaimWish,
) -> Result<(Vec<Destination>, Option<Destination>, Way), StoreError> {
    let (after, limit) = (wish.after, usize::try_from(wish.limit).unwrap_or(usize::MAX));
    let mut steps = wish.limit.clamp(*STEPS.start(), *STEPS.end());
    let (mut found, mut gone_over) = (Vec::new(), HashSet::new());
    // Beginning at the first of all, the end of the list is the end of the circle.
    let (mut at, mut around) = (after, after.is_none());
    for _ in 0..LOOKS {
        let ahead = look(db, wish.lane, at, steps).await?;
        let is_end = ahead.len() < usize::try_from(steps).unwrap_or(usize::MAX);
        for (destination, medium) in ahead {
            if found.len() == limit {
                return Ok((found, at, way(around && after.is_some())));
            }
            if !gone_over.insert(destination) {
                return Ok((found, at, Way::Around));
            }
            at = Some(destination);
            if wish.wants(&destination, medium) {
                found.push(destination);
            }
        }
        match (is_end, around) {
            (true, true) => return Ok((found, at.or(after), Way::Around)),
            (true, false) => (at, around) = (None, true),
            (false, _) => {}
        }
        steps = steps.saturating_mul(2).min(*STEPS.end());
    }
    // Where the last look came to the end, the next claim begins at the first.
    Ok((found, at, way(around && after.is_some())))
}

const fn way(past_the_end: bool) -> Way {
    if past_the_end { Way::PastTheEnd } else { Way::Onward }
}

/// The next destinations after one, and how messages travel there.
async fn look(
    db: &mut Db<'_>,
    lane: Lane,
    after: Option<Destination>,
    steps: u32,
) -> Result<Vec<(Destination, Medium)>, StoreError> {
    // No id is nil and no channel is empty, so these stand before everybody.
    let user = after.map_or(Uuid::nil(), |after| after.user.0);
    let channel = after.map_or_else(String::new, |after| after.channel.to_string());
    // A comparison of pairs would be one condition for both steps, but SQLite looks for no more than the user
    // then, and goes over everything that waits for them.
    sql("WITH RECURSIVE heads (id, user_id, channel, channel_id) AS (
            SELECT f.id, f.user_id, f.channel, f.channel_id FROM (
                SELECT d.id, d.user_id, d.channel, d.channel_id FROM deliveries d
                WHERE d.lane = $1 AND d.ready_at IS NOT NULL AND (d.user_id, d.channel) > ($2, $3)
                ORDER BY d.user_id, d.channel LIMIT 1) f
            UNION ALL
            SELECT d.id, d.user_id, d.channel, d.channel_id FROM heads h JOIN deliveries d ON d.id = (
                SELECT COALESCE(
                    (SELECT e.id FROM deliveries e WHERE e.lane = $1 AND e.ready_at IS NOT NULL
                        AND e.user_id = h.user_id AND e.channel > h.channel ORDER BY e.channel LIMIT 1),
                    (SELECT e.id FROM deliveries e WHERE e.lane = $1 AND e.ready_at IS NOT NULL
                        AND e.user_id > h.user_id ORDER BY e.user_id, e.channel LIMIT 1)))
        )
        SELECT h.user_id, h.channel, (SELECT c.kind FROM channels c WHERE c.id = h.channel_id) FROM heads h
        LIMIT $4")
    .bind(lane.name())
    .bind(user)
    .bind(channel)
    .bind(steps)
    .all(db, |row| {
        let destination = Destination { user: UserId(row.uuid()?), channel: row.parsed("a channel")? };
        let kind: Option<ChannelKind> = row.maybe_parsed("a channel's kind")?;
        Ok((destination, kind.map_or(Medium::Mail, ChannelKind::medium)))
    })
    .await
}
