//! Which observations of a listing fire a search alert.

use bellwether_engine::products::judge;
use bellwether_model::product::{
    Availability, Change, Known, ListingCondition, ListingEvent, ListingEvidence, SearchWatch,
};
use bellwether_model::{Percent, Price, Timestamp};
use proptest::prelude::*;

use super::made::{at, money, offer, price, search};

const LISTED: ListingCondition = ListingCondition::Listed;
const RESTOCKED: ListingCondition = ListingCondition::Restocked;
const ENDED: ListingCondition = ListingCondition::Ended;

fn drop_of(percent: &str) -> ListingCondition {
    ListingCondition::PriceDrop { percent: percent.parse().expect(percent) }
}

fn below(text: &str) -> ListingCondition {
    ListingCondition::Below { price: price(text) }
}

fn watch(conditions: &[ListingCondition]) -> SearchWatch {
    SearchWatch { search: search(), conditions: conditions.to_vec(), include: vec![], exclude: vec![] }
}

/// A listing that could be bought all the time; an empty text is no price, `None` is never seen.
fn change(before: Option<&str>, now: &str) -> Change {
    let known = |cost: &str| Known {
        price: (!cost.is_empty()).then(|| money(cost)),
        availability: Availability::Available,
    };
    Change { offer: offer("1", now), before: before.map(known), time: at("2026-11-21T10:00:00Z") }
}

fn fired(
    conditions: &[ListingCondition],
    change: &Change,
    reference: Option<&str>,
) -> Option<ListingEvidence> {
    judge(&watch(conditions), change, reference.map(price))
}

fn event(
    conditions: &[ListingCondition],
    before: Option<&str>,
    now: &str,
    reference: Option<&str>,
) -> Option<ListingEvent> {
    fired(conditions, &change(before, now), reference).map(|evidence| evidence.event)
}

#[test]
fn a_fall_is_measured_exactly_from_the_price_told_last() {
    let two = [drop_of("2")];
    assert_eq!(event(&two, Some("100"), "98", Some("100")), Some(ListingEvent::PriceDrop));
    assert_eq!(event(&two, Some("100"), "98.01", Some("100")), None);
    // Slowly: each step is small, the whole is not.
    assert_eq!(event(&two, Some("98.5"), "98", Some("100")), Some(ListingEvent::PriceDrop));
    // Told already.
    assert_eq!(event(&two, Some("100"), "98", Some("98")), None);
    assert_eq!(event(&two, Some("100"), "120", Some("100")), None);
    // First seen: nothing to fall from.
    assert_eq!(event(&two, None, "98", None), None);
    let evidence = fired(&two, &change(Some("99"), "98"), Some("100")).unwrap();
    assert_eq!(evidence.price, Some(money("98")));
    assert_eq!(evidence.previous_price, Some(money("99")));
    assert_eq!((evidence.reference, evidence.threshold), (Some(price("100")), None));
    assert_eq!(evidence.percent, Some("2".parse().unwrap()));
}

#[test]
fn below_fires_as_the_price_comes_there_and_not_while_it_stays() {
    let limit = [below("300")];
    assert_eq!(event(&limit, None, "300", None), Some(ListingEvent::Below));
    assert_eq!(event(&limit, Some("300.01"), "300", None), Some(ListingEvent::Below));
    assert_eq!(event(&limit, Some("300"), "299", None), None);
    assert_eq!(event(&limit, Some("250"), "300", None), None);
    assert_eq!(event(&limit, Some("400"), "300.01", None), None);
    // It had no price, or one that says nothing here.
    assert_eq!(event(&limit, Some(""), "299", None), Some(ListingEvent::Below));
    assert_eq!(event(&limit, Some("100 EUR"), "299", None), Some(ListingEvent::Below));
    let evidence = fired(&limit, &change(None, "299"), None).unwrap();
    assert_eq!((evidence.threshold, evidence.previous_price), (Some(price("300")), None));
}

#[test]
fn no_price_and_no_comparable_price_fire_no_condition_on_prices() {
    let both = [drop_of("2"), below("300")];
    for now in ["", "1 EUR"] {
        assert_eq!(event(&both, Some("500"), now, Some("500")), None, "{now}");
        assert_eq!(event(&[LISTED], None, now, None), Some(ListingEvent::Listed), "{now}");
    }
}

#[test]
fn a_listing_is_listed_once() {
    assert_eq!(event(&[LISTED], None, "5", None), Some(ListingEvent::Listed));
    assert_eq!(event(&[LISTED], Some("5"), "5", None), None);
    let mut gone = change(None, "5");
    gone.offer.availability = Availability::Ended;
    assert_eq!(fired(&[LISTED, ENDED], &gone, None), None);
}

