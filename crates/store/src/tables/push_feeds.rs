//! Feeds of ticks that users push.

use std::collections::HashSet;

use bellwether_model::{Timestamp, UserId};

use crate::error::StoreError;
use crate::push_feed::{Claim, PushFeed};
use crate::sql::{Cells, Db, sql, sql_of};
use crate::store::Store;
use crate::tables::lock_user;

const COLUMNS: &str = "name, user_id, published, created_at";

impl Store {
    /// Makes a feed the user's where it is nobody's and the user has fewer than `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn claim_feed(
        &self,
        user: UserId,
        name: &str,
        limit: u32,
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let name = name.to_owned();
        self.write(move |db| Box::pin(claim(db, user, name, limit, now))).await
    }

    /// A feed, whoever's it is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn feed(&self, name: &str) -> Result<Option<PushFeed>, StoreError> {
        let name = name.to_owned();
        self.read(move |db| Box::pin(load(db, name))).await
    }

    /// A user's feeds, by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn feeds_of(&self, user: UserId) -> Result<Vec<PushFeed>, StoreError> {
        let of =
            sql_of(format!("SELECT {COLUMNS} FROM push_feeds WHERE user_id = $1 ORDER BY name")).bind(user);
        self.read(move |db| Box::pin(async move { of.all(db, read).await })).await
    }

    /// The names of the feeds that a user may watch: their own, and those that are published.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn feeds_seen_by(&self, user: UserId) -> Result<HashSet<String>, StoreError> {
        let names = sql("SELECT name FROM push_feeds WHERE published OR user_id = $1").bind(user);
        let names = self
            .read(move |db| Box::pin(async move { names.all(db, |row| Ok(row.text()?.to_owned())).await }));
        Ok(names.await?.into_iter().collect())
    }

    /// Lets others watch a user's feed, or no longer; the feed as it is then, `None` where the user has none of
    /// that name. Alerts that others have on it stay.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn publish_feed(
        &self,
        user: UserId,
        name: &str,
        published: bool,
    ) -> Result<Option<PushFeed>, StoreError> {
        let change = sql_of(format!(
            "UPDATE push_feeds SET published = $1 WHERE name = $2 AND user_id = $3 RETURNING {COLUMNS}"
        ))
        .bind(published)
        .bind(name)
        .bind(user);
        self.write(move |db| Box::pin(async move { change.first(db, read).await })).await
    }

    /// How many instruments of a feed are known.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn feed_instruments(&self, name: &str) -> Result<u64, StoreError> {
        // Of pushed instruments the feed stands in the place of what they are priced in.
        let count = sql("SELECT COUNT(*) FROM instruments WHERE venue = 'push' AND quote = $1").bind(name);
        self.read(move |db| Box::pin(async move { count.one(db, |row| row.count()).await })).await
    }
}

fn read(row: &mut Cells<'_>) -> Result<PushFeed, StoreError> {
    Ok(PushFeed {
        name: row.text()?.to_owned(),
        owner: UserId(row.uuid()?),
        published: row.flag()?,
        created_at: row.time()?,
    })
}

async fn load(db: &mut Db<'_>, name: String) -> Result<Option<PushFeed>, StoreError> {
    sql_of(format!("SELECT {COLUMNS} FROM push_feeds WHERE name = $1")).bind(name).first(db, read).await
}

async fn claim(
    db: &mut Db<'_>,
    user: UserId,
    name: String,
    limit: u32,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    if let Some(known) = load(db, name.clone()).await? {
        return Ok(if known.owner == user { Claim::Own } else { Claim::Taken });
    }
    // The user's row keeps two claims of one user apart.
    if !lock_user(db, user).await? {
        return Ok(Claim::NoUser);
    }
    let own = sql("SELECT COUNT(*) FROM push_feeds WHERE user_id = $1").bind(user);
    if own.one(db, |row| row.count()).await? >= u64::from(limit) {
        return Ok(Claim::TooMany);
    }
    sql("INSERT INTO push_feeds (name, user_id, published, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (name) DO NOTHING")
    .bind(name.as_str())
    .bind(user)
    .bind(false)
    .bind(now)
    .run(db)
    .await?;
    // Another may have been quicker.
    let claimed = load(db, name).await?;
    Ok(if claimed.is_some_and(|feed| feed.owner == user) { Claim::Own } else { Claim::Taken })
}
