//! Logins.

use bellwether_model::{SessionId, Span, Timestamp, UserId};

use crate::error::StoreError;
use crate::session::{NewSession, Rotation, TokenHash};
use crate::sql::{Db, sql, sql_of};
use crate::store::Store;
use crate::tables::lock_user;

impl Store {
    /// Begins a login. Whether there is such an account: it may have ended since its password was looked at.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open_session(&self, new: NewSession, now: Timestamp) -> Result<bool, StoreError> {
        self.write(move |db| Box::pin(open(db, new, now))).await
    }

    /// Exchanges a refresh token for the next one. A token that was exchanged before gives the whole
    /// login away: it is revoked. Only within `leeway` of its first exchange may it be shown again, for
    /// clients whose answer may be lost or who ask twice at once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn rotate_token(
        &self,
        shown: TokenHash,
        next: TokenHash,
        next_expires_at: Timestamp,
        leeway: Span,
        now: Timestamp,
    ) -> Result<Rotation, StoreError> {
        self.write(move |db| Box::pin(rotate(db, shown, next, next_expires_at, leeway, now))).await
    }

    /// Revokes the login that a token belongs to. Which, where it was in force.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn revoke_session_of(
        &self,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionId>, StoreError> {
        let revoke = sql("UPDATE sessions SET revoked_at = $2 WHERE revoked_at IS NULL
            AND id = (SELECT session_id FROM refresh_tokens WHERE hash = $1) RETURNING id")
        .bind(token.0)
        .bind(now);
        self.write(move |db| {
            Box::pin(async move { revoke.first(db, |row| Ok(SessionId(row.uuid()?))).await })
        })
        .await
    }

    /// Revokes every login of a person; how many were in force.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn revoke_sessions(&self, user: UserId, now: Timestamp) -> Result<u64, StoreError> {
        let revoke = sql("UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL");
        self.write(move |db| Box::pin(async move { revoke.bind(user).bind(now).run(db).await })).await
    }

    /// Whether a login is known and not revoked.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn session_active(&self, session: SessionId) -> Result<bool, StoreError> {
        let count = sql("SELECT COUNT(*) FROM sessions WHERE id = $1 AND revoked_at IS NULL").bind(session);
        let found =
            self.read(move |db| Box::pin(async move { count.one(db, |row| row.int()).await })).await?;
        Ok(found > 0)
    }
}

async fn open(db: &mut Db<'_>, new: NewSession, now: Timestamp) -> Result<bool, StoreError> {
    if !lock_user(db, new.user).await? {
        return Ok(false);
    }
    sql("INSERT INTO sessions (id, user_id, created_at) VALUES ($1, $2, $3)")
        .bind(new.id)
        .bind(new.user)
        .bind(now)
        .run(db)
        .await?;
    add_token(db, new.id, new.token, new.expires_at).await?;
    Ok(true)
}

async fn add_token(
    db: &mut Db<'_>,
    session: SessionId,
    token: TokenHash,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sql("INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($1, $2, $3)")
        .bind(token.0)
        .bind(session)
        .bind(expires_at)
        .run(db)
        .await
        .map(drop)
}

/// A token as it stands in the store.
struct Token {
    session: SessionId,
    user: UserId,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
}

async fn rotate(
    db: &mut Db<'_>,
    shown: TokenHash,
    next: TokenHash,
    next_expires_at: Timestamp,
    leeway: Span,
    now: Timestamp,
) -> Result<Rotation, StoreError> {
    let Some(token) = in_force(db, shown).await? else {
        return Ok(Rotation::Invalid);
    };
    let Token { session, user, .. } = token;
    if token.used_at.is_some_and(|used_at| now >= used_at.saturating_add(leeway)) {
        // Two hold it, and one of them stole it: nobody can tell which, so both must log in again.
        sql("UPDATE sessions SET revoked_at = $2 WHERE id = $1").bind(session).bind(now).run(db).await?;
        return Ok(Rotation::Reused { user, session });
    }
    if token.expires_at <= now {
        return Ok(Rotation::Invalid);
    }
    // The first exchange is what counts, or a token could be kept good by showing it.
    sql("UPDATE refresh_tokens SET used_at = COALESCE(used_at, $2) WHERE hash = $1")
        .bind(shown.0)
        .bind(now)
        .run(db)
        .await?;
    add_token(db, session, next, next_expires_at).await?;
    Ok(Rotation::Rotated { user, session })
}

/// A token of a login that is not revoked. The login stays locked, so that of two exchanges of one token
/// the second sees the first.
async fn in_force(db: &mut Db<'_>, token: TokenHash) -> Result<Option<Token>, StoreError> {
    let lock = db.dialect().locking("s");
    let session = sql_of(format!(
        "SELECT s.id FROM sessions s WHERE s.revoked_at IS NULL
            AND s.id = (SELECT t.session_id FROM refresh_tokens t WHERE t.hash = $1){lock}"
    ))
    .bind(token.0)
    .first(db, |row| row.uuid())
    .await?;
    if session.is_none() {
        return Ok(None);
    }
    sql("SELECT s.id, s.user_id, t.expires_at, t.used_at FROM refresh_tokens t
        JOIN sessions s ON s.id = t.session_id WHERE t.hash = $1")
    .bind(token.0)
    .first(db, |row| {
        Ok(Token {
            session: SessionId(row.uuid()?),
            user: UserId(row.uuid()?),
            expires_at: row.time()?,
            used_at: row.maybe_time()?,
        })
    })
    .await
}
