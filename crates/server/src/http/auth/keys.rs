//! Keys of programs, without asking the store at every request.

use std::sync::atomic::{AtomicU64, Ordering};

use bellwether_model::{KeyId, Timestamp, UserId};
use bellwether_store::key::{KeyHash, Scope};
use bellwether_store::{Store, StoreError};
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::tokens::new_secret;

/// What a key begins with, so that one that leaked can be found and told from other secrets.
pub(in crate::http) const PREFIX: &str = "bw_";
/// How long what the store said of a key is believed: ten seconds, as of a login.
const BELIEVED_FOR_US: i64 = 10_000_000;
/// How exactly its last use is kept.
const USE_NOTED_EVERY_US: i64 = 60_000_000;
/// Keys that are remembered; of others the store is asked each time.
const KEYS: usize = 16_384;

/// What is known of a key.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: KeyId,
    pub(super) user: UserId,
    pub(super) scopes: Vec<Scope>,
    expires_at: Option<Timestamp>,
    asked_at: Timestamp,
}

/// What the store said of keys.
pub(in crate::http) struct Keys {
    known: Cache<KeyHash, Known>,
    /// How often something was forgotten: what the store said before that is not believed after it.
    forgotten: AtomicU64,
}

impl Default for Keys {
    fn default() -> Self {
        Self { known: Cache::new(KEYS), forgotten: AtomicU64::new(0) }
    }
}

impl Keys {
    /// The key that a request shows, where it is in force.
    pub(super) async fn find(
        &self,
        store: &Store,
        shown: &str,
        now: Timestamp,
    ) -> Result<Option<Known>, StoreError> {
        let hash = hash_of_key(shown);
        let fresh = |known: &Known| (0..BELIEVED_FOR_US).contains(&now.micros_since(known.asked_at));
        let in_time = |known: &Known| known.expires_at.is_none_or(|expires_at| now < expires_at);
        if let Some(known) = self.known.get(&hash).filter(fresh).filter(in_time) {
            return Ok(Some(known));
        }
        let before = self.forgotten.load(Ordering::SeqCst);
        let Some(key) = store.key(hash, now).await? else {
            self.known.remove(&hash);
            return Ok(None);
        };
        if key.last_used_at.is_none_or(|used_at| now.micros_since(used_at) >= USE_NOTED_EVERY_US) {
            store.key_used(key.id, now).await?;
        }
        let known = Known {
            id: key.id,
            user: key.user,
            scopes: key.scopes,
            expires_at: key.expires_at,
            asked_at: now,
        };
        self.known.insert(hash, known.clone());
        if self.forgotten.load(Ordering::SeqCst) != before {
            self.known.remove(&hash);
        }
        Ok(Some(known))
    }

    /// A key was deleted here: believe nothing of it any more.
    pub(in crate::http) fn forget(&self, id: KeyId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.retain(|_, known| known.id != id);
    }

    /// Keys of a user were deleted with their account.
    pub(in crate::http) fn forget_user(&self, user: UserId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.retain(|_, known| known.user != user);
    }
}

/// A new key, and the hash that the store keeps of it.
pub(in crate::http) fn new_key() -> (String, KeyHash) {
    key_of(&new_secret())
}

/// A key of this secret, and the hash that the store keeps of it.
pub(in crate::http) fn key_of(secret: &str) -> (String, KeyHash) {
    let key = format!("{PREFIX}{secret}");
    let hash = hash_of_key(&key);
    (key, hash)
}

fn hash_of_key(key: &str) -> KeyHash {
    KeyHash(Sha256::digest(key.as_bytes()).into())
}
