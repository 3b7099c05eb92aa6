//! Keys that programs show instead of a login. Only their hashes are kept.

use bellwether_model::{KeyId, Timestamp, UserId};

use crate::alert::Idempotency;
use crate::words::words;

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Reading everything of its user's.
    Read,
    /// Making, changing and deleting alerts and channels.
    Write,
    /// Handing in ticks.
    Ticks,
}

words! {
    Scope {
        Read = "read",
        Write = "write",
        Ticks = "ticks",
    }
}

/// SHA-256 of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

/// A key as it is made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Which.
    pub id: KeyId,
    /// Whose.
    pub user: UserId,
    /// What its user calls it.
    pub name: String,
    /// Its hash.
    pub hash: KeyHash,
    /// What it may be used for, each once.
    pub scopes: Vec<Scope>,
    /// From when on it is of no use.
    pub expires_at: Option<Timestamp>,
    /// The key of the request, where it had one.
    pub idempotency: Option<Idempotency>,
}

/// A key that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Which.
    pub id: KeyId,
    /// Whose.
    pub user: UserId,
    /// What its user calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// From when on it is of no use.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub last_used_at: Option<Timestamp>,
}

/// What became of a wish to make a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCreation {
    /// It is there.
    Created(Key),
    /// The same request had made it before; the key as it is now, and its hash.
    Repeated(Key, KeyHash),
    /// The key of the request was used for another one, or for a key that is deleted since.
    KeyConflict,
    /// The user has as many keys as allowed.
    LimitReached,
    /// There is no such user, or no longer.
    NoUser,
}
