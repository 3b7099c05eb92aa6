//! Listings: what is offered, and what it cost from when on.

pub(super) mod get_listing;
pub(super) mod get_picture;
pub(super) mod list_prices;
pub(super) mod push_events;

use bellwether_model::Timestamp;
use bellwether_model::product::{Availability, Card, Money, Site};
use bellwether_store::listing::{FoundListing, Listing};
use serde::Serialize;
use utoipa::ToSchema;

use super::query::Query;
use super::schema;

/// A listing with the times of what is known of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Listing)]
pub(super) struct ListingView {
    #[serde(flatten)]
    #[schema(value_type = schema::Card)]
    card: Card,
    #[schema(example = "EBAY_US")]
    marketplace: &'static str,
    /// What it costs without shipping.
    #[schema(value_type = Option<schema::Money>)]
    price: Option<Money>,
    /// The cheapest shipping, where it is told and not free.
    #[schema(value_type = Option<schema::Money>)]
    shipping: Option<Money>,
    /// `available`, `out_of_stock` or `ended`.
    #[schema(value_type = String, example = "available")]
    availability: Availability,
    /// Since when it is listed.
    #[schema(value_type = Option<String>, format = DateTime)]
    listed_at: Option<Timestamp>,
    /// When it ends, where that is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// When it was first seen here.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Timestamp,
    /// As of when all of this stands.
    #[schema(value_type = String, format = DateTime)]
    observed_at: Timestamp,
}

impl From<Listing> for ListingView {
    fn from(listing: Listing) -> Self {
        let Listing { offer, first_seen_at, observed_at, event_at: _ } = listing;
        Self {
            card: offer.card,
            marketplace: offer.site.name(),
            price: offer.price,
            shipping: offer.shipping,
            availability: offer.availability,
            listed_at: offer.listed_at,
            ends_at: offer.ends_at,
            first_seen_at,
            observed_at,
        }
    }
}

/// A listing that a search finds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FoundListing)]
pub(super) struct FoundView {
    #[serde(flatten)]
    listing: ListingView,
    /// When this search first found it.
    #[schema(value_type = String, format = DateTime)]
    found_at: Timestamp,
    /// When this search last found it.
    #[schema(value_type = String, format = DateTime)]
    last_found_at: Timestamp,
}

impl From<FoundListing> for FoundView {
    fn from(found: FoundListing) -> Self {
        let FoundListing { listing, first_seen_at, last_seen_at } = found;
        Self { listing: listing.into(), found_at: first_seen_at, last_found_at: last_seen_at }
    }
}

/// The site that a request names.
pub(super) fn site_of(query: &mut Query) -> Option<Site> {
    query.one::<Site>("marketplace")
}
