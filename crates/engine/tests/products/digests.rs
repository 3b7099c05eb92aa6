//! What digests tell.

use bellwether_engine::products::digest;
use bellwether_model::Span;
use bellwether_model::product::{Availability, DigestReport, DigestWatch, Held, Mark, Schedule};
use proptest::prelude::*;

use super::made::{day, money, offer, price, search};

fn watch(top: u32) -> DigestWatch {
    DigestWatch {
        search: search(),
        schedule: Schedule::Every { every: Span::from_seconds(600).expect("ten minutes") },
        top,
        include: vec![],
        exclude: vec![],
    }
}

fn held(id: &str, cost: &str, first_seen: i64, then: Option<&str>) -> Held {
    Held { offer: offer(id, cost), first_seen_at: day(first_seen), price_then: then.map(money) }
}

fn ids(report: &DigestReport) -> Vec<&str> {
    report.items.iter().map(|item| item.listing.id.as_str()).collect()
}

#[test]
fn the_cheapest_come_first_and_equal_ones_by_id() {
    let offers = vec![
        held("c", "20", 0, None),
        held("b", "9.5", 0, None),
        held("a", "20.00", 0, None),
        held("d", "100", 0, None),
    ];
    let report = digest(&watch(3), day(5), Some(day(4)), offers, None);
    assert_eq!(ids(&report), ["b", "a", "c"]);
    assert_eq!((report.total, report.left_out), (4, 0));
    assert_eq!((report.slot, report.as_of), (day(5), Some(day(4))));
    assert_eq!(report.items[0].price, money("9.5"));
    assert!(report.items.iter().all(|item| item.mark.is_none()), "the first digest marks nothing");
}

#[test]
fn what_cannot_be_compared_or_bought_is_no_offer() {
    let mut gone = held("gone", "1", 0, None);
    gone.offer.availability = Availability::Ended;
    let mut sold = held("sold", "1", 0, None);
    sold.offer.availability = Availability::OutOfStock;
    let mut watch = watch(20);
    watch.exclude = vec!["strap".to_owned()];
    watch.search.max_price = Some(price("50"));
    let mut strap = held("strap", "2", 0, None);
    strap.offer.card.title = "Strap for Leica M6".to_owned();
    let offers = vec![
        gone,
        sold,
        strap,
        held("dear", "50.01", 0, None),
        held("euros", "1 EUR", 0, None),
        held("nothing", "", 0, None),
        held("good", "50", 0, None),
    ];
    let report = digest(&watch, day(5), None, offers, None);
    assert_eq!(ids(&report), ["good"]);
    assert_eq!((report.total, report.left_out), (1, 2));
}

#[test]
fn new_and_changed_offers_are_marked() {
    let offers = vec![
        held("1-new", "1", 3, None),
        held("2-fell", "2", 1, Some("2.5")),
        held("3-same", "3", 1, Some("3.00")),
        held("4-euros", "4", 1, Some("9 EUR")),
        held("5-priceless", "5", 1, None),
        held("6-just-then", "6", 2, Some("6")),
    ];
    let report = digest(&watch(20), day(4), None, offers, Some(day(2)));
    let marks: Vec<_> = report.items.into_iter().map(|item| item.mark).collect();
    assert_eq!(marks, [Some(Mark::New), Some(Mark::Changed { from: money("2.5") }), None, None, None, None]);
}

#[test]
fn a_digest_of_nothing_is_a_digest() {
    let report = digest(&watch(20), day(4), None, vec![], Some(day(2)));
    assert_eq!((report.total, report.left_out, report.items.len()), (0, 0, 0));
}

proptest! {
    #[test]
    fn those_told_are_the_cheapest_of_all(costs in proptest::collection::vec(0u32..40, 0..60), top in 1u32..30) {
        let offers: Vec<_> = costs
            .iter()
            .enumerate()
            // Zero is no price.
            .map(|(at, cost)| held(&format!("{at:02}"), &if *cost == 0 { String::new() } else { cost.to_string() }, 0, None))
            .collect();
        let report = digest(&watch(top), day(4), None, offers.clone(), None);
        let mut sorted: Vec<_> = costs.iter().enumerate().filter(|(_, cost)| **cost > 0).map(|(at, cost)| (*cost, format!("{at:02}"))).collect();
        sorted.sort();
        prop_assert_eq!(report.total, sorted.len() as u64);
        prop_assert_eq!(report.left_out, (costs.len() - sorted.len()) as u64);
        sorted.truncate(top as usize);
        let expected: Vec<_> = sorted.iter().map(|(_, id)| id.as_str()).collect();
        prop_assert_eq!(ids(&report), expected);
        // The order in which they are given does not matter.
        let mut turned = offers;
        turned.reverse();
        prop_assert_eq!(digest(&watch(top), day(4), None, turned, None), report);
    }
}
