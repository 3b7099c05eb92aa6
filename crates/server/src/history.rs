//! Fills the holes in price history from the venues: one task for each venue, one request at a time.
//!
//! Requests stay within the part of the venue's budget that missed trades leave, and each page is stored
//! with the shrinking of its hole, so a restart goes on where the last page ended.

use std::sync::Arc;
use std::time::Duration;

use bellwether_feeds::{Jitter, PageError, Venue};
use bellwether_store::candle::Hole;
use bellwether_store::{Store, StoreError};

use crate::clock::Clock;

/// How often holes are looked for where none was there.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Between two pages, so that commits of fires need not wait behind one page after the other.
const PAUSE: Duration = Duration::from_millis(25);
/// Holes that get one page each before all are looked through again: a long hole of one instrument does not
/// hold up the short ones of others.
const ROUND: u32 = 32;

/// Fills holes of one venue until it is dropped.
pub(crate) struct Backfill<V> {
    pub(crate) venue: Arc<V>,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) jitter: Arc<Jitter>,
}

/// Why a page was not stored.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Venue(String),
    #[error("the store: {0}")]
    Store(#[from] StoreError),
}

impl<V: Venue> Backfill<V> {
    pub(crate) async fn run(self) {
        if !self.venue.has_candles() {
            return std::future::pending().await;
        }
        let mut failures = 0u32;
        loop {
            match self.round().await {
                Ok(true) => failures = 0,
                Ok(false) => {
                    failures = 0;
                    self.clock.sleep(LOOK_EVERY).await;
                }
                Err(failure) => {
                    if failures == 0 {
                        let venue = self.venue.name();
                        tracing::warn!(%venue, %failure, "candles are not to be had; attempts go on");
                    }
                    failures = failures.saturating_add(1);
                    let ceiling = self.venue.bounds().back_off.ceiling(failures);
                    self.clock.sleep(PAUSE + self.jitter.up_to(ceiling)).await;
                }
            }
        }
    }

    /// One page for each of the next holes; whether any of them shrank.
    async fn round(&self) -> Result<bool, Failure> {
        let holes = self.store.next_holes(self.venue.name(), self.clock.now(), ROUND).await?;
        let mut any_shrank = false;
        for hole in holes {
            any_shrank |= self.page(hole).await?;
            self.clock.sleep(PAUSE).await;
        }
        Ok(any_shrank)
    }

    /// Fetches and stores one page of a hole; whether it shrank.
    async fn page(&self, hole: Hole) -> Result<bool, Failure> {
        let symbol = hole.instrument.symbol();
        let (candles, until) = match self.venue.candles(symbol, hole.interval, hole.from, hole.to).await {
            Ok(page) => (page.candles, page.until),
            Err(PageError::Refused(reason)) => {
                // Asking again would be of no use: what was not watched stays as it is.
                tracing::warn!(instrument = %hole.instrument, interval = %hole.interval, reason, "candles are refused");
                (Vec::new(), hole.to)
            }
            Err(PageError::Unavailable(reason)) => return Err(Failure::Venue(reason)),
        };
        if until <= hole.from {
            return Ok(false);
        }
        metrics::counter!("bellwether_candles_fetched_total").increment(candles.len() as u64);
        self.store.fill(hole, candles, until).await?;
        Ok(true)
    }
}
