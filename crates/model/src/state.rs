//! What must survive a restart of one alert's evaluation.

use serde::{Deserialize, Serialize};

use crate::{Position, Price, Timestamp};

/// The state of one alert at one position of its instrument, enough to go on from exactly there.
///
/// Written with each fire and with each checkpoint, read at the start. What the instrument itself
/// knows (the price in force, windows) is not repeated here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AlertState {
    /// The position in the alert's own instrument up to which this state is right; ticks up to there
    /// never fire it again. Absent for an alert armed before its instrument's first tick.
    #[serde(default, rename = "at", skip_serializing_if = "Option::is_none", with = "position")]
    pub position: Option<Position>,
    /// Where the alert stands in the other instruments of a composite condition, in the order in which
    /// the condition names them first.
    #[serde(default, rename = "also", skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Standing>,
    /// Instant of acceptance: refilled ticks not after it never fire the alert.
    #[serde(default, rename = "since", skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// Whether a price was in force for this alert: false while it waits for the tick that becomes
    /// its reference.
    #[serde(default, rename = "ref", skip_serializing_if = "is_false")]
    pub has_reference: bool,
    /// Whether a state condition may fire. An alert begins ready.
    #[serde(default, rename = "spent", skip_serializing_if = "is_false")]
    pub not_ready: bool,
    /// R of `change`, the reference that it measures from.
    #[serde(default, rename = "r", skip_serializing_if = "Option::is_none")]
    pub reference: Option<Price>,
    /// H or L of `trailing`.
    #[serde(default, rename = "x", skip_serializing_if = "Option::is_none")]
    pub extreme: Option<Price>,
    /// The tick since which the condition has held on every tick, for `for`.
    #[serde(default, rename = "held", skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
    /// The position of the last tick before the silence that was told: it is not told again.
    #[serde(default, rename = "told", skip_serializing_if = "Option::is_none", with = "position")]
    pub told: Option<Position>,
    /// Fires in the alert's whole life: the number of the last one.
    #[serde(default, rename = "n", skip_serializing_if = "is_zero")]
    pub fires: u64,
    /// Fires since the alert was last armed, counted against `max_fires`.
    #[serde(default, rename = "m", skip_serializing_if = "is_zero")]
    pub fires_since_arming: u64,
    /// The time of the last fire's tick since arming, for the cooldown.
    #[serde(default, rename = "last", skip_serializing_if = "Option::is_none")]
    pub last_fire: Option<Timestamp>,
}

/// Where a composite alert stands in an instrument that is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Ticks of the instrument up to here never fire the alert. Absent where it was armed before the
    /// instrument's first tick.
    #[serde(default, rename = "at", skip_serializing_if = "Option::is_none", with = "position")]
    pub position: Option<Position>,
    /// Whether a price of the instrument was in force for this alert.
    #[serde(default, rename = "ref", skip_serializing_if = "is_false")]
    pub has_reference: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

mod position {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Position;

    pub(super) fn serialize<S: Serializer>(at: &Option<Position>, serializer: S) -> Result<S::Ok, S::Error> {
        at.map(|position| position.0).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Position>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Position))
    }
}
