//! What happens because time passes.

use std::time::Duration;

use bellwether_model::{Interval, Timestamp};
use bellwether_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::History;

/// How often what has no use any more is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// For how long it is kept what product alerts told, and what is known of listings that no search finds any more.
const KEEP_PRODUCTS_US: i64 = 366 * 86_400 * 1_000_000;
/// Reports or listings that one transaction removes at most.
const PRODUCTS_MAX: u32 = 500;

/// Entries of the log of changes that one transaction forgets at most.
const CHANGES_MAX: u32 = 5_000;

/// Deliveries, or fires, that are gone over at a time: one transaction removes so many at most.
const LEDGER_MAX: u32 = 500;

/// Removes what has no use any more, until cancelled: logins that are over, old candles, deliveries, fires, reports and
/// listings.
pub(super) async fn sweep(store: Store, clock: Clock, history: History, cancel: CancellationToken) {
    loop {
        // What a step has not removed when this is cancelled, a later one does.
        let swept = tokio::select! {
            () = cancel.cancelled() => return,
            swept = sweep_once(&store, clock.now(), &history) => swept,
        };
        match swept {
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
    // Deliveries first: a fire stays as long as one of them tells of it.
    let ledger = sweep_deliveries(store, now, history).await? + sweep_fires(store, now, history).await?;
    let rows = rows + ledger;
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

async fn sweep_deliveries(store: &Store, now: Timestamp, history: &History) -> Result<u64, StoreError> {
    let Some(keep) = history.keep_deliveries else { return Ok(0) };
    let (before, mut removed, mut after) = (now.saturating_sub(keep), 0, None);
    loop {
        let swept = store.sweep_deliveries(before, after, LEDGER_MAX).await?;
        removed += swept.removed;
        after = swept.next;
        if after.is_none() {
            return Ok(removed);
        }
    }
}

async fn sweep_fires(store: &Store, now: Timestamp, history: &History) -> Result<u64, StoreError> {
    let Some(keep) = history.keep_fires else { return Ok(0) };
    let (before, mut removed, mut after) = (now.saturating_sub(keep), 0, None);
    loop {
        let swept = store.sweep_fires(before, after, LEDGER_MAX).await?;
        removed += swept.removed;
        after = swept.next;
        if after.is_none() {
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

#[cfg(test)]
mod tests {
    use bellwether_model::{AlertSpec, AttemptId, DeliveryId, FireId, Span, UserId};
    use bellwether_store::StoreOptions;
    use bellwether_store::delivery::{AttemptOutcome, ClaimWish, Lane, NewAttempt};
    use bellwether_store::evaluation::Commit;
    use bellwether_store::testing::samples;
    use uuid::Uuid;

    use super::*;
    use crate::config::{Config, Sources};

    const FIRED: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn days(count: u64) -> Timestamp {
        FIRED.saturating_add(Span::from_seconds(count * 86_400).unwrap())
    }

    /// A store in which an alert has fired, and whoever it was told to refused it.
    async fn refused() -> (Store, UserId, FireId, DeliveryId) {
        let store = Store::open("sqlite::memory:", StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let user = store.create_user(samples::person("a@example.org"), FIRED).await.unwrap().unwrap().id;
        let spec = r#"{"instrument": "binance:BTCUSDT", "condition": {"type": "crossing", "price": "33000"},
            "channels": ["email"]}"#;
        let alert = samples::alert(user, serde_json::from_str::<AlertSpec>(spec).unwrap());
        store.create_alerts(vec![alert], 10, FIRED).await.unwrap();
        let fire = samples::fire(&store.watched(None, 1).await.unwrap()[0], FIRED);
        let commit = Commit { fires: vec![fire.clone()], ..Commit::default() };
        store.commit(commit, FIRED).await.unwrap();
        let wish = ClaimWish::new(Lane::Urgent, 1, Uuid::new_v4(), Duration::from_secs(60));
        let claim = store.claim(wish, FIRED).await.unwrap().claims.remove(0);
        let attempt = NewAttempt {
            id: AttemptId(Uuid::now_v7()),
            delivery: claim.id,
            channel: claim.channel,
            token: claim.token,
            started_at: FIRED,
            took_us: 1,
            outcome: AttemptOutcome::Dead,
            ambiguous: false,
            detail: "554 no".to_owned(),
            combined_in: None,
        };
        assert!(store.record(vec![attempt], FIRED).await.unwrap().is_empty());
        (store, user, fire.id, claim.id)
    }

    #[tokio::test]
    async fn deliveries_and_fires_are_kept_for_as_long_as_is_said() {
        let (store, user, fire, delivery) = refused().await;
        let there = async || {
            let delivery = store.delivery(user, delivery).await.unwrap().is_some();
            (delivery, store.fire(user, fire).await.unwrap().is_some())
        };
        let usual = Config::load(&Sources::default()).unwrap().history;
        let for_good = History { keep_deliveries: None, keep_fires: None, ..usual.clone() };
        sweep_once(&store, days(3_000), &for_good).await.unwrap();
        sweep_once(&store, days(399), &usual).await.unwrap();
        assert_eq!(there().await, (true, true));
        let only_fires = History { keep_deliveries: None, ..usual.clone() };
        sweep_once(&store, days(3_000), &only_fires).await.unwrap();
        assert_eq!(there().await, (true, true), "the delivery tells of its fire");
        sweep_once(&store, days(401), &usual).await.unwrap();
        assert_eq!(there().await, (false, true));
        sweep_once(&store, days(801), &usual).await.unwrap();
        assert_eq!(there().await, (false, false));
    }
}
