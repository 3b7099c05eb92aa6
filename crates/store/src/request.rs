//! Requests that may be sent again under a key of their caller's, and are done once.

use bellwether_model::Timestamp;
use uuid::Uuid;

/// What is known of a request under a key that was used within its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Whether it had the same body.
    pub same: bool,
    /// What it made.
    pub made: Uuid,
    /// When.
    pub at: Timestamp,
}
