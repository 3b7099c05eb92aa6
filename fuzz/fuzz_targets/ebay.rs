//! An answer of eBay: a page of a search, or a single item.

#![no_main]

use bellwether_feeds::ebay::Ebay;
use bellwether_model::product::{Money, Offer, Site};
use bellwether_model::{Price, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let found = Ebay::read(Site::EbayUs, bytes).unwrap_or_default();
    found.into_iter().flatten().for_each(|offer| check(&offer));
    if let Ok(offer) = Ebay::read_item(Site::EbayDe, bytes, Timestamp::EPOCH) {
        check(&offer);
    }
});

/// What is handed on is fit to be kept: clean words, addresses of the web, prices that print as themselves.
fn check(offer: &Offer) {
    let card = &offer.card;
    assert!(!card.title.is_empty() && card.title.chars().count() <= 200);
    for words in [Some(&card.title), card.condition.as_ref()].into_iter().flatten() {
        assert!(!words.chars().any(char::is_control));
    }
    for address in [&card.url, &card.image].into_iter().flatten() {
        assert!(address.starts_with("https://") || address.starts_with("http://"));
        assert!(address.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    for Money { value, .. } in [offer.price, offer.shipping].into_iter().flatten() {
        assert_eq!(value.to_string().parse::<Price>(), Ok(value));
    }
}