#[test]
fn stock_comes_back_and_listings_end() {
    use Availability::{Available, Ended, OutOfStock};
    let check = |before: Option<Availability>, now, expected: Option<ListingEvent>| {
        let mut change = change(before.map(|_| "5"), "5");
        change.offer.availability = now;
        if let Some(known) = &mut change.before {
            known.availability = before.unwrap_or(Available);
        }
        let event = fired(&[RESTOCKED, ENDED], &change, None).map(|evidence| evidence.event);
        assert_eq!(event, expected, "{before:?} to {now:?}");
    };
    check(Some(OutOfStock), Available, Some(ListingEvent::Restocked));
    check(Some(Ended), Available, Some(ListingEvent::Restocked));
    check(Some(Available), Available, None);
    check(None, Available, None);
    check(Some(Available), OutOfStock, None);
    check(Some(Available), Ended, Some(ListingEvent::Ended));
    check(Some(OutOfStock), Ended, Some(ListingEvent::Ended));
    check(Some(Ended), Ended, None);
    check(None, Ended, None);
}

#[test]
fn what_is_gone_is_told_with_its_last_price_and_has_not_fallen() {
    let mut gone = change(Some("400"), "");
    gone.offer.availability = Availability::Ended;
    let evidence = fired(&[ENDED], &gone, None).unwrap();
    assert_eq!((evidence.price, evidence.previous_price), (Some(money("400")), Some(money("400"))));
    gone.offer.price = Some(money("1"));
    assert_eq!(fired(&[drop_of("2"), below("300")], &gone, Some("400")), None);
}

#[test]
fn the_first_condition_of_the_user_that_is_met_is_the_one() {
    let (one, other) = ([below("300"), drop_of("2")], [drop_of("2"), below("300")]);
    assert_eq!(event(&one, Some("400"), "290", Some("400")), Some(ListingEvent::Below));
    assert_eq!(event(&other, Some("400"), "290", Some("400")), Some(ListingEvent::PriceDrop));
    assert_eq!(event(&other, None, "290", None), Some(ListingEvent::Below));
}

#[test]
fn titles_and_the_bounds_of_the_search_are_kept_to() {
    let mut watched = watch(&[LISTED, ENDED]);
    watched.exclude = vec!["broken".to_owned()];
    let mut new = change(None, "5");
    assert!(judge(&watched, &new, None).is_some());
    new.offer.card.title = "Leica M6, BROKEN".to_owned();
    assert!(judge(&watched, &new, None).is_none());
    watched.exclude.clear();
    watched.search.max_price = Some(price("4"));
    assert!(judge(&watched, &new, None).is_none());
    new.offer.price = Some(money("4"));
    assert!(judge(&watched, &new, None).is_some());
}

fn some_price() -> impl Strategy<Value = Price> {
    (1u128..1_000_000, 0u32..4)
        .prop_map(|(digits, decimals)| Price::from_parts(digits, decimals).expect("a price"))
}

fn some_percent() -> impl Strategy<Value = Percent> {
    (1u32..1_000_000)
        .prop_map(|parts| format!("{}.{:04}", parts / 10_000, parts % 10_000).parse().expect("a percentage"))
}

proptest! {
    /// Beside whole numbers: `p * 100 <= R * (100 - P)`.
    #[test]
    fn a_fall_is_what_the_definition_says(now in some_price(), reference in some_price(), percent in some_percent()) {
        let whole = |price: Price| {
            let (digits, decimals) = price.parts();
            digits * 10u128.pow(4 - decimals)
        };
        let parts = u128::from(percent.ten_thousandths());
        let expected = whole(now) * 1_000_000 <= whole(reference) * (1_000_000 - parts);
        let change = change(Some("1"), &now.to_string());
        let fired = judge(&watch(&[ListingCondition::PriceDrop { percent }]), &change, Some(reference));
        prop_assert_eq!(fired.is_some(), expected);
    }

    /// However a price wanders, `below` fires exactly when it comes from above.
    #[test]
    fn below_fires_at_each_way_in(prices in proptest::collection::vec(1u32..10, 1..30)) {
        let mut before: Option<u32> = None;
        for now in prices {
            let known = before.map(|before| before.to_string());
            let fired = event(&[below("5")], known.as_deref(), &now.to_string(), None).is_some();
            prop_assert_eq!(fired, now <= 5 && before.is_none_or(|before| before > 5));
            before = Some(now);
        }
    }

    /// An observation that says nothing new fires nothing, whatever is waited for.
    #[test]
    fn the_same_again_fires_nothing(cost in some_price(), percent in some_percent(), limit in some_price()) {
        let text = cost.to_string();
        let all = [LISTED, ListingCondition::PriceDrop { percent }, ListingCondition::Below { price: limit }, RESTOCKED, ENDED];
        let mut change = change(Some(&text), &text);
        change.time = Timestamp::EPOCH;
        prop_assert_eq!(judge(&watch(&all), &change, Some(cost)), None);
    }
}
