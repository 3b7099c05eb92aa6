//! How often an alert may fire.

use serde::{Deserialize, Serialize};

use crate::input::{Faults, Node};
use crate::{Span, limits};

/// Whether an alert fires once or again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Repeat {
    /// The first fire ends it.
    #[default]
    Once,
    /// It fires on, with pauses and up to a number where given.
    Every {
        /// After a fire at time `t`, no tick before `t + cooldown` fires it.
        #[serde(default)]
        cooldown: Span,
        /// The number of fires since arming that ends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_fires: Option<u64>,
    },
}

impl Repeat {
    /// After a fire, how long no tick fires the alert.
    #[must_use]
    pub fn cooldown(self) -> Span {
        match self {
            Repeat::Once => Span::ZERO,
            Repeat::Every { cooldown, .. } => cooldown,
        }
    }

    /// The number of fires since arming that ends the alert, if any does.
    #[must_use]
    pub fn max_fires(self) -> Option<u64> {
        match self {
            Repeat::Once => Some(1),
            Repeat::Every { max_fires, .. } => max_fires,
        }
    }

    /// Reads `{"mode": "every", "cooldown": "15m", "max_fires": 10}`; faults go to `faults`.
    pub fn from_input(node: &Node, faults: &mut Faults) -> Option<Self> {
        let mut object = faults.object(node)?;
        let mode = object.word(faults, "mode", &["once", "every"]);
        let cooldown = object.parsed::<Span>(faults, "cooldown");
        let max_fires = object.whole(faults, "max_fires", 1, limits::MAX_FIRES);
        let present = (object.has("cooldown"), object.has("max_fires"));
        object.finish(faults);
        match mode? {
            "every" => Some(Repeat::Every { cooldown: cooldown.unwrap_or_default(), max_fires }),
            _ => {
                for (field, given) in [("cooldown", present.0), ("max_fires", present.1)] {
                    if given {
                        faults.add(field, "not_applicable", "applies to mode 'every' only");
                    }
                }
                Some(Repeat::Once)
            }
        }
    }
}
