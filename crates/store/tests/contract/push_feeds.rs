//! A feed's name belongs to whoever claims it first, and is private until published.

use bellwether_model::Venue;
use bellwether_store::instrument::{InstrumentFilter, InstrumentInfo};
use bellwether_store::page::Page;
use bellwether_store::push_feed::Claim;

use crate::contract::kit::{Kit, at};

contract!(
    a_name_belongs_to_its_first_user,
    of_many_who_claim_at_once_one_has_it,
    a_user_has_so_many_feeds_and_no_more,
    what_is_private_is_listed_to_its_owner_alone,
);

async fn a_name_belongs_to_its_first_user(kit: Kit) {
    let (mine, yours) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    assert_eq!(kit.store.feed("gold").await.unwrap(), None);
    assert_eq!(kit.store.claim_feed(mine, "gold", 5, at(1)).await.unwrap(), Claim::Own);
    assert_eq!(kit.store.claim_feed(yours, "gold", 5, at(2)).await.unwrap(), Claim::Taken);
    assert_eq!(kit.store.claim_feed(mine, "gold", 5, at(3)).await.unwrap(), Claim::Own);
    let feed = kit.store.feed("gold").await.unwrap().unwrap();
    assert_eq!((feed.owner, feed.published, feed.created_at), (mine, false, at(1)));
    assert!(feed.is_seen_by(mine) && !feed.is_seen_by(yours));
    assert_eq!(kit.store.publish_feed(yours, "gold", true).await.unwrap(), None);
    assert!(!kit.store.feed("gold").await.unwrap().unwrap().published);
    assert!(kit.store.publish_feed(mine, "gold", true).await.unwrap().unwrap().is_seen_by(yours));
    assert_eq!(kit.store.feeds_of(mine).await.unwrap().len(), 1);
    assert_eq!(kit.store.feeds_of(yours).await.unwrap(), []);
}

async fn of_many_who_claim_at_once_one_has_it(kit: Kit) {
    let mut claims = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (store, user) = (kit.store.clone(), kit.user(&format!("{number}@example.org")).await);
        claims.spawn(async move { store.claim_feed(user, "gold", 5, at(1)).await.unwrap() });
    }
    let claims = claims.join_all().await;
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::Own).count(), 1, "{claims:?}");
}

async fn a_user_has_so_many_feeds_and_no_more(kit: Kit) {
    let user = kit.user("a@example.org").await;
    for name in ["a", "b"] {
        assert_eq!(kit.store.claim_feed(user, name, 2, at(1)).await.unwrap(), Claim::Own);
    }
    assert_eq!(kit.store.claim_feed(user, "c", 2, at(1)).await.unwrap(), Claim::TooMany);
    assert_eq!(kit.store.claim_feed(user, "a", 2, at(1)).await.unwrap(), Claim::Own);
}

async fn what_is_private_is_listed_to_its_owner_alone(kit: Kit) {
    let (mine, yours) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let info = |venue: &str, base: &str, quote: &str| InstrumentInfo {
        instrument: venue.parse().unwrap(),
        base: base.to_owned(),
        quote: quote.to_owned(),
        trading: true,
        tick_size: None,
        enabled: true,
    };
    let binance = info("binance:BTCUSDT", "BTC", "USDT");
    kit.store.save_instruments(Venue::Binance, vec![binance], at(0)).await.unwrap();
    kit.store.claim_feed(mine, "metals", 5, at(1)).await.unwrap();
    let pushed = info("push:metals/GOLD", "GOLD", "metals");
    kit.store.save_instruments(Venue::Push, vec![pushed], at(0)).await.unwrap();
    assert_eq!(kit.store.feed_instruments("metals").await.unwrap(), 1);
    let listed = async |reader| {
        let filter = InstrumentFilter { reader: Some(reader), ..InstrumentFilter::default() };
        let page = Page { number: 1, size: 10 };
        let listed = kit.store.instruments(&filter, page).await.unwrap();
        assert_eq!(usize::try_from(listed.total).unwrap(), listed.items.len());
        listed.items.len()
    };
    assert_eq!((listed(mine).await, listed(yours).await), (2, 1));
    kit.store.publish_feed(mine, "metals", true).await.unwrap();
    assert_eq!((listed(mine).await, listed(yours).await), (2, 2));
}
