//! What goes wrong on the way, and whom it concerns.

use std::time::Duration;

use bellwether_feeds::ebay::EbayConfig;
use bellwether_feeds::{MarketError, Marketplace};
use bellwether_model::product::Site;
use bellwether_simulators::ebay::{Action, Fault, Garbage, Place};

use crate::rig::{Rig, pause, simulated, titles};

fn all() -> Vec<Action> {
    let garbage = [
        Garbage::Html,
        Garbage::Empty,
        Garbage::CutJson,
        Garbage::OtherShape,
        Garbage::Deep,
        Garbage::Binary,
    ];
    let mut all: Vec<_> = garbage.into_iter().map(|kind| Action::Garbage { kind }).collect();
    all.extend([
        Action::Status { code: 500, retry_after: None },
        Action::Status { code: 502, retry_after: Some("soon".to_owned()) },
        Action::Truncate,
        Action::Huge { bytes: 6_000_000 },
        Action::Redirect { to: "http://127.0.0.1:9/".to_owned() },
        Action::Hang,
        Action::Delay { ms: 2_000 },
    ]);
    all
}

fn impatient(config: EbayConfig) -> EbayConfig {
    EbayConfig { answer: Duration::from_millis(400), ..config }
}

#[tokio::test]
async fn a_failure_is_got_over_and_one_that_lasts_is_told() {
    let rig = Rig::with(simulated(), impatient).await;
    rig.list("leica", "5");
    for action in all() {
        rig.inject(Place::Search, action.clone(), Some(1));
        let page = rig.search("leica").await;
        assert_eq!(titles(page.as_ref().unwrap()), ["leica"], "{action:?}");
        let before = rig.counters().struck;
        rig.inject(Place::Search, action.clone(), None);
        let failed = rig.search("leica").await;
        assert!(matches!(failed, Err(MarketError::Unavailable { .. })), "{action:?}: {failed:?}");
        assert_eq!(rig.counters().struck - before, 3, "{action:?}: attempts are bounded");
        rig.control().heal();
        rig.search("leica").await.unwrap();
    }
    assert_eq!(rig.counters().tokens, 1);
}

#[tokio::test]
async fn an_outage_is_waited_out_without_asking_on() {
    let rig = Rig::start().await;
    rig.list("leica", "5");
    rig.search("leica").await.unwrap();
    rig.inject(Place::Search, Action::Status { code: 503, retry_after: None }, None);
    for number in 0..40 {
        let failed = rig.search(&format!("q{}", number % 8)).await;
        assert!(matches!(failed, Err(MarketError::Unavailable { .. })), "{failed:?}");
    }
    // Five calls of three attempts, and perhaps a trial.
    assert!(rig.counters().struck <= 18, "{:?}", rig.counters());
    let closed = rig.ebay.health().closed.unwrap();
    assert!(closed.why.to_string().contains("503"), "{closed:?}");
    let Err(MarketError::Unavailable { not_before: Some(_), reason }) = rig.search("other").await else {
        panic!("told otherwise")
    };
    assert!(reason.contains("503"), "{reason}");
    rig.control().heal();
    pause(700).await;
    rig.search("leica").await.unwrap();
    assert_eq!((rig.ebay.health().closed, rig.ebay.health().failures), (None, 0));
}

#[tokio::test]
async fn one_search_that_always_fails_stops_no_other() {
    let rig = Rig::start().await;
    rig.list("leica", "5");
    let action = Action::Status { code: 500, retry_after: None };
    let bad = Fault { at: Some(Place::Search), query: Some("q=bad&".to_owned()), action, times: None };
    rig.control().inject(bad).unwrap();
    for _ in 0..10 {
        assert!(rig.search("bad").await.is_err());
    }
    assert_eq!(rig.counters().struck, 15, "it is left alone after five");
    assert_eq!(rig.ebay.health().resting_searches, 1);
    rig.search("leica").await.unwrap();
    rig.control().heal();
    pause(350).await;
    rig.search("bad").await.unwrap();
    assert_eq!(rig.ebay.health().resting_searches, 0);
}

#[tokio::test]
async fn a_request_that_is_refused_is_made_once_and_concerns_no_other() {
    let rig = Rig::start().await;
    rig.inject(Place::Search, Action::Status { code: 400, retry_after: None }, Some(1));
    let refused = rig.search("a").await;
    assert!(matches!(refused, Err(MarketError::Refused { id: Some(12_000), .. })), "{refused:?}");
    assert_eq!(rig.counters().struck, 1);
    let refused = rig.ebay.item(Site::EbayUs, &"204511".parse().unwrap()).await;
    let expected = MarketError::Refused { id: Some(11_012), message: "The item id is malformed.".to_owned() };
    assert_eq!(refused, Err(expected));
    rig.search("a").await.unwrap();
    assert_eq!((rig.ebay.health().failures, rig.ebay.health().closed), (0, None));
}

#[tokio::test]
async fn an_address_where_nobody_answers_is_told() {
    let rig = Rig::start().await;
    rig.running.set_shut(true);
    let failed = rig.search("a").await;
    assert!(matches!(failed, Err(MarketError::Unavailable { .. })), "{failed:?}");
    rig.running.set_shut(false);
    rig.search("a").await.unwrap();
}
