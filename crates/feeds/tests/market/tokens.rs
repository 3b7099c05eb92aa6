//! Tokens: bought once, renewed once, and not bought in vain.

use std::time::Duration;

use bellwether_feeds::MarketError;
use bellwether_feeds::ebay::ClientSecret;
use bellwether_simulators::ebay::{Action, Place};
use futures_util::future::join_all;

use crate::rig::{Rig, config, pause, simulated};

#[tokio::test]
async fn a_thousand_searches_are_made_with_one_token() {
    let rig = Rig::start().await;
    rig.list("leica", "5");
    for _ in 0..20 {
        let searches = (0..50).map(|_| rig.search("leica"));
        for page in join_all(searches).await {
            assert_eq!(page.unwrap().offers.len(), 1);
        }
    }
    let counters = rig.counters();
    assert_eq!((counters.searches, counters.tokens, counters.unauthorised), (1_000, 1, 0));
}

#[tokio::test]
async fn a_dead_token_is_renewed_once_however_many_hold_it() {
    let rig = Rig::start().await;
    rig.search("a").await.unwrap();
    rig.control().revoke_tokens();
    for page in join_all((0..50).map(|_| rig.search("a"))).await {
        page.unwrap();
    }
    assert_eq!((rig.counters().tokens, rig.counters().searches), (2, 51));
    rig.inject(Place::Search, Action::DeadToken, Some(1));
    rig.search("a").await.unwrap();
    assert_eq!(rig.counters().tokens, 3);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let mut simulated = simulated();
    simulated.token_life = Duration::from_secs(2);
    let rig = Rig::with(simulated, |config| config).await;
    rig.search("a").await.unwrap();
    pause(1_850).await;
    rig.search("a").await.unwrap();
    assert_eq!((rig.counters().tokens, rig.counters().unauthorised), (2, 0));
}

#[tokio::test]
async fn tokens_are_not_bought_in_vain_where_every_one_is_refused() {
    let rig = Rig::start().await;
    rig.inject(Place::Search, Action::DeadToken, None);
    assert!(matches!(rig.search("a").await, Err(MarketError::TokenRefused(_))));
    for _ in 0..50 {
        assert!(matches!(rig.search("b").await, Err(MarketError::TokenRefused(_))));
    }
    assert_eq!((rig.counters().tokens, rig.counters().struck), (2, 2), "one renewal, then nobody asks");
    rig.control().heal();
    pause(350).await;
    rig.search("a").await.unwrap();
    assert_eq!(rig.counters().tokens, 2);
}

#[tokio::test]
async fn wrong_credentials_are_told_without_telling_them() {
    let secret = "hunter2-hunter2";
    let wrong =
        |config| bellwether_feeds::ebay::EbayConfig { client_secret: ClientSecret::new(secret), ..config };
    let rig = Rig::with(simulated(), wrong).await;
    let Err(error @ MarketError::TokenRefused(_)) = rig.search("a").await else { panic!("not refused") };
    assert_eq!(
        error.to_string(),
        "the marketplace refuses the credentials: invalid_client: client authentication failed"
    );
    assert!(rig.search("a").await.is_err());
    assert_eq!(rig.counters().tokens_refused, 1);
    let printed = format!("{:?} {error:?}", wrong(config(&rig.running)));
    assert!(!printed.contains(secret), "{printed}");
}

#[tokio::test]
async fn a_seller_of_tokens_that_is_down_is_not_asked_by_everyone() {
    let rig = Rig::start().await;
    rig.inject(Place::Token, Action::Status { code: 500, retry_after: None }, None);
    let queries: Vec<_> = (0..100).map(|number| format!("q{number}")).collect();
    for answer in join_all(queries.iter().map(|query| rig.search(query))).await {
        assert!(matches!(answer, Err(MarketError::Unavailable { .. })), "{answer:?}");
    }
    assert!(rig.counters().tokens_refused <= 20, "{:?}", rig.counters());
    let asked = rig.counters().tokens_refused;
    assert!(rig.search("more").await.is_err());
    assert_eq!(rig.counters().tokens_refused, asked, "it is left alone");
    rig.control().heal();
    pause(350).await;
    rig.search("a").await.unwrap();
    rig.search("b").await.unwrap();
}

#[tokio::test]
async fn odd_answers_in_the_place_of_a_token_are_survived() {
    use bellwether_simulators::ebay::Garbage;
    let rig = Rig::start().await;
    for kind in [Garbage::Html, Garbage::Empty, Garbage::OtherShape, Garbage::Deep, Garbage::Binary] {
        rig.inject(Place::Token, Action::Garbage { kind }, Some(1));
        rig.control().revoke_tokens();
        rig.search("a").await.unwrap();
    }
    rig.inject(Place::Token, Action::Huge { bytes: 1_000_000 }, Some(1));
    rig.control().revoke_tokens();
    rig.search("a").await.unwrap();
}
