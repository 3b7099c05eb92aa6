//! Whether a login is still in force, without asking the store at every request.
//!
//! An access token is good until it expires, but a login may be revoked before. What the store said of a
//! login is believed for a few seconds, so a revocation takes effect at once in the process that made it
//! and within [`BELIEVED_FOR_US`] in every other.

use std::sync::atomic::{AtomicU64, Ordering};

use bellwether_model::{SessionId, Timestamp};
use bellwether_store::{Store, StoreError};
use quick_cache::sync::Cache;

/// How long what the store said is believed: ten seconds.
const BELIEVED_FOR_US: i64 = 10_000_000;
/// Logins that are remembered; of others the store is asked each time.
const SESSIONS: usize = 65_536;

/// What the store said of logins.
pub(in crate::http) struct Sessions {
    known: Cache<SessionId, Timestamp>,
    /// How often something was forgotten: what the store said before that is not believed after it.
    forgotten: AtomicU64,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { known: Cache::new(SESSIONS), forgotten: AtomicU64::new(0) }
    }
}

impl Sessions {
    /// Whether a login is in force.
    pub(in crate::http) async fn is_active(
        &self,
        store: &Store,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let asked_at = self.known.get(&session);
        let fresh = |asked_at: Timestamp| (0..BELIEVED_FOR_US).contains(&now.micros_since(asked_at));
        if asked_at.is_some_and(fresh) {
            return Ok(true);
        }
        let before = self.forgotten.load(Ordering::SeqCst);
        let active = store.session_active(session).await?;
        if active {
            self.known.insert(session, now);
            if self.forgotten.load(Ordering::SeqCst) != before {
                self.known.remove(&session);
            }
        } else {
            self.known.remove(&session);
        }
        Ok(active)
    }

    /// Every login of somebody was revoked here: believe nothing of any, since it is not known whose they are.
    pub(in crate::http) fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.clear();
    }

    /// A login was revoked here: believe nothing of it any more.
    pub(in crate::http) fn forget(&self, session: SessionId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.remove(&session);
    }
}
