//! Prices that were made by hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The prices made by hand, as texts, by coin and currency (`bitcoin-usd`); clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Prices(Arc<Mutex<BTreeMap<String, String>>>);

impl Prices {
    pub(super) fn set(&self, symbol: &str, price: &str) {
        self.lock().insert(symbol.to_owned(), price.to_owned());
    }

    pub(super) fn all(&self) -> BTreeMap<String, String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
