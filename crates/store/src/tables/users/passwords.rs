//! Forgotten passwords: links that replace them, each once. Only hashes of the links are kept.

use bellwether_model::{DeliveryId, Timestamp, UserId};

use crate::delivery::Notice;
use crate::error::StoreError;
use crate::sql::{Db, json, sql, sql_of};
use crate::store::Store;
use crate::user::PasswordLinkHash;

impl Store {
    /// Queues the mail with a link that replaces the password of the account with this address, and keeps the
    /// hash of the link. It goes out although the address is not verified. Whether there is such an account.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queue_password_link(
        &self,
        email: &str,
        delivery: DeliveryId,
        link: PasswordLinkHash,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let email = email.to_lowercase();
        let queued =
            self.write(move |db| Box::pin(queue(db, email, delivery, link, expires_at, now))).await?;
        if queued {
            self.wake().deliveries();
        }
        Ok(queued)
    }

    /// Whose password a link would replace now; `None` where it is unknown, used or expired.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn password_link(
        &self,
        link: PasswordLinkHash,
        now: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        self.read(move |db| Box::pin(owner(db, link, now))).await
    }

    /// Replaces the password of a link's owner, in one transaction with the end of all of their logins and of
    /// every such link of theirs, this one included. Whose it was; `None` where it is of no use any more.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn replace_password(
        &self,
        link: PasswordLinkHash,
        password_hash: String,
        now: Timestamp,
    ) -> Result<Option<UserId>, StoreError> {
        self.write(move |db| Box::pin(replace(db, link, password_hash, now))).await
    }
}

async fn queue(
    db: &mut Db<'_>,
    email: String,
    delivery: DeliveryId,
    link: PasswordLinkHash,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let lock = db.dialect().locking("u");
    let user = sql_of(format!("SELECT u.id FROM users u WHERE u.email_key = $1{lock}"))
        .bind(email)
        .first(db, |row| row.uuid().map(UserId))
        .await?;
    let Some(user) = user else { return Ok(false) };
    sql("INSERT INTO password_links (hash, user_id, expires_at) VALUES ($1, $2, $3)")
        .bind(link.0)
        .bind(user)
        .bind(expires_at)
        .run(db)
        .await?;
    sql("INSERT INTO deliveries (id, user_id, channel, lane, status, due_at, notice, created_at)
        VALUES ($1, $2, 'email', 'urgent', 'pending', $3, $4, $3)")
    .bind(delivery)
    .bind(user)
    .bind(now)
    .bind(json::write(&Notice::PasswordLink)?)
    .run(db)
    .await?;
    Ok(true)
}

async fn owner(
    db: &mut Db<'_>,
    link: PasswordLinkHash,
    now: Timestamp,
) -> Result<Option<UserId>, StoreError> {
    sql("SELECT user_id FROM password_links WHERE hash = $1 AND expires_at > $2")
        .bind(link.0)
        .bind(now)
        .first(db, |row| row.uuid().map(UserId))
        .await
}

async fn replace(
    db: &mut Db<'_>,
    link: PasswordLinkHash,
    password_hash: String,
    now: Timestamp,
) -> Result<Option<UserId>, StoreError> {
    let Some(user) = owner(db, link, now).await? else { return Ok(None) };
    // The user's row first, as everywhere; of two who come with one link the second waits here, and then finds
    // that the link is gone.
    let lock = db.dialect().locking("u");
    sql_of(format!("SELECT u.id FROM users u WHERE u.id = $1{lock}"))
        .bind(user)
        .first(db, |row| row.uuid())
        .await?;
    if owner(db, link, now).await?.is_none() {
        return Ok(None);
    }
    sql("UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1")
        .bind(user)
        .bind(password_hash)
        .bind(now)
        .run(db)
        .await?;
    sql("DELETE FROM password_links WHERE user_id = $1").bind(user).run(db).await?;
    sql("UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL")
        .bind(user)
        .bind(now)
        .run(db)
        .await?;
    Ok(Some(user))
}
