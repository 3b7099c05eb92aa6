//! Events of listings, which come in whatever order.

use bellwether_model::Timestamp;
use bellwether_model::product::{Availability, Offer};
use bellwether_store::listing::{Listing, ListingApplied, ListingNews};
use bellwether_store::search::ObservationOutcome;

use crate::contract::kit::{Kit, at};
use crate::contract::products::{drops, id, offer, seen, usd};

contract!(
    events_converge_whatever_their_order,
    an_event_names_the_listing_before_and_after_and_its_searches,
    a_poll_that_is_older_than_an_event_does_not_undo_it,
    makers_of_one_listing_at_once_make_one,
    all_who_observe_the_same_listings_come_in,
);

fn put(n: u32, price: &str) -> ListingNews {
    ListingNews::Put(Box::new(offer(n, price)))
}

fn deleted(n: u32) -> ListingNews {
    ListingNews::Deleted { site: offer(n, "1").site, id: id(n) }
}

async fn apply(kit: &Kit, news: ListingNews, time: i64) -> ListingApplied {
    kit.store.apply_listing_event(news, at(time), at(500)).await.unwrap()
}

/// Every order of `0..n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(n - 1);
    let longer = |order: &Vec<usize>| {
        let order = order.clone();
        (0..n).map(move |place| {
            let mut longer = order.clone();
            longer.insert(place, n - 1);
            longer
        })
    };
    shorter.iter().flat_map(longer).collect()
}

async fn events_converge_whatever_their_order(kit: Kit) {
    let sold_out =
        |n| ListingNews::Put(Box::new(Offer { availability: Availability::OutOfStock, ..offer(n, "75") }));
    type Told = Vec<(i64, fn(u32) -> ListingNews)>;
    let cases: Vec<(Told, &str, Availability)> = vec![
        (
            vec![(10, |n| put(n, "100")), (20, |n| put(n, "90")), (30, |n| put(n, "80"))],
            "80",
            Availability::Available,
        ),
        (vec![(10, |n| put(n, "100")), (20, |n| put(n, "90")), (30, deleted)], "90", Availability::Ended),
        (vec![(10, |n| put(n, "100")), (20, deleted), (30, |n| put(n, "80"))], "80", Availability::Available),
        // Two that say otherwise of one time, and a deletion of the same time as well.
        (
            vec![(10, |n| put(n, "100")), (20, |n| put(n, "70")), (20, |n| put(n, "60"))],
            "70",
            Availability::Available,
        ),
        (
            vec![(20, |n| put(n, "70")), (20, |n| put(n, "60")), (20, deleted), (10, deleted)],
            "70",
            Availability::Ended,
        ),
    ];
    let mut n = 0;
    for (told, price, availability) in cases {
        for order in orders(told.len()) {
            n += 1;
            for index in &order {
                let (time, news) = &told[*index];
                apply(&kit, news(n), *time).await;
            }
            // Each of them a second time changes nothing.
            let once = kit.store.listing(&id(n), None).await.unwrap().unwrap();
            for index in order.iter().rev() {
                let (time, news) = &told[*index];
                let again = apply(&kit, news(n), *time).await;
                assert!(!again.applied, "{price}, {availability:?}, in the order {order:?}");
            }
            assert_eq!(kit.store.listing(&id(n), None).await.unwrap().as_ref(), Some(&once));
            let expected = (Some(usd(price)), availability, format!("Leica M6 no. {n}"));
            let Listing { offer, .. } = once;
            let is = (offer.price, offer.availability, offer.card.title);
            assert_eq!(is, expected, "in the order {order:?}");
            let prices = kit.store.listing_prices(&id(n), offer.site, at(0), at(99)).await.unwrap();
            let last = prices.last().unwrap();
            assert_eq!((last.price, last.availability), (is.0, is.1), "in the order {order:?}");
            assert!(
                prices
                    .windows(2)
                    .all(|two| (two[0].price, two[0].availability) != (two[1].price, two[1].availability)),
                "a row for each change only: {prices:?}"
            );
        }
    }
    apply(&kit, sold_out(1_000), 10).await;
    let listing = kit.store.listing(&id(1_000), None).await.unwrap().unwrap();
    assert_eq!(listing.offer.availability, Availability::OutOfStock);
}

