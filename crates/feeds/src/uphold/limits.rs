//! Uphold's limits and addresses, as documented in May 2026, and how often we ask.

use std::time::Duration;

use crate::{BackOff, PollRules, Rate};

pub(super) const REST_URL: &str = "https://api.uphold.com";

/// How often a pair is asked for, unless told otherwise.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);
/// 250 per minute and address are allowed. Two of our minutes may touch.
pub(super) const REQUESTS: Rate = Rate { max: 110, per: Duration::from_secs(60) };
/// Time for an answer to come whole.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// Bytes of an answer: some 300 assets in both directions, of at most 150 bytes each, and room to grow.
pub(super) const ANSWER_BYTES: usize = 4 << 20;
/// How long to stay away after a refusal that does not say: the allowance is counted by the minute.
pub(super) const AWAY: Duration = Duration::from_secs(60);
/// How long to stay away at most, whatever is said.
pub(super) const AWAY_LONGEST: Duration = Duration::from_secs(3_600);
/// The currencies whose pairs are listed. The venue turns anything into anything; a pair of none of these can
/// still not be named, since the list says what may be watched.
pub(super) const CURRENCIES: [&str; 5] = ["USD", "EUR", "GBP", "BTC", "ETH"];

/// How it is asked.
pub(super) const RULES: PollRules = PollRules {
    back_off: BackOff { base: Duration::from_secs(1), cap: Duration::from_secs(30) },
    failures: 5,
    rest: Duration::from_secs(60),
    patience: Duration::from_secs(10),
};
