//! Forgetting old reports, listings, deliveries and fires.

use bellwether_model::UserId;
use bellwether_model::product::{Availability, Offer};
use bellwether_store::alert::Alert;
use bellwether_store::delivery::{AttemptOutcome, Claim, Content, NewAttempt};
use bellwether_store::fire::FireFilter;
use bellwether_store::listing::ListingNews;
use bellwether_store::page::{Stretch, Swept};
use bellwether_store::search::Observation;

use crate::contract::kit::{Kit, at, attempt};
use crate::contract::products::{drops, fallen, id, offer, seen};

contract!(
    old_reports_go_once_they_are_told,
    a_report_that_is_gone_is_not_sent_again,
    listings_that_are_lost_for_long_go_with_their_prices,
    old_deliveries_go_once_they_are_over,
    old_deliveries_go_by_portions,
    old_fires_go_once_no_delivery_tells_of_them,
);

/// Fires of an alert of a user, each with one delivery that is claimed.
async fn claimed(kit: &Kit, user: UserId, count: usize) -> (Alert, Vec<Claim>) {
    let alert = kit.alert(user).await;
    let mut claims = Vec::new();
    for _ in 0..count {
        kit.fire(&alert).await;
        claims.extend(kit.claim(11).await);
    }
    assert_eq!(claims.len(), count);
    (alert, claims)
}

async fn is_there(kit: &Kit, claim: &Claim) -> bool {
    kit.store.delivery(claim.user, claim.id).await.unwrap().is_some()
}

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

async fn old_deliveries_go_once_they_are_over(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (alert, claims) = claimed(&kit, user, 7).await;
    let [told, last, dead, cancelled, later, retried, sending] = &claims[..] else { panic!("seven") };
    kit.record(told, AttemptOutcome::Delivered, 12).await;
    kit.record(last, AttemptOutcome::Delivered, 13).await;
    kit.record(dead, AttemptOutcome::Dead, 14).await;
    kit.record(cancelled, AttemptOutcome::Cancelled, 14).await;
    kit.record(later, AttemptOutcome::Retry { at: at(900) }, 14).await;
    // Tried once more after the time was over.
    let tried = NewAttempt { started_at: at(60), ..attempt(retried, AttemptOutcome::Expired) };
    kit.store.record(vec![tried], at(61)).await.unwrap();

    assert_eq!(kit.store.sweep_deliveries(at(10), None, 100).await.unwrap().removed, 0, "owed since then");
    assert_eq!(
        kit.store.sweep_deliveries(at(50), None, 100).await.unwrap(),
        Swept { removed: 3, next: None }
    );
    let there = [(told, false), (last, true), (dead, false), (cancelled, false)];
    for (claim, stays) in there.into_iter().chain([(later, true), (retried, true), (sending, true)]) {
        assert_eq!(is_there(&kit, claim).await, stays, "{:?}", claim.content);
    }
    let read = kit.read(&alert).await;
    assert_eq!((read.last_sent_at, read.fires), (Some(at(13)), 7), "the alert shows what it showed");
    assert_eq!(
        kit.store.sweep_deliveries(at(61), None, 100).await.unwrap().removed,
        1,
        "its last try is old"
    );
    assert_eq!(kit.record(sending, AttemptOutcome::Delivered, 65).await, []);
    assert_eq!(
        kit.store.sweep_deliveries(at(70), None, 100).await.unwrap().removed,
        1,
        "told since by another"
    );
    assert_eq!(kit.claim(900).await.len(), 1, "what is owed is still sent");
}

async fn old_deliveries_go_by_portions(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (_, claims) = claimed(&kit, user, 5).await;
    for claim in &claims[1..] {
        kit.record(claim, AttemptOutcome::Dead, 12).await;
    }
    let (mut removed, mut looks, mut after) = (0, 0, None);
    loop {
        let swept = kit.store.sweep_deliveries(at(50), after, 2).await.unwrap();
        assert!(swept.removed <= 2);
        (removed, looks, after) = (removed + swept.removed, looks + 1, swept.next);
        if after.is_none() {
            break;
        }
    }
    assert_eq!((removed, looks), (4, 3), "what stays is gone over once");
    let newer = kit.store.sweep_deliveries(at(10), None, 1).await.unwrap();
    assert_eq!(newer, Swept { removed: 0, next: None }, "what is newer is not gone over");
}

async fn old_fires_go_once_no_delivery_tells_of_them(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (alert, claims) = claimed(&kit, user, 4).await;
    kit.record(&claims[0], AttemptOutcome::Dead, 12).await;
    kit.record(&claims[1], AttemptOutcome::Delivered, 12).await;
    kit.record(&claims[2], AttemptOutcome::Retry { at: at(100) }, 12).await;
    assert_eq!(kit.store.sweep_fires(at(50), None, 100).await.unwrap().removed, 0, "each is told of");
    assert_eq!(kit.store.sweep_deliveries(at(50), None, 100).await.unwrap().removed, 1);
    assert_eq!(kit.store.sweep_fires(at(10), None, 100).await.unwrap().removed, 0, "made since then");
    let all = Stretch { after: None, limit: 100 };
    let of_alert = FireFilter { alert: Some(alert.id), ..FireFilter::default() };
    let first = kit.store.list_fires(user, &of_alert, all).await.unwrap().items.pop().unwrap();
    assert_eq!(kit.store.sweep_fires(at(50), None, 3).await.unwrap().removed, 1);
    let before = |fire| kit.store.fires_before(user, &of_alert, Some(fire), 9);
    assert_eq!(before(first.id).await.unwrap(), [], "whoever had come to the one that is gone is at the end");

    let listed = kit.store.list_fires(user, &FireFilter::default(), all).await.unwrap();
    assert_eq!(listed.total, 3);
    assert!(listed.items.iter().all(|fire| fire.number > 1));
    assert_eq!(kit.fire(&alert).await.number, 5, "the count goes on");
    assert_eq!(kit.read(&alert).await.fires, 5);
    // The one that waits, and the one whose worker never came back, have all that their messages need.
    assert_eq!(kit.claim(100).await.len(), 3);
}
