//! Which parts of the service are ready, as each part says of itself.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What each part said last. Cheap to clone; all clones are one. A part that never said anything is not
/// asked about.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<RwLock<BTreeMap<&'static str, Result<(), String>>>>);

impl Readiness {
    /// A part is ready.
    pub fn ready(&self, part: &'static str) {
        self.set(part, Ok(()));
    }

    /// A part is not ready, and why: for the operator, without secrets.
    pub fn not_ready(&self, part: &'static str, why: impl Into<String>) {
        self.set(part, Err(why.into()));
    }

    /// What every part said.
    pub(super) fn parts(&self) -> BTreeMap<&'static str, Result<(), String>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, part: &'static str, state: Result<(), String>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(part, state);
    }
}
