//! What an alert is armed with.

use bellwether_model::{AlertState, Condition, Repeat, Timestamp};

use crate::InstrumentKey;

/// Everything that the engine is told of an alert.
#[derive(Debug, Clone)]
pub struct Arming {
    /// The alert's own instrument.
    pub instrument: InstrumentKey,
    /// What must happen.
    pub condition: Condition,
    /// How often and when it may fire.
    pub policy: Policy,
    /// Where it stands: for a new alert its position and whether a price was in force there, after a
    /// restart what [`Engine::state`](crate::Engine::state) gave.
    pub state: AlertState,
    /// Fires of one tick come in this order.
    pub order: u64,
}

/// How often and when an alert may fire; changed by [`Engine::amend`](crate::Engine::amend).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Whether the first fire ends it.
    pub repeat: Repeat,
    /// No tick at or after this instant fires it.
    pub expires_at: Option<Timestamp>,
    /// No tick before this instant fires it.
    pub snoozed_until: Option<Timestamp>,
}

/// A condition that the engine does not evaluate: a composite with a part that cannot be one. The
/// reading of conditions refuses such, so only a condition built by hand meets this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsupported {
    /// The condition's name in JSON.
    pub condition: &'static str,
}

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "'{}' cannot be evaluated as part of another condition", self.condition)
    }
}

impl std::error::Error for Unsupported {}
