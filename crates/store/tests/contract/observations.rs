//! Observations of searches: their listings and the fires of their alerts come in together, or not at all.

use std::collections::BTreeMap;

use bellwether_model::product::{Availability, ListingEvent, Offer, ProductWatch, Report};
use bellwether_model::{AlertId, Price, SearchId, Status, Timestamp};
use bellwether_store::alert::Action;
use bellwether_store::delivery::{About, Content, DeliveryFilter, DeliveryStatus, LastLook};
use bellwether_store::fire::{Cause, FireFilter};
use bellwether_store::job::JobKind;
use bellwether_store::listing::ListingOrder;
use bellwether_store::page::{Page, Stretch};
use bellwether_store::search::{ListingsFired, Observation, ObservationOutcome, SearchState};
use uuid::Uuid;

use crate::contract::kit::{Kit, MINUTE, at};
use crate::contract::products::{digest, drops, fallen, id, known, offer, seen, usd};

contract!(
    a_search_knows_what_it_saw_last_whatever_others_saw_since,
    what_was_judged_last_is_what_is_known,
    a_listing_that_ends_or_is_lost_stays_known_and_is_found_no_more,
    of_two_commits_by_one_state_one_is_brought_in,
    a_lost_poll_brings_nothing_in,
    a_poll_counts_its_answers_and_its_failures,
    fires_come_with_one_report_and_one_delivery_for_each_channel,
    the_last_fire_ends_the_alert,
    a_deletion_that_races_with_a_fire_wins,
    an_alert_that_changed_is_judged_again_and_one_that_is_gone_is_dropped,
    a_fall_is_measured_from_what_was_reported_or_else_first_seen,
    an_unverified_owner_s_messages_wait,
    searches_are_shown_to_those_who_watch_them,
);

async fn commit(kit: &Kit, observation: Observation, now: i64) -> ObservationOutcome {
    kit.store.commit_observation(observation, at(now)).await.unwrap()
}

fn kept(state: &SearchState) -> BTreeMap<String, Option<i64>> {
    let since = |time: Timestamp| (time.micros() - at(0).micros()) / 1_000_000;
    state.known.iter().map(|(id, known)| (id.to_string(), known.gone_at.map(since))).collect()
}

async fn a_search_knows_what_it_saw_last_whatever_others_saw_since(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (_, search) = kit.product_alert(user, drops("2")).await;
    let mut others = drops("2");
    if let ProductWatch::Search(watch) = &mut others.watch {
        watch.search.query = "leica".to_owned();
    }
    let (_, other) = kit.product_alert(user, others).await;
    assert_ne!(search, other);
    kit.observe(search, 10, vec![offer(1, "100"), offer(2, "50")]).await;
    kit.observe(other, 20, vec![offer(1, "90")]).await;
    let state = kit.state(search).await;
    assert_eq!(state.version, 1);
    assert_eq!(state.known[&id(1)].known, known("100"), "its own alerts have not been told of the 90");
    assert_eq!((state.known[&id(2)].first_seen_at, state.known[&id(2)].last_seen_at), (at(10), at(10)));
    assert_eq!(kit.state(other).await.known[&id(1)].known, known("90"));
    // The listing itself is one, with one history.
    let listing = kit.store.listing(&id(1), None).await.unwrap().unwrap();
    assert_eq!(
        (listing.offer.price, listing.first_seen_at, listing.observed_at),
        (Some(usd("90")), at(10), at(20))
    );
    kit.observe(search, 30, vec![offer(1, "90"), offer(2, "50")]).await;
    let prices = kit.store.listing_prices(&id(1), offer(1, "1").site, at(0), at(99)).await.unwrap();
    let prices: Vec<_> = prices.iter().map(|price| (price.observed_at, price.price)).collect();
    assert_eq!(prices, [(at(10), Some(usd("100"))), (at(20), Some(usd("90")))], "one for each change");
    assert_eq!(kit.state(search).await.known[&id(2)].last_seen_at, at(30));
    assert_eq!(kit.store.search_state(SearchId(Uuid::nil()), &[]).await.unwrap(), None);
}

