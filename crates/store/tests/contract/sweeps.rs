//! Forgetting old reports and listings.

use bellwether_model::product::{Availability, Offer};
use bellwether_store::delivery::{AttemptOutcome, Content};
use bellwether_store::listing::ListingNews;
use bellwether_store::search::Observation;

use crate::contract::kit::{Kit, at};
use crate::contract::products::{drops, fallen, id, offer, seen};

contract!(
    old_reports_go_once_they_are_told,
    a_report_that_is_gone_is_not_sent_again,
    listings_that_are_lost_for_long_go_with_their_prices,
);

/// Tells of one fall at an instant.
async fn tell(kit: &Kit, search: bellwether_model::SearchId, price: &str, time: i64) -> Observation {
    let state = kit.state(search).await;
    let fired = vec![fallen(&state.alerts[0], 1, price, time)];
    let observation = Observation { fired, ..seen(search, state.version, time, vec![offer(1, price)]) };
    kit.store.commit_observation(observation.clone(), at(time)).await.unwrap();
    observation
}

async fn old_reports_go_once_they_are_told(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (_, search) = kit.product_alert(user, drops("2")).await;
    kit.begin(search, 5, vec![offer(1, "100")]).await;
    let told = tell(&kit, search, "90", 10).await;
    let claim = kit.claim(11).await.remove(0);
    kit.record(&claim, AttemptOutcome::Delivered, 12).await;
    let owed = tell(&kit, search, "80", 20).await;
    let late = tell(&kit, search, "70", 30).await;
    assert_eq!(kit.store.sweep_reports(at(10), 100).await.unwrap(), 0);
    assert_eq!(kit.store.sweep_reports(at(30), 100).await.unwrap(), 1, "what is owed stays");
    for (observation, there) in [(told, false), (owed, true), (late, true)] {
        let report = observation.fired[0].report.0;
        assert_eq!(kit.store.report(user, report).await.unwrap().is_some(), there);
    }
    assert!(
        kit.store.delivery(user, claim.id).await.unwrap().is_some(),
        "the list of deliveries stays whole"
    );
    assert_eq!(kit.claim(40).await.len(), 2);
}

async fn a_report_that_is_gone_is_not_sent_again(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (_, search) = kit.product_alert(user, drops("2")).await;
    kit.begin(search, 5, vec![offer(1, "100")]).await;
    tell(&kit, search, "90", 10).await;
    let claim = kit.claim(11).await.remove(0);
    assert!(matches!(claim.content, Content::Report(_)));
    kit.record(&claim, AttemptOutcome::Dead, 12).await;
    assert_eq!(kit.store.retry_delivery(user, claim.id, at(13)).await.unwrap(), Some(true));
    let claim = kit.claim(14).await.remove(0);
    kit.record(&claim, AttemptOutcome::Dead, 15).await;
    assert_eq!(kit.store.sweep_reports(at(20), 100).await.unwrap(), 1);
    assert_eq!(kit.store.retry_delivery(user, claim.id, at(21)).await.unwrap(), Some(false));
    assert_eq!(kit.store.retry_failed(user, at(0), 10, at(21)).await.unwrap(), (0, false));
    assert_eq!(kit.claim(30).await.len(), 0);
}

async fn listings_that_are_lost_for_long_go_with_their_prices(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (alert, search) = kit.product_alert(user, drops("2")).await;
    kit.begin(search, 5, (1..=4).map(|n| offer(n, "100")).collect()).await;
    tell(&kit, search, "90", 8).await;
    let ended = |n| Offer { availability: Availability::Ended, ..offer(n, "100") };
    kit.observe(search, 10, vec![ended(1), ended(2)]).await;
    kit.observe(search, 20, vec![ended(3)]).await;
    // One that no search ever found, and one that was heard of lately.
    for (n, time) in [(50, 5), (51, 90)] {
        let news = ListingNews::Put(Box::new(offer(n, "1")));
        kit.store.apply_listing_event(news, at(time), at(time)).await.unwrap();
    }
    assert_eq!(kit.store.sweep_listings(at(10), 1).await.unwrap(), 1, "the one that nobody found");
    assert_eq!(kit.store.sweep_listings(at(10), 100).await.unwrap(), 0);
    assert_eq!(kit.store.sweep_listings(at(15), 1).await.unwrap(), 1, "at most so many");
    assert_eq!(kit.store.sweep_listings(at(15), 100).await.unwrap(), 1);
    for (n, there) in [(1, false), (2, false), (3, true), (4, true), (50, false), (51, true)] {
        assert_eq!(kit.store.listing(&id(n), None).await.unwrap().is_some(), there, "{n}");
        let prices = kit.store.listing_prices(&id(n), offer(n, "1").site, at(0), at(999)).await.unwrap();
        assert_eq!(!prices.is_empty(), there, "{n}");
    }
    let state = kit.store.search_state(search, &[id(1), id(3)]).await.unwrap().unwrap();
    assert_eq!(state.known.len(), 2, "the third one and the fourth");
    // Found once more, it begins anew: what was told of it is forgotten, too.
    kit.observe(search, 40, vec![offer(1, "77")]).await;
    let reference = kit.store.references(search, vec![(alert, id(1))]).await.unwrap();
    assert_eq!(reference[&(alert, id(1))], "77".parse().unwrap());
    tell(&kit, search, "70", 50).await;
    kit.store.delete_alert(user, alert, at(60)).await.unwrap();
    kit.store.sweep_listings(at(15), 100).await.unwrap();
}
