//! Logins: families of refresh tokens, of which only hashes are kept.

use bellwether_model::{SessionId, Timestamp, UserId};

/// SHA-256 of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// What became of a refresh token that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It was the newest of its family, and the next one now is.
    Rotated {
        /// Whose login it is.
        user: UserId,
        /// Which login.
        session: SessionId,
    },
    /// It had been used before: the whole family is now revoked.
    Reused {
        /// Whose login it was.
        user: UserId,
        /// Which login.
        session: SessionId,
    },
    /// Unknown, revoked or expired.
    Invalid,
}

/// A login as it begins.
#[derive(Debug, Clone, Copy)]
pub struct NewSession {
    /// Which login.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// Its first refresh token.
    pub token: TokenHash,
    /// When the first token expires.
    pub expires_at: Timestamp,
}
