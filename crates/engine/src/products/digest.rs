//! The cheapest offers of a search.

use bellwether_model::product::{DigestItem, DigestReport, DigestWatch, Held, Mark, Money, Offer, Search};
use bellwether_model::{Price, Timestamp};

use super::offers::{by_price, is_offered, price_of};
use super::title::TitleFilter;

/// The report for one instant of the schedule.
///
/// `slot` is that instant, `as_of` when the marketplace was last asked, `since` when the digest before was made;
/// nothing is marked where there was none.
#[must_use]
pub fn digest(
    watch: &DigestWatch,
    slot: Timestamp,
    as_of: Option<Timestamp>,
    offers: Vec<Held>,
    since: Option<Timestamp>,
) -> DigestReport {
    let titles = TitleFilter::new(&watch.include, &watch.exclude);
    let mut left_out = 0;
    let mut priced: Vec<(Price, Held)> = Vec::with_capacity(offers.len());
    for held in offers {
        if !is_offered(&held.offer, &watch.search) || !titles.passes(&held.offer.card.title) {
            continue;
        }
        match price_of(&held.offer, &watch.search) {
            Some(price) => priced.push((price, held)),
            None => left_out += 1,
        }
    }
    let total = u64::try_from(priced.len()).unwrap_or(u64::MAX);
    priced.sort_unstable_by(|(one, a), (other, b)| {
        by_price((*one, &a.offer.card.id), (*other, &b.offer.card.id))
    });
    priced.truncate(usize::try_from(watch.top).unwrap_or(usize::MAX));
    let items = priced.into_iter().map(|(price, held)| item(&watch.search, price, held, since)).collect();
    DigestReport { search: watch.search.clone(), slot, as_of, total, items, left_out }
}

fn item(search: &Search, price: Price, held: Held, since: Option<Timestamp>) -> DigestItem {
    let mark = since.and_then(|since| mark(search, price, held.first_seen_at > since, held.price_then));
    shown(search, price, held.offer, mark)
}

/// What is new about an offer: that it is there at all, or what it costs.
pub(super) fn mark(search: &Search, price: Price, is_new: bool, then: Option<Money>) -> Option<Mark> {
    if is_new {
        return Some(Mark::New);
    }
    let from = then.filter(|then| then.of(search.currency()).is_some_and(|then| then != price))?;
    Some(Mark::Changed { from })
}

/// An offer as reports hold it.
pub(super) fn shown(search: &Search, price: Price, offer: Offer, mark: Option<Mark>) -> DigestItem {
    DigestItem {
        listing: offer.card,
        price: Money { value: price, currency: search.currency() },
        shipping: offer.shipping,
        mark,
    }
}
