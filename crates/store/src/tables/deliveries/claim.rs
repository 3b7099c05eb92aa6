//! Claiming what is due, in turn among those whom it goes to.
//!
//! A delivery whose time has come stands under its destination with `ready_at`. One that waits for its
//! next attempt, or that somebody is sending, has `due_at` instead: the attempt's time, or the lease's end.
//! A claim first brings over what came due, then goes around the destinations ([`turns`]).

use std::collections::HashMap;

use bellwether_model::{ChannelId, DeliveryId, Timestamp, UserId};
use uuid::Uuid;

use super::fallback;
use super::turns;
use crate::channel::{ChannelStatus, Sealed};
use crate::delivery::{Claim, ClaimWish, Claimed, Content, Destination, Lane, LastLook, Via};
use crate::error::StoreError;
use crate::sql::{Cells, Db, Rows, json, sql_of};
use crate::tables::channels::disable::dead_letter;
use crate::tables::fires::{self, read_price_fire};
use crate::tables::reports::{self, read_report};
use crate::tables::users::read_quiet;

/// Deliveries that one claim brings over at most: many times what it takes, so that even a flood that comes
/// due at once is soon in its places, and not so many that a claim takes long.
const BROUGHT_OVER: u32 = 2_000;

/// Whether a delivery `d` brings a report that is no longer kept.
pub(super) const REPORT_GONE: &str =
    "(d.report_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.id = d.report_id))";

