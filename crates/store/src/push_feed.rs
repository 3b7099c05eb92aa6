//! Feeds of ticks that users push.

use bellwether_model::{Timestamp, UserId};

/// A feed: what stands between `push:` and the slash of its instruments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushFeed {
    /// Its name.
    pub name: String,
    /// Who pushes to it.
    pub owner: UserId,
    /// Whether others may watch its instruments.
    pub published: bool,
    /// When it was claimed.
    pub created_at: Timestamp,
}

impl PushFeed {
    /// Whether a user may watch its instruments; to anybody else there is no such feed.
    #[must_use]
    pub fn is_seen_by(&self, user: UserId) -> bool {
        self.published || self.owner == user
    }
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The feed is the user's, from now on or from before.
    Own,
    /// It is somebody else's.
    Taken,
    /// The user has as many feeds as allowed.
    TooMany,
    /// There is no such user, or no longer.
    NoUser,
}
