//! The day's calls, and whoever says to wait.

use std::time::{Duration, Instant};

use bellwether_feeds::{MarketError, Marketplace};
use bellwether_simulators::ebay::{Action, Config, Place};
use futures_util::future::join_all;

use crate::rig::{Rig, now_us, pause, simulated};

#[tokio::test]
async fn a_day_without_calls_left_is_told_with_its_end_and_nobody_asks_on() {
    let rig = Rig::with(Config { calls_per_day: 3, ..simulated() }, |config| config).await;
    for _ in 0..3 {
        rig.search("a").await.unwrap();
    }
    let allowance = rig.ebay.allowance().await.unwrap();
    assert_eq!((allowance.limit, allowance.remaining), (3, 0));
    let Err(MarketError::QuotaExhausted { until: Some(until) }) = rig.search("a").await else {
        panic!("told otherwise")
    };
    let left_us = until.micros() - now_us();
    assert!(left_us > 0 && left_us <= 25 * 3_600_000_000, "{left_us}");
    assert_eq!(allowance.resets_at, Some(until));
    for answer in join_all((0..50).map(|_| rig.search("b"))).await {
        assert_eq!(answer, Err(MarketError::QuotaExhausted { until: Some(until) }));
    }
    assert_eq!(rig.counters().over_quota, 1);
    let health = rig.ebay.health();
    assert!(health.has_answered);
    let closed = health.closed.unwrap();
    assert_eq!(closed.why, MarketError::QuotaExhausted { until: Some(until) });
    assert!((closed.until.micros() - until.micros()).abs() < 5_000_000, "{closed:?} {until}");
}

#[tokio::test]
async fn where_the_end_is_not_told_one_tries_now_and_then() {
    let rig = Rig::start().await;
    rig.inject(Place::RateLimit, Action::Status { code: 500, retry_after: None }, None);
    rig.inject(Place::Search, Action::Status { code: 429, retry_after: None }, None);
    assert_eq!(rig.search("a").await, Err(MarketError::QuotaExhausted { until: None }));
    assert_eq!(rig.search("b").await, Err(MarketError::QuotaExhausted { until: None }));
    assert_eq!(rig.counters().struck, 2, "a search, and the question after the end");
    pause(350).await;
    for answer in join_all((0..20).map(|_| rig.search("b"))).await {
        assert_eq!(answer, Err(MarketError::QuotaExhausted { until: None }));
    }
    assert!(rig.counters().struck <= 4, "one tried: {:?}", rig.counters());
    rig.control().heal();
    pause(350).await;
    rig.search("c").await.unwrap();
    assert_eq!(rig.ebay.health().closed, None);
}

#[tokio::test]
async fn a_wait_that_ebay_names_is_kept() {
    let rig = Rig::start().await;
    let status = |code, wait: &str| Action::Status { code, retry_after: Some(wait.to_owned()) };
    // A short one by the caller itself.
    rig.inject(Place::Search, status(503, "1"), Some(1));
    let began = Instant::now();
    rig.search("a").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    // A long one by everybody.
    rig.inject(Place::Search, status(503, "3600"), Some(1));
    let Err(MarketError::Unavailable { not_before: Some(not_before), .. }) = rig.search("a").await else {
        panic!("told otherwise")
    };
    assert!((not_before.micros() - now_us() - 3_600_000_000).abs() < 10_000_000);
    assert!(matches!(rig.search("b").await, Err(MarketError::Unavailable { not_before: Some(_), .. })));
    assert_eq!((rig.counters().struck, rig.counters().searches), (2, 1));
}

#[tokio::test]
async fn a_quota_with_a_wait_opens_when_that_is_over() {
    let rig = Rig::start().await;
    let over = Action::Status { code: 429, retry_after: Some("1".to_owned()) };
    rig.inject(Place::Search, over, Some(1));
    assert!(matches!(rig.search("a").await, Err(MarketError::QuotaExhausted { until: Some(_) })));
    assert!(rig.search("a").await.is_err());
    pause(1_050).await;
    rig.search("a").await.unwrap();
}
