//! Kraken's limits and addresses, as documented in November 2026.

use std::time::Duration;

use crate::{Rate, Rules};

/// Market data only, without a login.
pub(super) const WS_URL: &str = "wss://ws.kraken.com";
pub(super) const REST_URL: &str = "https://api.kraken.com";

/// About one per second and address is allowed. Two of our intervals may touch.
pub(super) const REQUESTS: Rate = Rate { max: 2, per: Duration::from_secs(3) };
/// The longest page of trades.
pub(super) const PAGE_TRADES: usize = 1_000;
/// Bytes of a page: 1,000 trades of at most 250.
pub(super) const PAGE_BYTES: usize = 1 << 20;
/// How long after its end a candle is taken for finished: our clock and the venue's may differ, and its last trades come
/// a moment late.
pub(super) const SETTLES_IN_US: i64 = 5_000_000;
/// Bytes of the list of pairs: some 1,500 entries of about 1 kB, and room to grow.
pub(super) const CATALOGUE_BYTES: usize = 32 << 20;
/// Time for an answer to come whole.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// How long to stay away when told that it was too much.
pub(super) const AWAY: Duration = Duration::from_secs(5);
/// How long to stay away at most, whatever is said.
pub(super) const AWAY_LONGEST: Duration = Duration::from_secs(3_600);

/// The limits of its streams.
pub(super) fn rules() -> Rules {
    Rules {
        // The venue names no limit.
        instruments_per_connection: 200,
        instruments_per_request: 50,
        // The limit depends on load, and no number is named.
        messages: Rate { max: 4, per: Duration::from_millis(1_100) },
        // About 150 per 10 minutes and address, then a ban of 10 minutes.
        connects: Rate { max: 75, per: Duration::from_secs(600) },
        // The venue names none.
        lifetime: Duration::from_secs(23 * 3_600 + 40 * 60),
        lifetime_spread: Duration::from_secs(30 * 60),
        candles_settle: Duration::from_micros(SETTLES_IN_US.unsigned_abs()),
        // A heartbeat comes each second in which nothing else does.
        idle: Duration::from_secs(20),
    }
}
