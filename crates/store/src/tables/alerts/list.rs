//! Pages of a user's alerts.

use bellwether_model::UserId;

use super::read;
use crate::alert::{Alert, AlertFilter};
use crate::error::StoreError;
use crate::page::{Listed, Page};
use crate::sql::{Conditions, Db, Value, sql};

pub(super) async fn list(
    db: &mut Db<'_>,
    user: UserId,
    filter: AlertFilter,
    page: Page,
) -> Result<Listed<Alert>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("user_id", user);
    if filter.statuses.is_empty() {
        wanted.and("status <> 'deleted'");
    }
    wanted.any_of("status", filter.statuses.iter().map(|status| status.name().into()));
    wanted.any_of("kind", filter.kinds.iter().map(|kind| kind.name().into()));
    wanted.any_of("instrument", filter.instruments.iter().map(Value::from));
    if let Some(text) = &filter.text {
        wanted.contains(db.dialect(), "search_text", text);
    }
    let total = if filter == AlertFilter::default() {
        kept(db, user).await?
    } else {
        wanted.count(db, "alerts").await?
    };
    // Ids of version 7 sort by the time of their making.
    let items = read::select(db, &wanted, "ORDER BY id DESC", |all| all.page(page)).await?;
    Ok(Listed { items, total })
}

/// How many alerts a user has that are not deleted: counted as they come and go, since the page that
/// everybody opens asks for it.
async fn kept(db: &mut Db<'_>, user: UserId) -> Result<u64, StoreError> {
    let count = sql("SELECT alerts FROM users WHERE id = $1").bind(user);
    Ok(count.first(db, |row| row.count()).await?.unwrap_or(0))
}
