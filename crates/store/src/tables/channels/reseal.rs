//! Sealing anew where channels lead.

use bellwether_model::ChannelId;
use uuid::Uuid;

use crate::channel::Sealed;
use crate::error::StoreError;
use crate::sql::{Db, sql};

pub(super) async fn sealed(
    db: &mut Db<'_>,
    after: Option<ChannelId>,
    limit: u32,
) -> Result<Vec<(ChannelId, Sealed)>, StoreError> {
    sql("SELECT id, target FROM channels WHERE id > $1 AND status <> 'deleted' ORDER BY id LIMIT $2")
        .bind(after.map_or(Uuid::nil(), |after| after.0))
        .bind(limit)
        .all(db, |row| Ok((ChannelId(row.uuid()?), Sealed(row.bytes()?.to_vec()))))
        .await
}

pub(super) async fn reseal(
    db: &mut Db<'_>,
    id: ChannelId,
    from: Sealed,
    to: Sealed,
) -> Result<bool, StoreError> {
    let resealed =
        sql("UPDATE channels SET target = $3 WHERE id = $1 AND target = $2 AND status <> 'deleted'")
            .bind(id)
            .bind(from.0)
            .bind(to.0)
            .run(db)
            .await?;
    Ok(resealed > 0)
}
