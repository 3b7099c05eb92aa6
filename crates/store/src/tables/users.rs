//! People with accounts.

mod erase;
mod passwords;
mod roles;

use bellwether_model::{DeliveryId, Timestamp, UserId};

use crate::alert::Idempotency;
use crate::error::StoreError;
use crate::sql::{Cells, Db, sql, sql_of};
use crate::store::Store;
use crate::tables::{lock_in_order, requests};
use crate::user::{NewUser, QuietHours, Taken, User, UserChange};

impl Store {
    /// Notes that a link of this hash is used now. Whether it was not used before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn use_link(&self, hash: [u8; 32], now: Timestamp) -> Result<bool, StoreError> {
        let note = sql("INSERT INTO used_links (hash, used_at) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        let note = note.bind(hash).bind(now);
        self.write(move |db| Box::pin(async move { Ok(note.run(db).await? > 0) })).await
    }

    /// Signs a person up, unless the address or the name is taken.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_user(&self, new: NewUser, now: Timestamp) -> Result<Result<User, Taken>, StoreError> {
        self.write(move |db| Box::pin(create(db, new, now))).await
    }

    /// Signs a person up as [`Store::create_user`] does, and keeps in the same transaction under which key of theirs
    /// they asked for it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn create_user_once(
        &self,
        new: NewUser,
        asked: Idempotency,
        now: Timestamp,
    ) -> Result<Result<User, Taken>, StoreError> {
        self.write(move |db| {
            Box::pin(async move {
                let created = create(db, new, now).await?;
                if let Ok(user) = &created {
                    requests::keep(db, user.id, asked, user.id.0, now).await?;
                }
                Ok(created)
            })
        })
        .await
    }

    /// A person; `None` for unknown and deleted ones.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |db| Box::pin(load(db, id))).await
    }

    /// The person with this address or name to log in with, and the hash of their password.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn credentials(&self, login: &str) -> Result<Option<(User, String)>, StoreError> {
        let login = login.to_lowercase();
        self.read(move |db| Box::pin(credentials(db, login))).await
    }

    /// Changes an account; `None` where there is none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn change_user(
        &self,
        id: UserId,
        change: UserChange,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        self.write(move |db| Box::pin(change_fields(db, id, change, now))).await
    }

    /// Marks the address as verified if it is still this one (without regard to case), and releases what
    /// was held for it in the same transaction. Whether the address is verified now.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn verify_user(&self, id: UserId, email: &str, now: Timestamp) -> Result<bool, StoreError> {
        let email = email.to_lowercase();
        let verified = self.write(move |db| Box::pin(verify(db, id, email, now))).await?;
        if verified {
            self.wake().deliveries();
        }
        Ok(verified)
    }

    /// Gives an account another address, which is known to be its owner's, and releases what was held. Whether there
    /// is such an account, and nobody else has the address.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn readdress_user(
        &self,
        id: UserId,
        email: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = self.write(move |db| Box::pin(readdress(db, id, email, now))).await?;
        if done {
            self.wake().deliveries();
        }
        Ok(done)
    }

    /// Deletes an account: its alerts are deleted, what is owed to it is never sent, its logins are
    /// revoked, its personal data (address, names, notes, the ledger of its fires and deliveries) is
    /// removed, and the address is free again. Whether there was one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn delete_user(&self, id: UserId, now: Timestamp) -> Result<bool, StoreError> {
        let deleted = self.write(move |db| Box::pin(erase::delete(db, id, now))).await?;
        if deleted {
            self.wake().alerts();
        }
        Ok(deleted)
    }

    /// Queues the mail that asks a person to show that the address is theirs; it goes out although the
    /// address is not verified. Whether there is such an account.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn queue_verification(
        &self,
        user: UserId,
        delivery: DeliveryId,
        token: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let queued = self.write(move |db| Box::pin(queue_check(db, user, delivery, token, now))).await?;
        if queued {
            self.wake().deliveries();
        }
        Ok(queued)
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn count_users(&self) -> Result<u64, StoreError> {
        let count = sql("SELECT COUNT(*) FROM users WHERE deleted_at IS NULL");
        self.read(|db| Box::pin(async move { count.one(db, |row| row.count()).await })).await
    }
}

const COLUMNS: &str =
    "id, email, username, verified, email_problem, time_zone, quiet_from, quiet_to, created_at, role";

fn read_user(row: &mut Cells<'_>) -> Result<User, StoreError> {
    Ok(User {
        id: UserId(row.uuid()?),
        email: row.text()?.to_owned(),
        username: row.maybe_text()?.map(str::to_owned),
        verified: row.flag()?,
        email_problem: row.maybe_text()?.map(str::to_owned),
        time_zone: row.text()?.to_owned(),
        quiet: read_quiet(row)?,
        created_at: row.time()?,
        role: row.parsed("a role")?,
    })
}

/// Two cells: the minutes at which quiet hours begin and end.
pub(crate) fn read_quiet(row: &mut Cells<'_>) -> Result<Option<QuietHours>, StoreError> {
    let minute = |minute: i64| {
        u16::try_from(minute).map_err(|_| StoreError::Corrupt { what: "a minute of the day".into() })
    };
    match (row.maybe_int()?, row.maybe_int()?) {
        (Some(from), Some(to)) => Ok(Some(QuietHours { from: minute(from)?, to: minute(to)? })),
        _ => Ok(None),
    }
}

