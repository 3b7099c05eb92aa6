//! Keys of programs.

use bellwether_model::{KeyId, Timestamp, UserId};

use crate::alert::Idempotency;
use crate::error::StoreError;
use crate::key::{Key, KeyCreation, KeyHash, NewKey, Scope};
use crate::page::{Listed, Page};
use crate::sql::{Cells, Conditions, Db, sql, sql_of};
use crate::store::Store;
use crate::tables::{lock_user, requests};

impl Store {
    /// Makes a key. A user has at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_key(
        &self,
        new: NewKey,
        limit: u64,
        now: Timestamp,
    ) -> Result<KeyCreation, StoreError> {
        self.write(move |db| Box::pin(create(db, new, limit, now))).await
    }

    /// What a request for a key under this key of its own did before, if it was within a day.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn key_made_before(
        &self,
        user: UserId,
        asked: &Idempotency,
        now: Timestamp,
    ) -> Result<Option<KeyCreation>, StoreError> {
        let asked = asked.clone();
        self.read(move |db| Box::pin(async move { repeated(db, user, &asked, now).await })).await
    }

    /// A user's keys, the newest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn list_keys(&self, user: UserId, page: Page) -> Result<Listed<Key>, StoreError> {
        self.read(move |db| Box::pin(list(db, user, page))).await
    }

    /// Deletes a user's key; whether there was one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delete_key(&self, user: UserId, id: KeyId) -> Result<bool, StoreError> {
        let delete = sql("DELETE FROM api_keys WHERE id = $1 AND user_id = $2").bind(id).bind(user);
        Ok(self.write(move |db| Box::pin(async move { delete.run(db).await })).await? > 0)
    }

    /// Whether a user has this key, and neither its time nor the account is over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn key_in_force(&self, user: UserId, id: KeyId, now: Timestamp) -> Result<bool, StoreError> {
        let count = sql("SELECT COUNT(*) FROM api_keys
            WHERE id = $1 AND user_id = $2 AND (expires_at IS NULL OR expires_at > $3)
                AND EXISTS (SELECT 1 FROM users u WHERE u.id = api_keys.user_id AND u.deleted_at IS NULL)")
        .bind(id)
        .bind(user)
        .bind(now);
        self.read(move |db| Box::pin(async move { count.one(db, |row| Ok(row.int()? > 0)).await })).await
    }

    /// The key with this hash, unless its time or its account is over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn key(&self, hash: KeyHash, now: Timestamp) -> Result<Option<Key>, StoreError> {
        let select = sql_of(format!(
            "SELECT {COLUMNS} FROM api_keys WHERE hash = $1
                AND EXISTS (SELECT 1 FROM users u WHERE u.id = api_keys.user_id AND u.deleted_at IS NULL)"
        ))
        .bind(hash.0.to_vec());
        let key = self.read(move |db| Box::pin(async move { select.first(db, read_key).await })).await?;
        Ok(key.filter(|key| key.expires_at.is_none_or(|expires_at| now < expires_at)))
    }

    /// Notes that a key was used.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn key_used(&self, id: KeyId, now: Timestamp) -> Result<(), StoreError> {
        let note = sql("UPDATE api_keys SET last_used_at = $2 WHERE id = $1").bind(id).bind(now);
        self.write(move |db| Box::pin(async move { note.run(db).await.map(drop) })).await
    }
}

const COLUMNS: &str = "id, user_id, name, scopes, expires_at, created_at, last_used_at";

fn read_key(row: &mut Cells<'_>) -> Result<Key, StoreError> {
    Ok(Key {
        id: KeyId(row.uuid()?),
        user: UserId(row.uuid()?),
        name: row.text()?.to_owned(),
        scopes: scopes(row.text()?)?,
        expires_at: row.maybe_time()?,
        created_at: row.time()?,
        last_used_at: row.maybe_time()?,
    })
}

fn scopes(words: &str) -> Result<Vec<Scope>, StoreError> {
    let corrupt = |_| StoreError::Corrupt { what: "a key's scopes".into() };
    words.split_whitespace().map(|word| word.parse().map_err(corrupt)).collect()
}

async fn create(db: &mut Db<'_>, new: NewKey, limit: u64, now: Timestamp) -> Result<KeyCreation, StoreError> {
    if !lock_user(db, new.user).await? {
        return Ok(KeyCreation::NoUser);
    }
    if let Some(asked) = &new.idempotency
        && let Some(before) = repeated(db, new.user, asked, now).await?
    {
        return Ok(before);
    }
    let count = sql("SELECT COUNT(*) FROM api_keys WHERE user_id = $1").bind(new.user);
    if count.one(db, |row| row.count()).await? >= limit {
        return Ok(KeyCreation::LimitReached);
    }
    let words: Vec<&str> = new.scopes.iter().map(|scope| scope.name()).collect();
    sql("INSERT INTO api_keys (id, user_id, name, hash, scopes, expires_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(new.id)
    .bind(new.user)
    .bind(new.name.as_str())
    .bind(new.hash.0.to_vec())
    .bind(words.join(" ").as_str())
    .bind(new.expires_at)
    .bind(now)
    .run(db)
    .await?;
    let NewKey { id, user, name, scopes, expires_at, idempotency, hash: _ } = new;
    if let Some(asked) = idempotency {
        requests::keep(db, user, asked, id.0, now).await?;
    }
    let key = Key { id, user, name, scopes, expires_at, created_at: now, last_used_at: None };
    Ok(KeyCreation::Created(key))
}

/// What a key of a request that was used within its life decides.
async fn repeated(
    db: &mut Db<'_>,
    user: UserId,
    asked: &Idempotency,
    now: Timestamp,
) -> Result<Option<KeyCreation>, StoreError> {
    let Some(before) = requests::before(db, user, asked, now).await? else { return Ok(None) };
    let select = sql_of(format!("SELECT {COLUMNS}, hash FROM api_keys WHERE id = $1 AND user_id = $2"))
        .bind(before.made)
        .bind(user);
    let made = select
        .first(db, |row| {
            let key = read_key(row)?;
            let hash = row.bytes()?.try_into();
            let hash = hash.map_err(|_| StoreError::Corrupt { what: "a key's hash".into() })?;
            Ok(KeyCreation::Repeated(key, KeyHash(hash)))
        })
        .await?;
    Ok(Some(made.filter(|_| before.same).unwrap_or(KeyCreation::KeyConflict)))
}

async fn list(db: &mut Db<'_>, user: UserId, page: Page) -> Result<Listed<Key>, StoreError> {
    let mut wanted = Conditions::new();
    wanted.equal("user_id", user);
    let total = wanted.count(db, "api_keys").await?;
    let select = wanted.select(&format!("SELECT {COLUMNS} FROM api_keys"), "ORDER BY id DESC");
    Ok(Listed { items: select.page(page).all(db, read_key).await?, total })
}