async fn what_was_judged_last_is_what_is_known(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    kit.observe(search, 30, vec![offer(1, "100")]).await;
    // By a clock that is behind.
    kit.observe(search, 20, vec![offer(1, "90")]).await;
    let known_now = kit.state(search).await.known[&id(1)];
    assert_eq!(
        (known_now.known, known_now.first_seen_at, known_now.last_seen_at),
        (known("90"), at(30), at(30))
    );
    let listing = kit.store.listing(&id(1), None).await.unwrap().unwrap();
    assert_eq!(listing.offer.price, Some(usd("100")), "the listing itself goes by the times");
}

async fn a_listing_that_ends_or_is_lost_stays_known_and_is_found_no_more(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    kit.observe(search, 10, vec![offer(1, "100"), offer(2, "50"), offer(3, "70")]).await;
    let ended = Offer { availability: Availability::Ended, ..offer(1, "100") };
    let version = kit.state(search).await.version;
    let gone = Observation { gone: vec![id(2), id(99)], ..seen(search, version, 20, vec![ended]) };
    commit(&kit, gone, 20).await;
    assert_eq!(kept(&kit.state(search).await), BTreeMap::from([(id(3).to_string(), None)]));
    let asked = kit.store.search_state(search, &[id(1), id(2), id(4)]).await.unwrap().unwrap();
    let all = [(id(1), Some(20)), (id(2), Some(20)), (id(3), None)];
    assert_eq!(kept(&asked), all.into_iter().map(|(id, gone)| (id.to_string(), gone)).collect());
    assert_eq!(asked.known[&id(1)].known.availability, Availability::Ended);
    let record = kit.store.search_by_id(search).await.unwrap().unwrap();
    assert_eq!((record.listings, record.changed_at, record.polls), (1, Some(at(20)), 0));
    // Found again, it is there with all that was known.
    kit.observe(search, 30, vec![offer(2, "45")]).await;
    let state = kit.state(search).await;
    assert_eq!((state.known[&id(2)].first_seen_at, state.known[&id(2)].gone_at), (at(10), None));
}

async fn of_two_commits_by_one_state_one_is_brought_in(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (_, search) = kit.product_alert(user, drops("2")).await;
    kit.begin(search, 5, vec![offer(1, "100")]).await;
    let state = kit.state(search).await;
    let mut racers = Vec::new();
    for _ in 0..8 {
        let store = kit.second().await;
        let fired = vec![fallen(&state.alerts[0], 1, "90", 20)];
        let observation =
            Observation { fired, ..seen(search, state.version, 20, vec![offer(1, "90"), offer(2, "10")]) };
        racers
            .push(tokio::spawn(async move { store.commit_observation(observation, at(21)).await.unwrap() }));
    }
    let mut brought_in = 0;
    for racer in racers {
        match racer.await.unwrap() {
            ObservationOutcome::Committed { dropped, users } => {
                assert_eq!((dropped, users), (vec![], vec![user]));
                brought_in += 1;
            }
            outcome => assert_eq!(outcome, ObservationOutcome::Conflict),
        }
    }
    assert_eq!(brought_in, 1);
    let after = kit.state(search).await;
    assert_eq!((after.version, after.alerts[0].fires), (state.version + 1, 1));
    assert_eq!(kit.claim(30).await.len(), 1);
}

async fn a_lost_poll_brings_nothing_in(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    let poll = kit.poll(search, 10, 100).await;
    let taken = kit.store.claim_jobs(JobKind::Poll, 1, Uuid::new_v4(), MINUTE, at(70));
    assert_eq!(taken.await.unwrap().len(), 1);
    let version = kit.state(search).await.version;
    let late = Observation { poll: Some(poll), ..seen(search, version, 10, vec![offer(1, "100")]) };
    assert_eq!(commit(&kit, late, 71).await, ObservationOutcome::LeaseLost);
    assert_eq!(kit.state(search).await.known.len(), 0);
    assert_eq!(kit.store.listing(&id(1), None).await.unwrap(), None);
    assert!(!kit.store.poll_failed(poll.held, "late", at(200)).await.unwrap());
    assert_eq!(kit.store.search_by_id(search).await.unwrap().unwrap().failures, 0);
}

