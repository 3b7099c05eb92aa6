//! Listings for the examples.

use bellwether_model::product::{Availability, Card, Currency, Money, Offer, PricePoint, Search, Site};
use bellwether_model::{Price, Timestamp};

pub(crate) fn price(text: &str) -> Price {
    text.parse().expect(text)
}

/// `98` or `98 EUR`; dollars where nothing is said.
pub(crate) fn money(text: &str) -> Money {
    let (value, currency) = text.split_once(' ').unwrap_or((text, "USD"));
    Money { value: price(value), currency: currency.parse::<Currency>().expect(currency) }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

/// So many days after the first of October 2026.
pub(crate) fn day(number: i64) -> Timestamp {
    Timestamp::from_micros(at("2026-10-01T12:00:00Z").micros() + number * 86_400_000_000)
}

pub(crate) fn point(number: i64, text: &str) -> PricePoint {
    PricePoint { time: day(number), price: price(text) }
}

pub(crate) fn search() -> Search {
    Search {
        query: "leica m6".to_owned(),
        site: Site::EbayUs,
        min_price: None,
        max_price: None,
        condition: None,
        category: None,
    }
}

/// A listing that can be bought; an empty text is no price.
pub(crate) fn offer(id: &str, cost: &str) -> Offer {
    Offer {
        card: Card {
            id: id.parse().expect(id),
            title: format!("Leica M6 {id}"),
            url: None,
            image: None,
            condition: None,
        },
        site: Site::EbayUs,
        price: (!cost.is_empty()).then(|| money(cost)),
        shipping: None,
        availability: Availability::Available,
        listed_at: None,
        ends_at: None,
    }
}
