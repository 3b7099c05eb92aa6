//! Binance's limits and addresses, as documented on 2026-07-21.

use std::time::Duration;

use crate::{Rate, Rules};

/// Market data only: no account can be touched through these.
pub(super) const WS_URL: &str = "wss://data-stream.binance.vision";
pub(super) const REST_URL: &str = "https://data-api.binance.vision";

/// Of the 6,000 per minute and address, less a sixth for whoever else shares the address.
pub(super) const WEIGHT: Rate = Rate { max: 5_000, per: Duration::from_secs(60) };
/// Weight of one page of aggregate trades, since 2025-03-10.
pub(super) const TRADES_WEIGHT: u32 = 4;
/// Weight of one page of candles.
pub(super) const CANDLES_WEIGHT: u32 = 2;
/// The longest page of candles, each of some 200 bytes.
pub(super) const PAGE_CANDLES: usize = 1_000;
/// How long after its end a candle is taken for finished: our clock and the venue's may differ, and its
/// last trades come a moment late.
pub(super) const SETTLES_IN_US: i64 = 2_000_000;
/// Weight of the list of instruments.
pub(super) const CATALOGUE_WEIGHT: u32 = 20;
/// The longest page of trades.
pub(super) const PAGE_TRADES: usize = 1_000;
/// Bytes of a page: 1,000 trades of at most 250.
pub(super) const PAGE_BYTES: usize = 1 << 20;
/// Bytes of the list of instruments: some 3,000 entries of about 2 kB, and room to grow.
pub(super) const CATALOGUE_BYTES: usize = 64 << 20;
/// The venue itself gives up a request after 10 s.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// How long to stay away after a 429 that does not say.
pub(super) const AWAY_LIMITED: Duration = Duration::from_secs(60);
/// How long to stay away after a 418 that does not say: the shortest ban.
pub(super) const AWAY_BANNED: Duration = Duration::from_secs(120);
/// The longest ban.
pub(super) const AWAY_LONGEST: Duration = Duration::from_secs(3 * 86_400);

/// The limits of its streams.
pub(super) fn rules() -> Rules {
    Rules {
        instruments_per_connection: 1_024,
        instruments_per_request: 200,
        // 5 per second are allowed; messages sent evenly may still arrive bunched.
        messages: Rate { max: 4, per: Duration::from_millis(1_100) },
        // 300 per 5 minutes and address are allowed; what a predecessor used is not known.
        connects: Rate { max: 150, per: Duration::from_secs(300) },
        // The venue cuts after 24 h.
        lifetime: Duration::from_secs(23 * 3_600 + 40 * 60),
        lifetime_spread: Duration::from_secs(30 * 60),
        candles_settle: Duration::from_micros(SETTLES_IN_US.unsigned_abs()),
        // It pings every 20 s.
        idle: Duration::from_secs(60),
    }
}