async fn a_poll_counts_its_answers_and_its_failures(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    let failed = kit.poll(search, 10, 20).await;
    assert!(kit.store.poll_failed(failed.held, "the marketplace said 500\0", failed.next_at).await.unwrap());
    let record = kit.store.search_by_id(search).await.unwrap().unwrap();
    assert_eq!((record.failures, record.error.as_deref()), (1, Some("the marketplace said 500")));
    for (time, price) in [(20, "100"), (30, "100"), (40, "99")] {
        let claimed = kit.store.claim_jobs(JobKind::Poll, 1, Uuid::new_v4(), MINUTE, at(time));
        let held = claimed.await.unwrap()[0].held;
        let poll = Some(bellwether_store::search::PollDone { held, next_at: at(time + 10) });
        let version = kit.state(search).await.version;
        let answered = Observation { poll, ..seen(search, version, time, vec![offer(1, price)]) };
        assert!(matches!(commit(&kit, answered, time).await, ObservationOutcome::Committed { .. }));
    }
    let record = kit.store.search_by_id(search).await.unwrap().unwrap();
    assert_eq!((record.failures, record.error, record.polls, record.changed_polls), (0, None, 3, 2));
    assert_eq!((record.polled_at, record.changed_at, record.listings), (Some(at(40)), Some(at(40)), 1));
    assert_eq!(kit.store.next_job_at(JobKind::Poll).await.unwrap(), Some(at(50)));
}

async fn fires_come_with_one_report_and_one_delivery_for_each_channel(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (alert, search) = kit.product_alert(user, drops("2")).await;
    kit.begin(search, 5, vec![offer(1, "100"), offer(2, "100")]).await;
    let mut due = kit.store.deliveries_due();
    due.mark_unchanged();
    let state = kit.state(search).await;
    assert_eq!(state.alerts[0].baseline_at, Some(at(5)));
    let mut fired = fallen(&state.alerts[0], 1, "90", 20);
    fired.fires.extend(fallen(&state.alerts[0], 2, "80", 20).fires);
    let observation = Observation {
        fired: vec![fired.clone()],
        ..seen(search, state.version, 20, vec![offer(1, "90"), offer(2, "80")])
    };
    commit(&kit, observation.clone(), 21).await;
    assert!(due.has_changed().unwrap(), "those who deliver are woken");
    assert_eq!(commit(&kit, observation, 22).await, ObservationOutcome::Conflict, "it is brought in once");
    let after = &kit.state(search).await.alerts[0];
    assert_eq!((after.fires, after.last_fired_at, after.state.fires_since_arming), (2, Some(at(20)), 2));
    assert_eq!((after.revision, after.baseline_at), (state.alerts[0].revision, Some(at(5))));
    let claims = kit.claim(30).await;
    assert_eq!(claims.len(), 1, "one message tells of both");
    let Content::Report(report) = &claims[0].content else { panic!("{:?}", claims[0].content) };
    assert_eq!((report.id, report.alert, report.user), (fired.report.0, alert, user));
    assert_eq!((report.slot_at, report.made_at, report.spec.name.as_str()), (at(20), at(21), "My search"));
    assert_eq!(report.content, fired.report.1);
    assert_eq!(kit.store.report(user, report.id).await.unwrap().as_ref(), Some(&**report));
    let (delivery, _) = kit.store.delivery(user, fired.deliveries[0]).await.unwrap().unwrap();
    assert_eq!((delivery.about, delivery.report), (About::Listings, Some((report.id, alert))));
    assert_eq!((delivery.fire, delivery.status), (None, DeliveryStatus::Sending));
    let all = Stretch { after: None, limit: 10 };
    let filter = FireFilter { alert: Some(alert), ..FireFilter::default() };
    let fires = kit.store.list_fires(user, &filter, all).await.unwrap().items;
    let told: Vec<_> =
        fires.iter().rev().map(|fire| (fire.id, fire.number, fire.spec.name(), fire.ends)).collect();
    let ids: Vec<_> = fired.fires.iter().map(|(id, _)| *id).collect();
    assert_eq!(told, [(ids[0], 1, "My search", false), (ids[1], 2, "My search", false)]);
    assert_eq!(fires[0].cause, Cause::Listing(Box::new(fired.fires[1].1.clone())));
    let filter = DeliveryFilter { report: Some(report.id), ..DeliveryFilter::default() };
    assert_eq!(
        kit.store.list_deliveries(user, &filter, Stretch { after: None, limit: 10 }).await.unwrap().total,
        1
    );
}

