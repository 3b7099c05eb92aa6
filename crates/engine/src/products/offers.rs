//! What counts as an offer of a search, and which is the better one.

use std::cmp::Ordering;

use bellwether_model::Price;
use bellwether_model::product::{Availability, ListingId, Offer, Search};

/// What a listing costs in the currency of the search.
pub(super) fn price_of(offer: &Offer, search: &Search) -> Option<Price> {
    offer.price?.of(search.currency())
}

/// Whether a listing's price is within what is searched for. Where it cannot be compared, nothing speaks
/// against it.
pub(super) fn within(offer: &Offer, search: &Search) -> bool {
    price_of(offer, search).is_none_or(|price| {
        search.min_price.is_none_or(|low| price >= low) && search.max_price.is_none_or(|high| price <= high)
    })
}

/// Whether a listing can be bought for a price within what is searched for.
pub(super) fn is_offered(offer: &Offer, search: &Search) -> bool {
    offer.availability == Availability::Available && within(offer, search)
}

/// The cheapest first, those of one price by their ids.
pub(super) fn by_price(one: (Price, &ListingId), other: (Price, &ListingId)) -> Ordering {
    one.cmp(&other)
}
