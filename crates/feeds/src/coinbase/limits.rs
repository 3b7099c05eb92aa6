//! Coinbase's limits and addresses, as documented in November 2026.

use std::time::Duration;

use crate::{Rate, Rules};

/// Market data only, without a login.
pub(super) const WS_URL: &str = "wss://ws-feed.exchange.coinbase.com";
pub(super) const REST_URL: &str = "https://api.exchange.coinbase.com";

/// 10 per second and address are allowed, in bursts of 15. Two of our seconds may touch.
pub(super) const REQUESTS: Rate = Rate { max: 7, per: Duration::from_secs(1) };
/// The longest page of trades.
pub(super) const PAGE_TRADES: usize = 1_000;
/// The longest page of candles.
pub(super) const PAGE_CANDLES: i64 = 300;
/// How long after its end a candle is taken for finished: our clock and the venue's may differ, and its last trades come
/// a moment late.
pub(super) const SETTLES_IN_US: i64 = 5_000_000;
/// Bytes of a page: 1,000 trades of at most 250.
pub(super) const PAGE_BYTES: usize = 1 << 20;
/// Bytes of the list of products: some 800 entries of about 700, and room to grow.
pub(super) const CATALOGUE_BYTES: usize = 16 << 20;
/// Time for an answer to come whole.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// How long to stay away after a 429 that does not say: the allowance is counted by the second.
pub(super) const AWAY: Duration = Duration::from_secs(2);
/// How long to stay away at most, whatever is said.
pub(super) const AWAY_LONGEST: Duration = Duration::from_secs(3_600);

/// The limits of its feed.
pub(super) fn rules() -> Rules {
    Rules {
        // The venue names no limit. With one heartbeat per product and second, a hundred are enough.
        instruments_per_connection: 100,
        instruments_per_request: 50,
        // 100 per second and address are allowed, and several connections share them.
        messages: Rate { max: 5, per: Duration::from_millis(1_100) },
        // 8 per second and address are allowed, in bursts of 20.
        connects: Rate { max: 4, per: Duration::from_secs(1) },
        // The venue names none.
        lifetime: Duration::from_secs(23 * 3_600 + 40 * 60),
        lifetime_spread: Duration::from_secs(30 * 60),
        candles_settle: Duration::from_micros(SETTLES_IN_US.unsigned_abs()),
        // Every product has a heartbeat each second.
        idle: Duration::from_secs(20),
    }
}