async fn the_last_fire_ends_the_alert(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (alert, search) = kit.product_alert(user, drops("2")).await;
    kit.begin(search, 5, vec![offer(1, "100")]).await;
    let state = kit.state(search).await;
    let mut changed = kit.store.alerts_changed();
    changed.mark_unchanged();
    let head = kit.store.head().await.unwrap();
    let fired = vec![ListingsFired { ends: true, ..fallen(&state.alerts[0], 1, "90", 20) }];
    commit(&kit, Observation { fired, ..seen(search, state.version, 20, vec![offer(1, "90")]) }, 20).await;
    assert!(changed.has_changed().unwrap());
    assert_eq!(kit.state(search).await.alerts, []);
    let after = kit.store.alert(user, alert).await.unwrap().unwrap();
    assert_eq!((after.status, after.fires, after.last_fired_at), (Status::Triggered, 1, Some(at(20))));
    let page = Page { number: 1, size: 10 };
    let history = kit.store.alert_history(user, alert, page).await.unwrap().unwrap();
    let entry = &history.items[0];
    assert_eq!((entry.action, entry.actor, entry.status), (Action::Triggered, None, Status::Triggered));
    let changes = kit.changes(head, 1).await;
    assert!(changes.iter().all(|change| change.alert.is_none()), "the evaluator need not know of it");
    assert_eq!(kit.claim(30).await.len(), 1, "what it told at last is sent");
}

async fn a_deletion_that_races_with_a_fire_wins(kit: Kit) {
    let user = kit.user("a@example.org").await;
    for round in 0..10 {
        let (alert, search) = kit.product_alert(user, drops("2")).await;
        kit.begin(search, 100 * round + 5, vec![offer(1, "100")]).await;
        let state = kit.state(search).await;
        let time = 100 * round + 20;
        let fired = vec![fallen(&state.alerts[0], 1, "90", time)];
        let observation = Observation { fired, ..seen(search, state.version, time, vec![offer(1, "90")]) };
        let (one, other) = (kit.second().await, kit.second().await);
        let commit =
            tokio::spawn(async move { one.commit_observation(observation, at(time)).await.unwrap() });
        let delete = tokio::spawn(async move { other.delete_alert(user, alert, at(time)).await.unwrap() });
        assert_eq!(delete.await.unwrap(), Some(true));
        // Nobody else changed it: it comes in, with the fire or without.
        let ObservationOutcome::Committed { .. } = commit.await.unwrap() else { panic!("not brought in") };
        assert_eq!(kit.state(search).await.known[&id(1)].known, known("90"));
        assert_eq!(kit.claim(time + 1).await.len(), 0, "nothing is sent for an alert that is deleted");
    }
}

