//! What is counted of eBay.

use std::collections::BTreeMap;

use metrics::{Counter, counter};

use super::limits::NAME;
use crate::Flaw;

/// The counters.
pub(super) struct Meters {
    pub(super) answered: Counter,
    pub(super) failed: Counter,
    pub(super) refused: Counter,
    pub(super) over_quota: Counter,
    /// Calls that were not made since eBay is left alone.
    pub(super) withheld: Counter,
}

impl Meters {
    pub(super) fn new() -> Self {
        let requests = |outcome: &'static str| counter!("bellwether_market_requests_total", "source" => NAME, "outcome" => outcome);
        Self {
            answered: requests("ok"),
            failed: requests("failed"),
            refused: requests("refused"),
            over_quota: requests("over_quota"),
            withheld: requests("withheld"),
        }
    }

    pub(super) fn token(&self, is_bought: bool) {
        let outcome = if is_bought { "ok" } else { "failed" };
        counter!("bellwether_market_tokens_total", "source" => NAME, "outcome" => outcome).increment(1);
    }

    pub(super) fn flaws(&self, flaws: &BTreeMap<Flaw, u32>) {
        for (flaw, count) in flaws {
            counter!("bellwether_market_flaws_total", "source" => NAME, "why" => flaw.name())
                .increment(u64::from(*count));
        }
    }
}
