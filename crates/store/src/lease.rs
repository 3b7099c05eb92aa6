//! What one process at a time does.

use uuid::Uuid;

/// A lease as it stands in the store.
///
/// There is no instant in it: clocks need not agree. Who holds a lease lets its beat grow; who waits for one
/// watches by a clock of their own, and claims it once the beat has stood still for long enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Of what.
    pub name: String,
    /// Which process has it; nothing where it was given back.
    pub holder: Option<Uuid>,
    /// Grows with each holder.
    pub epoch: u64,
    /// Grows while it is held.
    pub beat: u64,
    /// Of a partition: up to which batch of the tick log everything that came of it is stored.
    pub log_number: Option<u64>,
}

/// What says that a lease is still held: a commit with a fence happens under this epoch, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The lease.
    pub name: String,
    /// Under which epoch it was claimed.
    pub epoch: u64,
    /// Up to which batch of the tick log everything is stored with this commit; nothing where that moves not.
    pub log_number: Option<u64>,
}
