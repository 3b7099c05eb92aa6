//! Prices over time: what insights look at, and days rolled up.

use bellwether_model::Timestamp;
use bellwether_model::product::{Availability, Currency, Money, Offer, Traced};
use bellwether_store::search::{DayPrices, Observation};

use crate::contract::kit::{Kit, at};
use crate::contract::products::{drops, id, offer, seen};

contract!(
    insights_look_back_to_the_price_in_force,
    a_day_is_rolled_up_the_same_each_time,
    days_are_told_the_oldest_first,
);

/// The beginning of a day of the tests.
fn day(n: i64) -> Timestamp {
    let day = 86_400_000_000;
    Timestamp::from_micros((at(0).micros() / day + n) * day)
}

/// An instant so many hours into a day of the tests, in seconds of [`at`].
fn hour(n: i64, hours: i64) -> i64 {
    (day(n).micros() - at(0).micros()) / 1_000_000 + hours * 3_600
}

async fn insights_look_back_to_the_price_in_force(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    let sold_out = Offer { availability: Availability::OutOfStock, ..offer(1, "100") };
    let elsewhere = Money { currency: Currency::EUR, ..offer(2, "50").price.unwrap() };
    let foreign = Offer { price: Some(elsewhere), ..offer(2, "50") };
    kit.observe(search, 10, vec![offer(1, "110"), foreign]).await;
    kit.observe(search, 20, vec![offer(1, "100")]).await;
    kit.observe(search, 30, vec![sold_out]).await;
    kit.observe(search, 40, vec![offer(1, "90"), offer(3, "30")]).await;
    let (traced, as_of) = kit.store.traced(search, at(25)).await.unwrap();
    assert_eq!(as_of, None);
    let told: Vec<(String, Vec<(Timestamp, String)>)> = traced
        .iter()
        .map(|traced| {
            let prices = traced.prices.iter().map(|point| (point.time, point.price.to_string()));
            (traced.offer.card.id.to_string(), prices.collect())
        })
        .collect();
    assert_eq!(
        told,
        [
            (id(1).to_string(), vec![(at(20), "100".to_owned()), (at(40), "90".to_owned())]),
            (id(2).to_string(), vec![]),
            (id(3).to_string(), vec![(at(40), "30".to_owned())]),
        ]
    );
    assert_eq!(traced[2].first_seen_at, at(40));
    assert!(traced.iter().all(|traced| traced.gone_at.is_none()));

    // What it loses is looked at by those who look back to before that, with what it cost then.
    let version = kit.state(search).await.version;
    let lost = Observation { gone: vec![id(1)], ..seen(search, version, 50, vec![offer(3, "31")]) };
    kit.store.commit_observation(lost, at(50)).await.unwrap();
    let prices = |traced: &Traced| -> Vec<String> {
        traced.prices.iter().map(|point| point.price.to_string()).collect()
    };
    let (traced, _) = kit.store.traced(search, at(35)).await.unwrap();
    let gone = traced.iter().find(|traced| traced.offer.card.id == id(1)).unwrap();
    assert_eq!((gone.gone_at, prices(gone)), (Some(at(50)), vec!["100".to_owned(), "90".to_owned()]));
    let (traced, _) = kit.store.traced(search, at(50)).await.unwrap();
    assert!(traced.iter().all(|traced| traced.offer.card.id != id(1)), "{traced:?}");
}

async fn a_day_is_rolled_up_the_same_each_time(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    // Day 1: the cheapest is 50 until noon, when that one is lost, then 80, then 70 from 18:00 on.
    kit.observe(search, hour(1, 0), vec![offer(1, "50"), offer(2, "80"), offer(3, "200")]).await;
    let version = kit.state(search).await.version;
    let lost = Observation { gone: vec![id(1)], ..seen(search, version, hour(1, 12), vec![]) };
    kit.store.commit_observation(lost, at(0)).await.unwrap();
    kit.observe(search, hour(1, 18), vec![offer(2, "70")]).await;
    // Day 2: it is sold out from 06:00 on.
    let sold_out = Offer { availability: Availability::OutOfStock, ..offer(2, "70") };
    kit.observe(search, hour(2, 6), vec![sold_out]).await;
    let price = |text: &str| text.parse().unwrap();
    let first = DayPrices { day: day(1), low: price("50"), high: price("80"), median: price("70"), count: 3 };
    let second =
        DayPrices { day: day(2), low: price("70"), high: price("200"), median: price("135"), count: 2 };
    let now = at(hour(9, 0));
    for _ in 0..2 {
        // Any instant of the day names it.
        assert_eq!(kit.store.roll_up_search(search, at(hour(1, 23)), now).await.unwrap(), Some(first));
        assert_eq!(kit.store.roll_up_search(search, day(2), now).await.unwrap(), Some(second));
        assert_eq!(kit.store.roll_up_search(search, day(0), now).await.unwrap(), None);
        assert_eq!(kit.store.daily_lows(search, 10).await.unwrap(), [first, second]);
    }
    // A day that is not over counts as far as it is known.
    let so_far = kit.store.roll_up_search(search, day(1), at(hour(1, 11))).await.unwrap().unwrap();
    assert_eq!((so_far.low, so_far.high), (price("50"), price("50")));
}

async fn days_are_told_the_oldest_first(kit: Kit) {
    let (_, search) = kit.product_alert(kit.user("a@example.org").await, drops("2")).await;
    for (n, cost) in [(1, "30"), (2, "20"), (3, "10")] {
        kit.observe(search, hour(n, 0), vec![offer(1, cost)]).await;
    }
    for n in [3, 1, 2] {
        kit.store.roll_up_search(search, day(n), at(hour(9, 0))).await.unwrap();
    }
    let lows = kit.store.daily_lows(search, 2).await.unwrap();
    let lows: Vec<_> = lows.iter().map(|prices| (prices.day, prices.low.to_string())).collect();
    assert_eq!(lows, [(day(2), "20".to_owned()), (day(3), "10".to_owned())]);
}
