//! Channels, from their rows.

use bellwether_model::{ChannelId, UserId};

use crate::channel::{Sealed, UserChannel};
use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::sql::{Cells, Conditions, Db, Rows};

pub(super) const COLUMNS: &str = "id, user_id, kind, name, status, reason, target, version, failures,
    last_delivered_at, created_at, updated_at";

pub(super) fn read_channel(row: &mut Cells<'_>) -> Result<UserChannel, StoreError> {
    Ok(UserChannel {
        id: ChannelId(row.uuid()?),
        user: UserId(row.uuid()?),
        kind: row.parsed("a channel's kind")?,
        name: row.text()?.to_owned(),
        status: row.parsed("a channel's status")?,
        reason: row.maybe_text()?.map(str::to_owned),
        target: Sealed(row.bytes()?.to_vec()),
        version: row.count()?,
        failures: row.count()?,
        last_delivered_at: row.maybe_time()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    })
}

pub(super) async fn load(
    db: &mut Db<'_>,
    user: UserId,
    id: ChannelId,
) -> Result<Option<UserChannel>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("id", id);
    wanted.equal("user_id", user);
    wanted.and("status <> 'deleted'");
    wanted.select(&format!("SELECT {COLUMNS} FROM channels"), "").first(db, read_channel).await
}

pub(super) async fn list(
    db: &mut Db<'_>,
    user: UserId,
    page: Page,
) -> Result<Listed<UserChannel>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("user_id", user);
    wanted.and("status <> 'deleted'");
    let total = wanted.count(db, "channels").await?;
    let select = wanted.select(&format!("SELECT {COLUMNS} FROM channels"), "ORDER BY id DESC");
    let items = select.page(page).all(db, read_channel).await?;
    Ok(Listed { items, total })
}

pub(super) async fn own(
    db: &mut Db<'_>,
    user: UserId,
    ids: Vec<ChannelId>,
    deleted: bool,
) -> Result<Vec<ChannelId>, StoreError> {
    let which = if deleted { "=" } else { "<>" };
    Rows::of(["id", "user_id"], ids, |id| [id.into(), user.into()])
        .all(
            db,
            &format!(
                "SELECT c.id FROM rows CROSS JOIN channels c
                WHERE c.id = rows.id AND c.user_id = rows.user_id AND c.status {which} 'deleted'"
            ),
            |row| row.uuid().map(ChannelId),
        )
        .await
}