async fn an_event_names_the_listing_before_and_after_and_its_searches(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    let made = apply(&kit, put(1, "100"), 10).await;
    assert_eq!((made.applied, made.before, made.searches.as_slice()), (true, None, &[][..]));
    assert_eq!((made.after.observed_at, made.after.first_seen_at), (at(10), at(500)));
    kit.observe(search, 20, vec![offer(1, "100")]).await;
    let changed = apply(&kit, put(1, "90"), 30).await;
    assert_eq!(changed.before.unwrap().offer.price, Some(usd("100")));
    assert_eq!((changed.after.offer.price, changed.searches), (Some(usd("90")), vec![search]));
    let old = apply(&kit, put(1, "95"), 25).await;
    assert_eq!((old.applied, old.after.offer.price), (false, Some(usd("90"))));
    // The search is brought on by an observation of its own.
    let state = kit.state(search).await;
    assert_eq!(state.known[&id(1)].known.price, Some(usd("100")));
    kit.observe(search, 30, vec![offer(1, "90")]).await;
    let gone = apply(&kit, deleted(1), 40).await;
    assert_eq!((gone.after.offer.availability, gone.searches), (Availability::Ended, vec![search]));
    kit.observe(search, 40, vec![gone.after.offer]).await;
    assert_eq!(apply(&kit, put(1, "80"), 50).await.searches, [], "it was lost with its end");
}

async fn a_poll_that_is_older_than_an_event_does_not_undo_it(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    kit.observe(search, 10, vec![offer(1, "100"), offer(2, "100")]).await;
    apply(&kit, put(1, "90"), 30).await;
    apply(&kit, deleted(2), 30).await;
    let version = kit.state(search).await.version;
    let older = seen(search, version, 20, vec![offer(1, "100"), offer(2, "95")]);
    kit.store.commit_observation(older, at(31)).await.unwrap();
    let price = |n| {
        let store = kit.store.clone();
        async move { store.listing(&id(n), None).await.unwrap().unwrap().offer }
    };
    assert_eq!(price(1).await.price, Some(usd("90")));
    assert_eq!(price(2).await.availability, Availability::Ended);
    kit.observe(search, 40, vec![offer(1, "100")]).await;
    assert_eq!(price(1).await.price, Some(usd("100")), "a newer one counts again");
}

async fn makers_of_one_listing_at_once_make_one(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let mut makers = Vec::new();
    for n in 0..8_u32 {
        let mut spec = drops("2");
        if let bellwether_model::product::ProductWatch::Search(watch) = &mut spec.watch {
            watch.search.query = format!("leica {n}");
        }
        let (_, search) = kit.product_alert(user, spec).await;
        let store = kit.second().await;
        makers.push(tokio::spawn(async move {
            let mut offers: Vec<Offer> = (0..50).map(|n| offer(n, "100")).collect();
            if n % 2 == 0 {
                offers.reverse();
            }
            store.commit_observation(seen(search, 0, 10, offers), at(10)).await.unwrap();
            search
        }));
    }
    for maker in makers {
        let search = maker.await.unwrap();
        assert_eq!(kit.state(search).await.known.len(), 50);
    }
    for n in 0..50 {
        let prices = kit.store.listing_prices(&id(n), offer(n, "1").site, at(0), at(99)).await.unwrap();
        assert_eq!(prices.len(), 1);
    }
}

async fn all_who_observe_the_same_listings_come_in(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let mut observers = Vec::new();
    for observer in 0..6_u32 {
        let mut spec = drops("2");
        if let bellwether_model::product::ProductWatch::Search(watch) = &mut spec.watch {
            watch.search.query = format!("leica {observer}");
        }
        let (_, search) = kit.product_alert(user, spec).await;
        let store = kit.second().await;
        observers.push(tokio::spawn(async move {
            for round in 0..15_u32 {
                // Some that are known, and some that are new to everybody, in whatever order.
                let time = i64::from(round) * 10 + i64::from(observer);
                let step = 2 * observer + 1;
                let ids = (0..30).map(|n| (n * step + round * 7) % (20 + round * 10));
                let offers = ids.map(|n| offer(n, &format!("{}", 100 + round))).collect();
                let version = store.search_state(search, &[]).await.unwrap().unwrap().version;
                let outcome = store.commit_observation(seen(search, version, time, offers), at(time)).await;
                assert!(matches!(outcome, Ok(ObservationOutcome::Committed { .. })), "{outcome:?}");
                let news = if round % 3 == 0 { deleted(round) } else { put(round + observer, "50") };
                let soon = Timestamp::from_micros(at(time).micros() + 10);
                store.apply_listing_event(news, soon, at(time)).await.unwrap();
            }
        }));
    }
    for observer in observers {
        observer.await.unwrap();
    }
    for n in 0..160 {
        let prices = kit.store.listing_prices(&id(n), offer(n, "1").site, at(0), at(999)).await.unwrap();
        let changes = prices
            .windows(2)
            .all(|two| (two[0].price, two[0].availability) != (two[1].price, two[1].availability));
        assert!(changes, "a row for each change only: {prices:?}");
    }
}