async fn create(db: &mut Db<'_>, new: NewUser, now: Timestamp) -> Result<Result<User, Taken>, StoreError> {
    let email_key = new.email.to_lowercase();
    let username_key = new.username.as_ref().map(|name| name.to_lowercase());
    let created = sql("INSERT INTO users (id, email, email_key, username, username_key, password_hash,
            verified, time_zone, created_at, updated_at, role)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10) ON CONFLICT DO NOTHING")
    .bind(new.id)
    .bind(new.email.as_str())
    .bind(email_key.as_str())
    .bind(new.username.clone())
    .bind(username_key)
    .bind(new.password_hash)
    .bind(new.verified)
    .bind(new.time_zone.as_str())
    .bind(now)
    .bind(new.role.name())
    .run(db)
    .await?;
    if created == 0 {
        let same_address = sql("SELECT COUNT(*) FROM users WHERE email_key = $1")
            .bind(email_key)
            .one(db, |row| row.int())
            .await?;
        return Ok(Err(if same_address > 0 { Taken::Email } else { Taken::Username }));
    }
    Ok(Ok(User {
        id: new.id,
        email: new.email,
        username: new.username,
        verified: new.verified,
        email_problem: None,
        time_zone: new.time_zone,
        quiet: None,
        created_at: now,
        role: new.role,
    }))
}

async fn load(db: &mut Db<'_>, id: UserId) -> Result<Option<User>, StoreError> {
    sql_of(format!("SELECT {COLUMNS} FROM users WHERE id = $1 AND deleted_at IS NULL"))
        .bind(id)
        .first(db, read_user)
        .await
}

/// Where one person's name is another's address, the address goes first.
async fn credentials(db: &mut Db<'_>, login: String) -> Result<Option<(User, String)>, StoreError> {
    sql_of(format!(
        "SELECT {COLUMNS}, password_hash FROM users WHERE email_key = $1
        UNION ALL SELECT {COLUMNS}, password_hash FROM users WHERE username_key = $1"
    ))
    .bind(login)
    .first(db, |row| Ok((read_user(row)?, row.text()?.to_owned())))
    .await
}

async fn change_fields(
    db: &mut Db<'_>,
    id: UserId,
    change: UserChange,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    let changes_quiet = change.quiet.is_some();
    let changes_password = change.password_hash.is_some();
    let quiet = change.quiet.flatten();
    let changed = sql_of(format!(
        "UPDATE users SET time_zone = COALESCE($2, time_zone), password_hash = COALESCE($3, password_hash),
            updated_at = $4, quiet_from = CASE WHEN $5 THEN $6 ELSE quiet_from END,
            quiet_to = CASE WHEN $5 THEN $7 ELSE quiet_to END
        WHERE id = $1 AND deleted_at IS NULL RETURNING {COLUMNS}"
    ))
    .bind(id)
    .bind(change.time_zone)
    .bind(change.password_hash)
    .bind(now)
    .bind(changes_quiet)
    .bind(quiet.map(|quiet| u64::from(quiet.from)))
    .bind(quiet.map(|quiet| u64::from(quiet.to)))
    .first(db, read_user)
    .await?;
    if changes_password && changed.is_some() {
        // Whoever has a link from before must not undo it.
        sql("DELETE FROM password_links WHERE user_id = $1").bind(id).run(db).await?;
    }
    if changes_quiet && changed.is_some() {
        lock_in_order(db, "deliveries", "user_id", id.0).await?;
        sql("UPDATE deliveries SET due_at = $2
            WHERE user_id = $1 AND status = 'pending' AND deferred = 'quiet_hours' AND ready_at IS NULL")
        .bind(id)
        .bind(now)
        .run(db)
        .await?;
    }
    Ok(changed)
}

async fn readdress(db: &mut Db<'_>, id: UserId, email: String, now: Timestamp) -> Result<bool, StoreError> {
    let key = email.to_lowercase();
    let readdressed = sql("UPDATE users SET email = $2, email_key = $3 WHERE id = $1 AND deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM users o WHERE o.email_key = $3 AND o.id <> $1)")
    .bind(id)
    .bind(email)
    .bind(key.clone())
    .run(db)
    .await?;
    if readdressed == 0 { Ok(false) } else { verify(db, id, key, now).await }
}

async fn verify(db: &mut Db<'_>, id: UserId, email: String, now: Timestamp) -> Result<bool, StoreError> {
    let verified = sql("UPDATE users SET verified = TRUE, email_problem = NULL, updated_at = $3
        WHERE id = $1 AND email_key = $2")
    .bind(id)
    .bind(email)
    .bind(now)
    .run(db)
    .await?;
    if verified > 0 {
        lock_in_order(db, "deliveries", "user_id", id.0).await?;
        sql("UPDATE deliveries SET status = 'pending', due_at = $2
            WHERE user_id = $1 AND status = 'held' AND channel_id IS NULL")
        .bind(id)
        .bind(now)
        .run(db)
        .await?;
    }
    Ok(verified > 0)
}

async fn queue_check(
    db: &mut Db<'_>,
    user: UserId,
    delivery: DeliveryId,
    token: String,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let queued =
        sql("INSERT INTO deliveries (id, user_id, channel, lane, status, due_at, secret, created_at)
        SELECT $1, id, 'email', 'urgent', 'pending', $3, $4, $3 FROM users
        WHERE id = $2 AND deleted_at IS NULL")
        .bind(delivery)
        .bind(user)
        .bind(now)
        .bind(token)
        .run(db)
        .await?;
    Ok(queued > 0)
}
