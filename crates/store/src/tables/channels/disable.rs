//! Switching a channel off because its receiver said so.

use bellwether_model::{ChannelId, DeliveryId, Timestamp, UserId};

use crate::channel::Sealed;
use crate::delivery::Notice;
use crate::error::StoreError;
use crate::sql::{Db, json, sql, sql_of};
use crate::tables::deliveries::fallback;
use crate::tables::lock_in_order;

/// Which channel is switched off, why, and how its owner is told.
pub(super) struct Wish {
    pub(super) id: ChannelId,
    /// Where it led when its receiver said so.
    pub(super) target: Sealed,
    pub(super) reason: String,
    pub(super) notice: DeliveryId,
    pub(super) hold: bool,
    pub(super) now: Timestamp,
}

pub(super) async fn disable(db: &mut Db<'_>, wish: Wish) -> Result<bool, StoreError> {
    let Some((owner, verified)) = owner(db, wish.id).await? else { return Ok(false) };
    let reason = wish.reason.replace('\0', "");
    // Two attempts that come back at once, and one that went to where the channel led before, change nothing.
    let notice = sql("UPDATE channels SET status = 'disabled', reason = $3, version = version + 1,
            updated_at = $4
        WHERE id = $1 AND target = $2 AND status IN ('active', 'unverified') RETURNING kind, name")
    .bind(wish.id)
    .bind(wish.target.0)
    .bind(reason.as_str())
    .bind(wish.now)
    .first(db, |row| {
        let kind = row.parsed("a channel's kind")?;
        Ok(Notice::ChannelDisabled { kind, name: row.text()?.to_owned(), reason: reason.clone() })
    })
    .await?;
    let Some(notice) = notice else { return Ok(false) };
    lock_in_order(db, "deliveries", "channel_id", wish.id.0).await?;
    let buried = sql("UPDATE deliveries SET status = 'dead', ready_at = NULL, due_at = NULL, last_error = $2
        WHERE channel_id = $1 AND status IN ('held', 'pending') RETURNING id")
    .bind(wish.id)
    .bind(dead_letter(&reason))
    .all(db, |row| row.uuid().map(DeliveryId))
    .await?;
    fallback::move_to_mail(db, buried, wish.hold, wish.now).await?;
    let held = wish.hold && !verified;
    sql("INSERT INTO deliveries (id, user_id, channel, lane, status, due_at, notice, created_at)
        VALUES ($1, $2, 'email', 'urgent', $3, $4, $5, $6)")
    .bind(wish.notice)
    .bind(owner)
    .bind(if held { "held" } else { "pending" })
    .bind((!held).then_some(wish.now))
    .bind(json::write(&notice)?)
    .bind(wish.now)
    .run(db)
    .await?;
    Ok(true)
}

/// What a delivery over a disabled channel says of itself.
pub(crate) fn dead_letter(reason: &str) -> String {
    format!("the channel is disabled: {reason}")
}

/// Whose channel it is, and whether their own address is verified, which stays so until the end.
async fn owner(db: &mut Db<'_>, id: ChannelId) -> Result<Option<(UserId, bool)>, StoreError> {
    let lock = db.dialect().locking_shared("u");
    sql_of(format!(
        "SELECT u.id, u.verified FROM users u
        WHERE u.deleted_at IS NULL AND u.id IN (SELECT c.user_id FROM channels c WHERE c.id = $1){lock}"
    ))
    .bind(id)
    .first(db, |row| Ok((UserId(row.uuid()?), row.flag()?)))
    .await
}