async fn an_alert_that_changed_is_judged_again_and_one_that_is_gone_is_dropped(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (first, search) = kit.product_alert(user, drops("2")).await;
    let other_user = kit.user("b@example.org").await;
    let (second, _) = kit.product_alert(other_user, drops("5")).await;
    kit.begin(search, 5, vec![offer(1, "100")]).await;
    let state = kit.state(search).await;
    let of = |id: AlertId| state.alerts.iter().find(|alert| alert.id == id).unwrap();
    let fired = || vec![fallen(of(first), 1, "90", 20), fallen(of(second), 1, "90", 20)];
    let stale = vec![ListingsFired { revision: of(first).revision + 1, ..fallen(of(first), 1, "90", 20) }];
    let other = Observation { fired: stale, ..seen(search, state.version, 20, vec![offer(1, "90")]) };
    assert_eq!(commit(&kit, other, 20).await, ObservationOutcome::Conflict);
    assert_eq!(kit.state(search).await.known[&id(1)].known, known("100"), "nothing was brought in");
    kit.store.delete_alert(user, first, at(19)).await.unwrap();
    let observation = Observation { fired: fired(), ..seen(search, state.version, 20, vec![offer(1, "90")]) };
    let outcome = commit(&kit, observation, 20).await;
    assert_eq!(outcome, ObservationOutcome::Committed { dropped: vec![first], users: vec![other_user] });
    let claims = kit.claim(30).await;
    assert_eq!(claims.len(), 1);
    let Content::Report(report) = &claims[0].content else { panic!("{:?}", claims[0].content) };
    assert_eq!(report.alert, second);
    assert_eq!(kit.state(search).await.known[&id(1)].known, known("90"));
    // What waits when its alert is deleted is not sent.
    kit.store.delete_alert(other_user, second, at(31)).await.unwrap();
    let held = [(claims[0].id, claims[0].token)];
    assert_eq!(kit.store.still_wanted(&held, at(32)).await.unwrap(), [LastLook::Deleted]);
}

async fn references(kit: &Kit, search: SearchId, pairs: &[(AlertId, u32)]) -> Vec<Option<Price>> {
    let asked = pairs.iter().map(|(alert, n)| (*alert, id(*n))).collect();
    let found = kit.store.references(search, asked).await.unwrap();
    pairs.iter().map(|(alert, n)| found.get(&(*alert, id(*n))).copied()).collect()
}

async fn a_fall_is_measured_from_what_was_reported_or_else_first_seen(kit: Kit) {
    let user = kit.user("a@example.org").await;
    let (early, search) = kit.product_alert(user, drops("2")).await;
    // Another search knew the third listing at 300 long before this one found it.
    let mut others = drops("2");
    if let ProductWatch::Search(watch) = &mut others.watch {
        watch.search.query = "leica".to_owned();
    }
    let (_, other) = kit.product_alert(user, others).await;
    kit.observe(other, 5, vec![offer(3, "300")]).await;
    kit.observe(search, 10, vec![offer(1, "120")]).await;
    let prices = |prices: &[Option<&str>]| -> Vec<Option<Price>> {
        prices.iter().map(|price| price.map(|price| price.parse().unwrap())).collect()
    };
    assert_eq!(references(&kit, search, &[(early, 1)]).await, [None], "without a baseline there is none");
    kit.begin(search, 20, vec![offer(1, "100")]).await;
    let priceless = Offer { price: None, ..offer(2, "1") };
    kit.observe(search, 30, vec![offer(1, "99"), priceless]).await;
    kit.observe(search, 40, vec![offer(1, "99"), offer(2, "50")]).await;
    kit.observe(other, 45, vec![offer(3, "200")]).await;
    kit.observe(search, 50, vec![offer(2, "49"), offer(3, "200")]).await;
    let all = [(early, 1), (early, 2), (early, 3), (early, 4)];
    let first_seen = prices(&[Some("100"), Some("50"), Some("200"), None]);
    assert_eq!(references(&kit, search, &all).await, first_seen);
    let state = kit.state(search).await;
    let fired = vec![fallen(&state.alerts[0], 1, "90", 60)];
    commit(&kit, Observation { fired, ..seen(search, state.version, 60, vec![offer(1, "90")]) }, 60).await;
    kit.observe(search, 70, vec![offer(1, "95")]).await;
    assert_eq!(references(&kit, search, &all[..1]).await, prices(&[Some("90")]), "what was reported last");
    // Whatever was told of it: that it is here again, too.
    let state = kit.state(search).await;
    let mut again = fallen(&state.alerts[0], 1, "96", 75);
    again.fires[0].1.event = ListingEvent::Restocked;
    commit(
        &kit,
        Observation { fired: vec![again], ..seen(search, state.version, 75, vec![offer(1, "96")]) },
        75,
    )
    .await;
    assert_eq!(references(&kit, search, &all[..1]).await, prices(&[Some("96")]));
    // To one who came later the same listing was another price at first.
    let (late, _) = kit.product_alert(kit.user("b@example.org").await, drops("5")).await;
    kit.begin(search, 80, vec![offer(1, "95")]).await;
    assert_eq!(references(&kit, search, &[(late, 1), (early, 1)]).await, prices(&[Some("95"), Some("96")]));
}

