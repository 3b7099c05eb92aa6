//! Which searches a new item belongs to.

use bellwether_engine::products::SearchIndex;
use bellwether_model::product::{ItemCondition, Offer, Search, Site};
use proptest::prelude::*;

use super::made::{money, offer, price, search};

fn titled(title: &str, cost: &str) -> Offer {
    let mut offer = offer("1", cost);
    offer.card.title = title.to_owned();
    offer
}

fn query(text: &str) -> Search {
    Search { query: text.to_owned(), ..search() }
}

/// Whether one search, watched alone, finds a listing.
fn finds(search: &Search, offer: &Offer) -> bool {
    let mut index = SearchIndex::default();
    index.insert(7, search);
    !index.matching(offer).is_empty()
}

#[test]
fn every_word_of_the_query_is_in_the_title() {
    let camera = titled("LEICA M6, 0.72 body (boxed)", "1500");
    for text in ["leica m6", "M6 leica", "leica leica", "body"] {
        assert!(finds(&query(text), &camera), "{text}");
    }
    for text in ["leica m7", "leic", "leica m6 strap"] {
        assert!(!finds(&query(text), &camera), "{text}");
    }
}

#[test]
fn site_price_and_condition_are_kept_to() {
    let mut camera = titled("Leica M6", "1500");
    let mut wanted = query("leica");
    wanted.max_price = Some(price("1499.99"));
    assert!(!finds(&wanted, &camera));
    wanted.max_price = Some(price("1500"));
    assert!(finds(&wanted, &camera));
    wanted.min_price = Some(price("1500.01"));
    assert!(!finds(&wanted, &camera));
    wanted.min_price = None;
    // What cannot be compared speaks against nothing.
    camera.price = Some(money("9999 EUR"));
    assert!(finds(&wanted, &camera));
    let german = Search { site: Site::EbayDe, ..query("leica") };
    assert!(!finds(&german, &camera));
    camera.site = Site::EbayDe;
    assert!(finds(&german, &camera));
    let check = |wanted, told: Option<&str>, expected| {
        let mut camera = titled("Leica M6", "1500");
        camera.card.condition = told.map(str::to_owned);
        let search = Search { condition: Some(wanted), ..query("leica") };
        assert_eq!(finds(&search, &camera), expected, "{wanted:?} and {told:?}");
    };
    for (told, is_new) in [
        ("New", true),
        ("New other (see details)", true),
        ("Neu", true),
        ("Used", false),
        ("Gebraucht", false),
    ] {
        check(ItemCondition::New, Some(told), is_new);
        check(ItemCondition::Used, Some(told), !is_new);
    }
    check(ItemCondition::New, None, false);
    check(ItemCondition::Used, None, false);
}

#[test]
fn what_only_the_marketplace_understands_is_not_claimed() {
    let mut index = SearchIndex::default();
    let everything = titled("leica m6 m7 broken", "5");
    for text in ["leica -broken", "(m6,m7)", "\"leica m6\"", "lei*", "!!!"] {
        assert!(!index.insert(1, &query(text)), "{text}");
        assert!(index.is_empty() && index.matching(&everything).is_empty(), "{text}");
    }
    assert!(!index.insert(1, &Search { category: Some("625".to_owned()), ..query("leica") }));
    // A hyphen within a word parts words and nothing else.
    assert!(index.insert(1, &query("leica-m6")));
    assert_eq!(index.matching(&everything), [1]);
}

#[test]
fn searches_come_and_go() {
    let mut index = SearchIndex::default();
    let camera = titled("Leica M6", "5");
    for key in [3, 1, 2] {
        assert!(index.insert(key, &query("leica m6")));
    }
    assert_eq!((index.len(), index.matching(&camera)), (3, vec![1, 2, 3]));
    index.insert(2, &query("nikon"));
    assert_eq!((index.len(), index.matching(&camera)), (3, vec![1, 3]));
    // A query that cannot be watched takes the place of one that could.
    index.insert(3, &query("leica -m7"));
    assert_eq!((index.len(), index.matching(&camera)), (2, vec![1]));
    assert!(index.remove(1) && !index.remove(1) && index.remove(2));
    assert!(index.is_empty() && index.matching(&camera).is_empty());
}

proptest! {
    /// Beside each search watched alone.
    #[test]
    fn together_they_find_what_each_finds_alone(
        queries in proptest::collection::vec("[a-e]( [a-e]){0,3}", 1..30),
        gone in proptest::collection::vec(0usize..30, 0..10),
        title in "[a-e]( [a-eA-E]){0,5}",
    ) {
        let mut index = SearchIndex::default();
        for (key, text) in queries.iter().enumerate() {
            prop_assert!(index.insert(key, &query(text)));
        }
        for key in &gone {
            index.remove(*key);
        }
        let offer = titled(&title, "5");
        let expected: Vec<usize> = queries
            .iter()
            .enumerate()
            .filter(|(key, text)| {
                let title: Vec<String> = title.split(' ').map(str::to_lowercase).collect();
                !gone.contains(key) && text.split(' ').all(|word| title.iter().any(|one| one == word))
            })
            .map(|(key, _)| key)
            .collect();
        prop_assert_eq!(index.matching(&offer), expected);
    }
}