pub(super) async fn claim(
    db: &mut Db<'_>,
    wish: ClaimWish,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Claimed, StoreError> {
    bring_over(db, wish.lane, now).await?;
    let (destinations, last, way) = turns::next(db, &wish).await?;
    let due = due(db, &wish, &destinations, hold_unverified, now).await?;
    Ok(Claimed { claims: take_all(db, &wish, &due, hold_unverified, now).await?, last, way })
}

pub(super) async fn claim_rest(
    db: &mut Db<'_>,
    wish: ClaimWish,
    destination: Destination,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Vec<Claim>, StoreError> {
    let most = usize::try_from(wish.limit).unwrap_or(usize::MAX);
    let due = first_of_each(db, &wish, &[(0, &destination)], most, hold_unverified, now).await?;
    let of_fires: Vec<Due> = due.into_iter().filter(|due| due.of_fire).collect();
    take_all(db, &wish, &of_fires, hold_unverified, now).await
}

/// Claims those that are to be sent, and brings the others to where they belong.
async fn take_all(
    db: &mut Db<'_>,
    wish: &ClaimWish,
    due: &[Due],
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Vec<Claim>, StoreError> {
    put_aside(db, due).await?;
    let buried = due.iter().filter(|due| matches!(due.fate, Fate::Bury(_))).map(|due| due.id).collect();
    fallback::move_to_mail(db, buried, hold_unverified, now).await?;
    let lease_us = i64::try_from(wish.lease.as_micros()).unwrap_or(i64::MAX);
    let lease_until = Timestamp::from_micros(now.micros().saturating_add(lease_us));
    let token = token(wish.worker, lease_until);
    let sent: Vec<DeliveryId> = due.iter().filter(|due| due.is_sent()).map(|due| due.id).collect();
    take(db, &sent, token, lease_until).await?;
    read(db, &sent, token, lease_until).await
}

/// Gives what came due its place among what is ready.
async fn bring_over(db: &mut Db<'_>, lane: Lane, now: Timestamp) -> Result<(), StoreError> {
    let lock = db.dialect().locking_free("d");
    let due = sql_of(format!(
        "SELECT d.id FROM deliveries d WHERE d.lane = $1 AND d.due_at <= $2
        ORDER BY d.due_at LIMIT $3{lock}"
    ))
    .bind(lane.name())
    .bind(now)
    .bind(BROUGHT_OVER)
    .all(db, |row| row.uuid())
    .await?;
    Rows::of(["id"], due, |id| [id.into()])
        .run(
            db,
            "UPDATE deliveries SET status = 'pending', ready_at = due_at, due_at = NULL, claim_token = NULL
            FROM rows WHERE deliveries.id = rows.id",
        )
        .await
        .map(drop)
}

/// The token of a claim. A worker claims a delivery again only at a later instant, when its former lease is over or it
/// was given back, so the lease's end makes the token another one each time.
fn token(worker: Uuid, lease_until: Timestamp) -> Uuid {
    Uuid::from_u128(worker.as_u128() ^ u128::from(lease_until.micros().cast_unsigned()))
}

struct Due {
    id: DeliveryId,
    /// The place of its destination in the circle of this claim.
    place: usize,
    of_fire: bool,
    fate: Fate,
}

impl Due {
    fn is_sent(&self) -> bool {
        matches!(self.fate, Fate::Send)
    }
}

/// What becomes of a delivery that is due. Mostly deletions and the like have taken what waits with them;
/// what somebody was sending then, who never came back, is met here.
enum Fate {
    Send,
    /// Its alert or its channel was deleted, or its report is no longer kept.
    Cancel,
    /// Its channel leads elsewhere now, whose receiver has not agreed yet; or mail came back from its owner's own
    /// address.
    Hold,
    /// Its channel was disabled, for this reason.
    Bury(String),
}

/// What these destinations are given, the first one of each before their second ones.
async fn due(
    db: &mut Db<'_>,
    wish: &ClaimWish,
    destinations: &[Destination],
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Vec<Due>, StoreError> {
    let most = usize::try_from(wish.limit).unwrap_or(usize::MAX);
    let of_a_user = usize::try_from(wish.each_user).unwrap_or(usize::MAX);
    let each = most.div_ceil(destinations.len().max(1)).min(of_a_user);
    let places: Vec<_> = destinations.iter().enumerate().collect();
    let mut found = first_of_each(db, wish, &places, each, hold_unverified, now).await?;
    // Where some had less than their share, those who have more get it.
    let left = most.saturating_sub(found.len());
    let had_all = |place: usize| found.iter().filter(|due| due.place == place).count() >= each;
    let more: Vec<_> = places.into_iter().filter(|(place, _)| left > 0 && had_all(*place)).collect();
    if !more.is_empty() && each < of_a_user {
        found.retain(|due| more.iter().all(|(place, _)| *place != due.place));
        let each = (each + left).min(of_a_user);
        found.extend(first_of_each(db, wish, &more, each, hold_unverified, now).await?);
    }
    let mut given: HashMap<usize, usize> = HashMap::new();
    let mut in_turn: Vec<(usize, Due)> = Vec::with_capacity(found.len());
    for due in found {
        let round = given.entry(due.place).or_default();
        in_turn.push((*round, due));
        *round += 1;
    }
    in_turn.sort_by_key(|(round, due)| (*round, due.place));
    let mut of_users: HashMap<UserId, usize> = HashMap::new();
    in_turn.retain(|(_, due)| {
        let count = of_users.entry(destinations[due.place].user).or_default();
        *count += 1;
        *count <= of_a_user
    });
    in_turn.truncate(most);
    Ok(in_turn.into_iter().map(|(_, due)| due).collect())
}

/// The first `each` of what waits for each of these destinations, the one that waits longest first.
async fn first_of_each(
    db: &mut Db<'_>,
    wish: &ClaimWish,
    destinations: &[(usize, &Destination)],
    each: usize,
    hold_unverified: bool,
    now: Timestamp,
) -> Result<Vec<Due>, StoreError> {
    let first = db.dialect().first_of_each(
        "deliveries e WHERE e.lane = rows.lane AND e.user_id = rows.user_id AND e.channel = rows.channel
            AND e.ready_at IS NOT NULL AND e.ready_at <= rows.now ORDER BY e.ready_at",
        each,
    );
    let statement = format!(
        "SELECT d.id, rows.place, COALESCE(a.status = 'deleted', FALSE) OR {REPORT_GONE}, d.fire_id IS NOT NULL,
            COALESCE(d.fire_id, d.report_id) IS NOT NULL, d.channel_id IS NULL AND u.email_problem IS NOT NULL,
            c.status, c.reason
        FROM rows {first} JOIN users u ON u.id = d.user_id LEFT JOIN alerts a ON a.id = d.alert_id
            LEFT JOIN channels c ON c.id = d.channel_id
        ORDER BY d.ready_at, d.id"
    );
    let columns = ["place", "lane", "user_id", "channel", "now"];
    Rows::of(columns, destinations, |(place, destination)| {
        let (user, channel) = (destination.user.into(), destination.channel.to_string().into());
        [(*place as u64).into(), wish.lane.name().into(), user, channel, now.into()]
    })
    .all(db, &statement, |row| {
        let (id, place) = (DeliveryId(row.uuid()?), row.small()? as usize);
        let (deleted, of_fire, of_alert) = (row.flag()?, row.flag()?, row.flag()?);
        let suppressed = row.flag()?;
        let fate = match fate(row, deleted, of_alert, hold_unverified)? {
            Fate::Send if suppressed && of_alert => Fate::Hold,
            fate => fate,
        };
        Ok(Due { id, place, of_fire, fate })
    })
    .await
}

fn fate(
    row: &mut Cells<'_>,
    deleted: bool,
    of_alert: bool,
    hold_unverified: bool,
) -> Result<Fate, StoreError> {
    let channel: Option<ChannelStatus> = row.maybe_parsed("a channel's status")?;
    let reason = row.maybe_text()?.unwrap_or_default();
    // Checks and tests are what an unverified or a disabled channel is for.
    Ok(match channel {
        _ if deleted => Fate::Cancel,
        Some(ChannelStatus::Deleted) => Fate::Cancel,
        Some(ChannelStatus::Disabled) if of_alert => Fate::Bury(dead_letter(reason)),
        Some(ChannelStatus::Unverified) if of_alert && hold_unverified => Fate::Hold,
        _ => Fate::Send,
    })
}

/// Brings what is not sent to where it belongs.
async fn put_aside(db: &mut Db<'_>, due: &[Due]) -> Result<(), StoreError> {
    let mut rows = Rows::new(["id", "status", "why"]);
    for due in due {
        let (status, why) = match &due.fate {
            Fate::Send => continue,
            Fate::Cancel => ("cancelled", None),
            Fate::Hold => ("held", None),
            Fate::Bury(why) => ("dead", Some(why.clone())),
        };
        rows.push([due.id.into(), status.into(), why.into()]);
    }
    rows.run(
        db,
        "UPDATE deliveries SET status = rows.status, ready_at = NULL, due_at = NULL, claim_token = NULL,
            last_error = COALESCE(rows.why, last_error)
        FROM rows WHERE deliveries.id = rows.id",
    )
    .await
    .map(drop)
}

async fn take(
    db: &mut Db<'_>,
    sent: &[DeliveryId],
    token: Uuid,
    lease_until: Timestamp,
) -> Result<(), StoreError> {
    Rows::of(["id", "token", "lease"], sent, |id| [(*id).into(), token.into(), lease_until.into()])
        .run(
            db,
            "UPDATE deliveries SET status = 'sending', attempts = attempts + 1, ready_at = NULL,
                due_at = rows.lease, claim_token = rows.token
            FROM rows WHERE deliveries.id = rows.id",
        )
        .await
        .map(drop)
}

async fn read(
    db: &mut Db<'_>,
    sent: &[DeliveryId],
    token: Uuid,
    lease_until: Timestamp,
) -> Result<Vec<Claim>, StoreError> {
    let of = |table: &str, columns: &str| {
        let columns: Vec<String> =
            columns.split(',').map(|column| format!("{table}.{}", column.trim())).collect();
        columns.join(", ")
    };
    let statement = format!(
        "SELECT d.id, d.attempts, d.user_id, u.email, u.time_zone, u.quiet_from, u.quiet_to, d.channel, d.created_at, d.deferred, c.id, c.kind, c.name, c.status,
            c.target, d.secret, d.notice, r.id IS NOT NULL, {}, {}
        FROM rows CROSS JOIN deliveries d JOIN users u ON u.id = d.user_id
            LEFT JOIN channels c ON c.id = d.channel_id LEFT JOIN fires f ON f.id = d.fire_id
            LEFT JOIN reports r ON r.id = d.report_id
        WHERE d.id = rows.id",
        of("r", reports::COLUMNS),
        of("f", fires::COLUMNS)
    );
    let mut claims: HashMap<DeliveryId, Claim> = Rows::of(["id"], sent, |id| [(*id).into()])
        .all(db, &statement, |row| {
            Ok(Claim {
                id: DeliveryId(row.uuid()?),
                token,
                lease_until,
                attempt: row.small()?,
                user: UserId(row.uuid()?),
                email: row.text()?.to_owned(),
                time_zone: row.text()?.to_owned(),
                quiet: read_quiet(row)?,
                channel: row.parsed("a channel")?,
                created_at: row.time()?,
                deferred: row.maybe_parsed("a reason to wait")?,
                via: read_via(row)?,
                content: read_content(row)?,
            })
        })
        .await?
        .into_iter()
        .map(|claim| (claim.id, claim))
        .collect();
    Ok(sent.iter().filter_map(|id| claims.remove(id)).collect())
}

fn read_via(row: &mut Cells<'_>) -> Result<Option<Via>, StoreError> {
    let (id, kind, name) = (row.maybe_uuid()?, row.maybe_parsed("a channel's kind")?, row.maybe_text()?);
    let (status, target) = (row.maybe_parsed("a channel's status")?, row.maybe_bytes()?);
    let (Some(id), Some(kind), Some(name), Some(status), Some(target)) = (id, kind, name, status, target)
    else {
        return Ok(None);
    };
    let target = Sealed(target.to_vec());
    Ok(Some(Via { id: ChannelId(id), kind, name: name.to_owned(), status, target }))
}

fn read_content(row: &mut Cells<'_>) -> Result<Content, StoreError> {
    let (token, notice, is_report) = (row.maybe_text()?, row.maybe_text()?, row.flag()?);
    match (token, notice) {
        (Some(token), _) => Ok(Content::VerifyAddress { token: token.to_owned() }),
        (None, Some(notice)) => Ok(Content::Notice(json::read(notice, "a notice")?)),
        (None, None) if is_report => Ok(Content::Report(Box::new(read_report(row)?))),
        (None, None) => {
            row.skip(reports::COLUMNS.split(',').count());
            Ok(Content::Fired(Box::new(read_price_fire(row)?)))
        }
    }
}

pub(super) async fn still_wanted(
    db: &mut Db<'_>,
    claims: Vec<(DeliveryId, Uuid)>,
    now: Timestamp,
) -> Result<Vec<LastLook>, StoreError> {
    let held: HashMap<Uuid, LastLook> =
        Rows::of(["id", "token", "now"], &claims, |(id, token)| [(*id).into(), (*token).into(), now.into()])
            .all(
                db,
                "SELECT d.id, COALESCE(a.status = 'deleted', FALSE) OR COALESCE(c.status = 'deleted', FALSE),
            d.due_at > rows.now
        FROM rows CROSS JOIN deliveries d LEFT JOIN alerts a ON a.id = d.alert_id
            LEFT JOIN channels c ON c.id = d.channel_id
        WHERE d.id = rows.id AND d.claim_token = rows.token AND d.status = 'sending'",
                |row| {
                    let (id, is_deleted, has_lease) = (row.uuid()?, row.flag()?, row.flag()?);
                    let look = match (is_deleted, has_lease) {
                        (true, _) => LastLook::Deleted,
                        (false, true) => LastLook::Wanted,
                        (false, false) => LastLook::Lost,
                    };
                    Ok((id, look))
                },
            )
            .await?
            .into_iter()
            .collect();
    Ok(claims.iter().map(|(id, _)| held.get(&id.0).copied().unwrap_or(LastLook::Lost)).collect())
}
