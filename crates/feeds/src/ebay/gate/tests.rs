//! The gate by itself, at a clock that is turned by hand.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::ebay::ClientSecret;
use crate::world::Promise;

#[derive(Default)]
struct Hand(AtomicU64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_000_000 + i64::try_from(self.0.load(Ordering::SeqCst)).unwrap() * 1_000)
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, _: Duration) -> Promise<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn gate() -> (Gate, Arc<Hand>) {
    let hand = Arc::new(Hand::default());
    let mut config = EbayConfig::new("id", ClientSecret::default());
    (config.failures, config.rest) = (3, Duration::from_secs(60));
    (Gate::new(&config, hand.clone()), hand)
}

fn fail(gate: &Gate, key: &str) {
    let _ = gate.failed(key, "down", false);
}

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_millis((1_000 + seconds) * 1_000)
}

fn down(seconds: i64) -> Result<(), MarketError> {
    Err(MarketError::Unavailable { reason: "down".to_owned(), not_before: Some(second(seconds)) })
}

#[test]
fn one_search_that_fails_is_left_alone_and_no_other() {
    let (gate, hand) = gate();
    for _ in 0..3 {
        assert_eq!(gate.admit("a"), Ok(()));
        fail(&gate, "a");
    }
    assert_eq!(gate.admit("a"), down(60));
    assert_eq!((gate.admit("b"), gate.is_closed()), (Ok(()), false));
    assert_eq!(gate.health().resting_searches, 1);
    // It is tried once a minute, by one caller, and its failures say nothing about others.
    for round in 1..20 {
        hand.0.fetch_add(60, Ordering::SeqCst);
        assert_eq!(gate.admit("a"), Ok(()), "{round}");
        assert!(gate.admit("a").is_err(), "{round}");
        fail(&gate, "a");
        assert_eq!((gate.admit("b"), gate.is_closed()), (Ok(()), false), "{round}");
    }
    hand.0.fetch_add(60, Ordering::SeqCst);
    assert_eq!(gate.admit("a"), Ok(()));
    gate.answered("a");
    assert_eq!((gate.admit("a"), gate.health().resting_searches), (Ok(()), 0));
}

#[test]
fn several_that_fail_in_a_row_close_it_until_one_is_answered() {
    let (gate, hand) = gate();
    for key in ["a", "b", "c"] {
        assert_eq!(gate.admit(key), Ok(()));
        fail(&gate, key);
    }
    assert_eq!((gate.admit("a"), gate.admit("d")), (down(60), down(60)));
    hand.0.store(60, Ordering::SeqCst);
    assert_eq!(gate.admit("d"), Ok(()), "one tries");
    assert_eq!(gate.admit("a"), down(90), "the others wait for that");
    fail(&gate, "d");
    assert_eq!(gate.admit("a"), down(120));
    hand.0.store(120, Ordering::SeqCst);
    assert!(gate.admit("d").is_err(), "it tried last, and another waits");
    assert_eq!(gate.admit("a"), Ok(()));
    gate.answered("a");
    assert_eq!((gate.admit("b"), gate.admit("d")), (Ok(()), Ok(())));
    assert_eq!(gate.health().closed, None);
}

#[test]
fn an_answer_between_failures_keeps_it_open() {
    let (gate, _) = gate();
    for key in ["a", "b", "c", "d", "e", "f", "g"] {
        fail(&gate, key);
        gate.answered("z");
    }
    assert!(!gate.is_closed());
    assert_eq!(gate.health().failures, 0);
}

#[test]
fn what_fails_for_everyone_closes_it_though_one_alone_asked() {
    let (gate, _) = gate();
    for _ in 0..3 {
        let _ = gate.failed("a", "no token", true);
    }
    assert_eq!(
        gate.admit("b"),
        Err(MarketError::Unavailable { reason: "no token".to_owned(), not_before: Some(second(60)) })
    );
    let closed = gate.health().closed.unwrap();
    assert_eq!(closed.until, second(60));
}

#[test]
fn one_who_is_cancelled_while_trying_does_not_keep_it_closed() {
    let (gate, hand) = gate();
    assert!(gate.close(MarketError::QuotaExhausted { until: None }, Duration::from_secs(10)));
    assert!(!gate.close(MarketError::QuotaExhausted { until: None }, Duration::from_secs(10)), "no news");
    assert_eq!(gate.admit("a"), Err(MarketError::QuotaExhausted { until: None }));
    hand.0.store(10, Ordering::SeqCst);
    assert_eq!(gate.admit("a"), Ok(()));
    assert!(gate.admit("b").is_err());
    hand.0.store(10 + limits::TRIAL.as_secs(), Ordering::SeqCst);
    assert_eq!(gate.admit("b"), Ok(()));
    assert!(gate.close(MarketError::QuotaExhausted { until: None }, Duration::from_secs(10)), "tried anew");
}
