//! What happens because time passes.

use std::time::Duration;

use bellwether_model::{Interval, Timestamp};
use bellwether_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::History;
use crate::http::Generations;

/// How often alerts are looked for whose time is over. No tick fires them meanwhile: the evaluator goes
/// by the ticks' own times.
const EXPIRE_EVERY: Duration = Duration::from_secs(1);
/// Alerts that one transaction expires at most.
const EXPIRE_MAX: u32 = 1_000;

/// How often what has no use any more is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// For how long it is kept what product alerts told, and what is known of listings that no search finds any more.
const KEEP_PRODUCTS_US: i64 = 366 * 86_400 * 1_000_000;
/// Reports or listings that one transaction removes at most.
const PRODUCTS_MAX: u32 = 500;

/// Entries of the log of changes that one transaction forgets at most.
const CHANGES_MAX: u32 = 5_000;

/// Removes what has no use any more, until cancelled: logins that are over, old candles, reports and listings.
pub(super) async fn sweep(store: Store, clock: Clock, history: History, cancel: CancellationToken) {
    loop {
        match sweep_once(&store, clock.now(), &history).await {
            Ok(rows) => tracing::debug!(rows, "what has no use any more was removed"),
            Err(error) => tracing::error!(%error, "old rows could not be removed; it is tried again"),
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = clock.sleep(SWEEP_EVERY) => {}
        }
    }
}

async fn sweep_once(store: &Store, now: Timestamp, history: &History) -> Result<u64, StoreError> {
    let rows = store.sweep(now).await?;
    let minutes = store.sweep_candles(Interval::Minute, now.saturating_sub(history.keep_minutes)).await?;
    let hours = store.sweep_candles(Interval::Hour, now.saturating_sub(history.keep_hours)).await?;
    let stretches = store.sweep_coverage(now.saturating_sub(history.keep_hours)).await?;
    let changes = sweep_changes(store, now.saturating_sub(history.keep_changes)).await?;
    let quarantined = store.sweep_quarantine(now.saturating_sub(history.keep_quarantine)).await?;
    Ok(rows + minutes + hours + stretches + quarantined + changes + sweep_products(store, now).await?)
}

async fn sweep_changes(store: &Store, before: Timestamp) -> Result<u64, StoreError> {
    let mut removed = 0;
    loop {
        let forgotten = store.sweep_user_log(before, CHANGES_MAX).await?;
        removed += forgotten;
        if forgotten == 0 {
            return Ok(removed);
        }
    }
}

async fn sweep_products(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    let before = Timestamp::from_micros(now.micros().saturating_sub(KEEP_PRODUCTS_US));
    let mut removed = 0;
    loop {
        let reports = store.sweep_reports(before, PRODUCTS_MAX).await?;
        let listings = store.sweep_listings(before, PRODUCTS_MAX).await?;
        removed += reports + listings;
        if reports + listings == 0 {
            return Ok(removed);
        }
    }
}

/// Turns alerts whose time is over to `expired`, until cancelled.
pub(super) async fn expire_alerts(store: Store, clock: Clock, lists: Generations, cancel: CancellationToken) {
    loop {
        let more = match store.expire(clock.now(), EXPIRE_MAX).await {
            Ok(users) => {
                users.iter().for_each(|user| lists.bump(*user));
                users.len() >= EXPIRE_MAX as usize
            }
            Err(error) => {
                tracing::error!(%error, "expired alerts could not be marked; it is tried again");
                false
            }
        };
        if more && !cancel.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = clock.sleep(EXPIRE_EVERY) => {}
        }
    }
}