async fn an_unverified_owner_s_messages_wait(kit: Kit) {
    let store = bellwether_store::Store::open(
        &kit.url,
        bellwether_store::StoreOptions { hold_unverified: true, ..bellwether_store::StoreOptions::default() },
    );
    let store = if kit.lasts { store.await.unwrap() } else { return };
    let user = kit.user_who("a@example.org", false).await;
    let (_, search) = kit.product_alert(user, drops("2")).await;
    kit.begin(search, 5, vec![offer(1, "100")]).await;
    let state = kit.state(search).await;
    let fired = fallen(&state.alerts[0], 1, "90", 20);
    let observation =
        Observation { fired: vec![fired.clone()], ..seen(search, state.version, 20, vec![offer(1, "90")]) };
    store.commit_observation(observation, at(20)).await.unwrap();
    let (delivery, _) = store.delivery(user, fired.deliveries[0]).await.unwrap().unwrap();
    assert_eq!(delivery.status, DeliveryStatus::Held);
    assert!(matches!(fired.report.1, Report::Listings(_)));
}

async fn searches_are_shown_to_those_who_watch_them(kit: Kit) {
    let (ada, bob) = (kit.user("a@example.org").await, kit.user("b@example.org").await);
    let (alert, search) = kit.product_alert(ada, drops("2")).await;
    kit.product_alert(ada, digest()).await;
    let mut prices = vec![offer(1, "100"), offer(2, "20.5"), offer(3, "9"), offer(4, "1000")];
    prices.push(Offer { price: None, ..offer(5, "1") });
    kit.observe(search, 10, prices).await;
    kit.observe(search, 20, vec![offer(6, "50")]).await;
    let shown = kit.store.list_searches(ada).await.unwrap();
    assert_eq!(shown.iter().map(|shown| (shown.id, shown.listings)).collect::<Vec<_>>(), [(search, 6)]);
    assert_eq!(kit.store.list_searches(bob).await.unwrap(), []);
    assert_eq!(kit.store.search(bob, search).await.unwrap(), None);
    assert_eq!(kit.store.search(ada, search).await.unwrap().as_ref(), shown.first());
    assert_eq!(kit.store.watched_searches(None, 10).await.unwrap(), shown);
    assert_eq!(kit.store.watched_searches(Some(search), 10).await.unwrap(), []);
    let page = |order, number| {
        let store = kit.store.clone();
        async move {
            let page = store.search_listings(search, order, Page { number, size: 4 }).await.unwrap();
            let ids: Vec<_> =
                page.items.iter().map(|found| found.listing.offer.card.id.to_string()).collect();
            (ids, page.total)
        }
    };
    let ids = |ns: &[u32]| -> Vec<String> { ns.iter().map(|n| id(*n).to_string()).collect() };
    assert_eq!(page(ListingOrder::Price, 1).await, (ids(&[3, 2, 6, 1]), 6));
    assert_eq!(page(ListingOrder::Price, 2).await, (ids(&[4, 5]), 6));
    assert_eq!(page(ListingOrder::Newest, 1).await.0[0], id(6).to_string());
    kit.store.delete_alert(ada, alert, at(30)).await.unwrap();
    assert!(kit.store.search(ada, search).await.unwrap().is_some(), "the digest watches it as well");
}
