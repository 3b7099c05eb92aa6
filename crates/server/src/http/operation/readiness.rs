//! Which parts of the service are ready, as each part says of itself.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What each part said last. Cheap to clone; all clones are one. A part that never said anything is not
/// asked about.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<RwLock<BTreeMap<&'static str, State>>>);

#[derive(Debug, Clone)]
struct State {
    fell: bool,
    said: Result<(), String>,
}

impl Readiness {
    /// A part is ready.
    pub fn ready(&self, part: &'static str) {
        self.set(part, Ok(()));
    }

    /// A part is not ready, and why: for the operator, without secrets.
    pub fn not_ready(&self, part: &'static str, why: impl Into<String>) {
        self.set(part, Err(why.into()));
    }

    /// A part no longer works, whatever it says after this.
    pub fn fell(&self, part: &'static str) {
        let fallen = State {
            fell: true,
            said: Err("has stopped for a fault of the program; start it again".to_owned()),
        };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(part, fallen);
    }

    /// What every part said.
    pub(crate) fn parts(&self) -> BTreeMap<&'static str, Result<(), String>> {
        let parts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        parts.iter().map(|(part, state)| (*part, state.said.clone())).collect()
    }

    fn set(&self, part: &'static str, said: Result<(), String>) {
        let mut parts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let state = parts.entry(part).or_insert(State { fell: false, said: Ok(()) });
        if !state.fell {
            state.said = said;
        }
    }
}
