//! Jobs: what is to be done when, by whichever process comes first.

use bellwether_model::{AlertId, SearchId, Timestamp};
use uuid::Uuid;

use crate::words::words;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// Asking a marketplace for the listings of a search.
    Poll,
    /// Making the digest of an alert.
    Digest,
    /// Making the insights of an alert.
    Insights,
    /// Rolling up the prices of a search by day.
    Rollup,
}

words! {
    JobKind { Poll = "poll", Digest = "digest", Insights = "insights", Rollup = "rollup" }
}

impl JobKind {
    /// Whether it is done at the instants of a schedule, each of them once, rather than as soon as it is due.
    #[must_use]
    pub const fn is_scheduled(self) -> bool {
        matches!(self, JobKind::Digest | JobKind::Insights)
    }
}

/// A job that is the caller's until its lease is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Which, and the claim on it.
    pub held: HeldJob,
    /// The instant for which it is done; it may have passed long ago.
    pub slot: Timestamp,
    /// From where its instants are counted.
    pub anchor: Timestamp,
    /// When it was last done.
    pub last_at: Option<Timestamp>,
    /// When the lease ends.
    pub lease_until: Timestamp,
}

/// A claim on a job: what finishing it needs, so that a process that lost its lease changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeldJob {
    /// What is to be done.
    pub kind: JobKind,
    /// With what: a search for polls and roll-ups, an alert for digests and insights.
    pub subject: Uuid,
    /// The claim's own token.
    pub token: Uuid,
}

impl HeldJob {
    /// The search of a poll or a roll-up.
    #[must_use]
    pub const fn search(&self) -> SearchId {
        SearchId(self.subject)
    }

    /// The alert of a digest or of insights.
    #[must_use]
    pub const fn alert(&self) -> AlertId {
        AlertId(self.subject)
    }
}
