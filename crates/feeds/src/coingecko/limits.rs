//! CoinGecko's limits and addresses, as documented in November 2026, and how often we ask.

use std::time::Duration;

use crate::{BackOff, PollRules, Rate};

pub(super) const REST_URL: &str = "https://api.coingecko.com";

/// How often a coin is asked for, unless told otherwise: as often as the venue makes its prices anew.
pub(super) const INTERVAL: Duration = Duration::from_secs(60);
/// 5 to 15 requests per minute and address are allowed without a key, as the load is. Two of our minutes may touch.
pub(super) const REQUESTS: Rate = Rate { max: 5, per: Duration::from_secs(60) };
/// 30 per minute are allowed with the key of a free plan, and many more with others.
pub(super) const REQUESTS_WITH_KEY: Rate = Rate { max: 14, per: Duration::from_secs(60) };
/// Coins in one request. The venue takes 250; the address of a request with so many may be too long for what stands
/// before it.
pub(super) const COINS: usize = 100;
/// Time for an answer to come whole.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// Bytes of an answer: 250 markets of some 1,000 bytes each, and room to grow.
pub(super) const ANSWER_BYTES: usize = 4 << 20;
/// How long to stay away after a refusal that does not say: the allowance is counted by the minute.
pub(super) const AWAY: Duration = Duration::from_secs(60);
/// How long to stay away at most, whatever is said.
pub(super) const AWAY_LONGEST: Duration = Duration::from_secs(3_600);
/// A price that the venue has not made anew for so long is none of now.
pub(super) const STALE_US: i64 = 15 * 60 * 1_000_000;
/// The currencies that coins are listed in. There are some sixty more; what is not listed cannot be named, since the
/// list says what may be watched.
pub(super) const CURRENCIES: [&str; 4] = ["usd", "eur", "btc", "eth"];
/// Markets of one page of the list, the longest that there is.
pub(super) const PAGE_MARKETS: usize = 250;
/// Pages of the list: the thousand coins that are worth most. Behind them prices are old, or made up.
pub(super) const PAGES: usize = 4;

/// How it is asked.
pub(super) const RULES: PollRules = PollRules {
    back_off: BackOff { base: Duration::from_secs(5), cap: Duration::from_secs(120) },
    failures: 5,
    rest: Duration::from_secs(120),
    patience: Duration::from_secs(30),
};
