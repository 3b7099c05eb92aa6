//! Quotes that were made by hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A bid and an ask, as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) bid: String,
    pub(super) ask: String,
}

/// The quotes made by hand, by pair (`BTC-USD`); clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Quotes(Arc<Mutex<BTreeMap<String, Quote>>>);

impl Quotes {
    pub(super) fn set(&self, pair: &str, bid: &str, ask: &str) {
        self.lock().insert(pair.to_owned(), Quote { bid: bid.to_owned(), ask: ask.to_owned() });
    }

    pub(super) fn all(&self) -> BTreeMap<String, Quote> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Quote>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
