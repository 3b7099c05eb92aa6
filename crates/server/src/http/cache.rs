//! Pages of alert lists, kept until the list's owner changes anything, or an alert of theirs does.
//!
//! [`Generations`] hands each user a number that is never handed out again once something of theirs has
//! changed. A page is kept with the number that was read *before* its query ran, and is good only while
//! that is still the number: a change that commits after the query has bumped it, and one that commits
//! before was seen. So no page is ever stale for anybody who has seen the change's answer, its mail or
//! its event, all of which come after the bump.
//!
//! This holds within one process. Where others write to the same database there must be no cache; see
//! [`ListCache::new`].

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bellwether_model::UserId;
use bellwether_store::alert::AlertFilter;
use bellwether_store::page::{Listed, Page};
use bellwether_store::{Store, StoreKind};
use quick_cache::sync::Cache;
use tokio::sync::mpsc;

use super::alerts::AlertView;
use super::live::{Listener, Listeners};

/// Users whose number is remembered. One that is forgotten gets a new number, so nothing stale is
/// served; a page is only read once more.
const USERS: usize = 100_000;
/// Pages that are kept; the least used go first.
const PAGES: usize = 4_096;

/// Counts the changes of what each user sees. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Generations(Arc<Numbers>);

struct Numbers {
    /// Whoever tells other processes of the users whose things changed.
    told: OnceLock<mpsc::UnboundedSender<UserId>>,
    current: Cache<UserId, u64>,
    next: AtomicU64,
    listeners: Listeners,
}

impl Default for Generations {
    fn default() -> Self {
        let listeners = Listeners::default();
        let told = OnceLock::new();
        Self(Arc::new(Numbers { told, current: Cache::new(USERS), next: AtomicU64::new(0), listeners }))
    }
}

impl Generations {
    /// Something of this user has changed, and the change is committed.
    pub fn bump(&self, user: UserId) {
        self.bump_from_elsewhere(user);
        if let Some(told) = self.0.told.get() {
            // Where nobody tells others any more, the process is ending.
            let _ = told.send(user);
        }
    }

    /// The same, where another process has changed it.
    pub(crate) fn bump_from_elsewhere(&self, user: UserId) {
        self.0.current.remove(&user);
        self.0.listeners.tell(user);
    }

    /// The users whose things change in this process from now on, for whoever tells the others. As many are
    /// waiting as changed since the last look, each a few bytes.
    pub(crate) fn tell_others(&self) -> mpsc::UnboundedReceiver<UserId> {
        let (sender, users) = mpsc::unbounded_channel();
        if self.0.told.set(sender).is_err() {
            tracing::error!("other processes are told already");
        }
        users
    }

    /// Waits for changes of what a user sees; nothing where too many already do.
    pub(super) fn listen(&self, user: UserId) -> Option<Listener> {
        self.0.listeners.listen(user)
    }

    /// The user's number.
    pub(super) fn of(&self, user: UserId) -> u64 {
        let fresh = || Ok::<_, Infallible>(self.0.next.fetch_add(1, Ordering::Relaxed));
        match self.0.current.get_or_insert_with(&user, fresh) {
            Ok(number) => number,
            Err(never) => match never {},
        }
    }
}

/// Which page of whose list.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PageKey {
    pub(super) user: UserId,
    pub(super) filter: AlertFilter,
    pub(super) page: Page,
}

/// A page as it is kept.
pub(super) type KeptPage = Arc<Listed<AlertView>>;

/// Pages with the numbers they are good for.
pub(super) struct ListCache {
    pages: Option<Cache<PageKey, (u64, KeptPage)>>,
}

impl ListCache {
    /// A cache for this store: on SQLite, where this process is the only one that changes alerts. On
    /// PostgreSQL any number of others may, so nothing is kept.
    pub(super) fn new(store: &Store) -> Self {
        let alone = store.kind() == StoreKind::Sqlite;
        Self { pages: alone.then(|| Cache::new(PAGES)) }
    }

    /// The page, if it is still good.
    pub(super) fn get(&self, key: &PageKey, generation: u64) -> Option<KeptPage> {
        let (kept_at, page) = self.pages.as_ref()?.get(key)?;
        (kept_at == generation).then_some(page)
    }

    /// Keeps a page whose query began at this generation.
    pub(super) fn keep(&self, key: PageKey, generation: u64, page: &KeptPage) {
        if let Some(pages) = &self.pages {
            pages.insert(key, (generation, Arc::clone(page)));
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_generation_holds_until_something_changes_and_never_comes_back() {
        let generations = Generations::default();
        let (one, other) = (UserId(Uuid::now_v7()), UserId(Uuid::now_v7()));
        let before = generations.of(one);
        let others = generations.of(other);
        assert_eq!(generations.of(one), before);
        generations.bump(one);
        let after = generations.of(one);
        assert_ne!(after, before);
        assert_eq!(generations.of(other), others);
        generations.bump(one);
        assert!(![before, after].contains(&generations.of(one)));
    }
}
