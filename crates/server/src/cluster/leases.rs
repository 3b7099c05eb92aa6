//! Leases as one process sees them: which it holds, and which are to be had.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bellwether_store::lease::{Fence, Lease};
use bellwether_store::{Store, StoreError};
use tokio::time::Instant;
use uuid::Uuid;

/// How long a lease lasts after its last beat: whoever sees the beat stand still for so long takes over.
pub(super) const LASTS: Duration = Duration::from_millis(2_500);
/// How long whoever holds a lease believes in it after a beat. Less than the others wait, and by one's own clock,
/// which goes on while the process is stopped.
const BELIEVED: Duration = Duration::from_millis(2_000);
/// Whoever has not looked for so long begins to watch anew.
const BLIND: Duration = Duration::from_millis(1_200);
/// A process that has not beaten for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// Until when a process may believe that it still holds its leases. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub(super) struct Belief(Arc<Mutex<Instant>>);

impl Belief {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// Whether it may.
    pub(super) fn holds(&self) -> bool {
        Instant::now() < *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self, began: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = began + BELIEVED;
    }
}

/// The leases as one process sees them.
pub(super) struct Leases {
    store: Store,
    me: Uuid,
    held: BTreeMap<String, u64>,
    seen: BTreeMap<String, (Lease, Instant)>,
    looked_at: Instant,
    belief: Belief,
}

impl Leases {
    pub(super) fn new(store: Store) -> Self {
        let (held, seen) = (BTreeMap::new(), BTreeMap::new());
        Self { store, me: Uuid::now_v7(), held, seen, looked_at: Instant::now(), belief: Belief::new() }
    }

    pub(super) fn me(&self) -> Uuid {
        self.me
    }

    pub(super) fn belief(&self) -> Belief {
        self.belief.clone()
    }

    /// Shows that this process lives; the names of the leases that it has lost.
    pub(super) async fn beat(&mut self) -> Result<Vec<String>, StoreError> {
        let began = Instant::now();
        let held = self.held.iter().map(|(name, epoch)| (name.clone(), *epoch)).collect();
        let still: BTreeSet<String> = self.store.beat_leases(held).await?.into_iter().collect();
        self.belief.renew(began);
        let lost: Vec<String> = self.held.keys().filter(|name| !still.contains(*name)).cloned().collect();
        for name in &lost {
            self.held.remove(name);
        }
        Ok(lost)
    }

    /// Looks at all leases.
    pub(super) async fn look(&mut self) -> Result<(), StoreError> {
        let leases = self.store.leases().await?;
        let now = Instant::now();
        // Who could not look for a while has not seen whether anybody's beat stood still: then perhaps nobody
        // could beat either.
        if now.duration_since(self.looked_at) > BLIND {
            self.seen.clear();
        }
        self.looked_at = now;
        let mut seen = BTreeMap::new();
        for lease in leases {
            let is_same = |(before, _): &&(Lease, Instant)| {
                (before.epoch, before.beat, before.holder) == (lease.epoch, lease.beat, lease.holder)
            };
            let since = self.seen.get(&lease.name).filter(is_same).map_or(now, |(_, since)| *since);
            seen.insert(lease.name.clone(), (lease, since));
        }
        self.seen = seen;
        Ok(())
    }

    /// Whether a lease is to be had.
    pub(super) fn is_free(&self, name: &str) -> bool {
        self.seen.get(name).is_none_or(|(lease, since)| lease.holder.is_none() || since.elapsed() >= LASTS)
    }

    /// How many leases whose names begin so are held by somebody who lives.
    pub(super) fn living(&self, prefix: &str) -> usize {
        let living = |(name, (lease, since)): &(&String, &(Lease, Instant))| {
            name.starts_with(prefix) && lease.holder.is_some() && since.elapsed() < LASTS
        };
        self.seen.iter().filter(living).count()
    }

    /// Claims a lease; nothing where another was first.
    pub(super) async fn claim(&mut self, name: &str) -> Result<Option<Fence>, StoreError> {
        let seen = self.seen.get(name).map(|(lease, _)| lease);
        let Some((epoch, log_number)) = self.store.claim_lease(name, seen, self.me).await? else {
            return Ok(None);
        };
        self.held.insert(name.to_owned(), epoch);
        Ok(Some(Fence { name: name.to_owned(), epoch, log_number }))
    }

    /// Gives a lease back.
    pub(super) async fn release(&mut self, name: &str) -> Result<(), StoreError> {
        match self.held.remove(name) {
            Some(epoch) => self.store.release_lease(name, epoch).await,
            None => Ok(()),
        }
    }

    /// Forgets processes that are long gone, by how their leases' names begin.
    pub(super) async fn forget_gone(&self, prefix: &str) -> Result<(), StoreError> {
        for (lease, since) in self.seen.values() {
            let is_gone = lease.holder.is_none() || since.elapsed() >= FORGOTTEN;
            if lease.name.starts_with(prefix) && is_gone {
                self.store.forget_lease(lease).await?;
            }
        }
        Ok(())
    }
}
