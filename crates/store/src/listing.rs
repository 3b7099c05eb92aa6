//! Listings as the store keeps them: what a marketplace said last, and what they cost from when on.

use bellwether_model::product::{Availability, ListingId, Money, Offer, Site};
use bellwether_model::{SearchId, Timestamp};

/// A listing with the times of what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What the marketplace said last. Of one that was told as deleted before anything else the title is empty.
    pub offer: Offer,
    /// When it was first seen, for whichever search.
    pub first_seen_at: Timestamp,
    /// As of when the offer stands; at the epoch where only its deletion is known.
    pub observed_at: Timestamp,
    /// The time of the newest event that was applied; of a deletion a microsecond more, since it counts as if it
    /// came just after what is of its own time.
    pub event_at: Option<Timestamp>,
}

/// What a listing cost from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListingPrice {
    /// Since when.
    pub observed_at: Timestamp,
    /// How much; nothing where no price was named.
    pub price: Option<Money>,
    /// Whether it could be bought.
    pub availability: Availability,
}

/// A listing of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundListing {
    /// The listing.
    pub listing: Listing,
    /// When this search first found it.
    pub first_seen_at: Timestamp,
    /// When this search last found it.
    pub last_seen_at: Timestamp,
}

/// In which order the listings of a search are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ListingOrder {
    /// The cheapest first, in the currency of the search; those in others and those without a price last.
    #[default]
    Price,
    /// Those that this search found last, first.
    Newest,
}

/// What a marketplace tells of one listing, out of turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListingNews {
    /// It was made, or changed; this is what it is now.
    Put(Box<Offer>),
    /// It is gone.
    Deleted {
        /// Where.
        site: Site,
        /// Which.
        id: ListingId,
    },
}

impl ListingNews {
    /// Where, and which.
    #[must_use]
    pub fn names(&self) -> (Site, &ListingId) {
        match self {
            ListingNews::Put(offer) => (offer.site, &offer.card.id),
            ListingNews::Deleted { site, id } => (*site, id),
        }
    }
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingApplied {
    /// Whether it changed anything: `false` where it is older than what is known.
    pub applied: bool,
    /// The listing before.
    pub before: Option<Listing>,
    /// The listing now.
    pub after: Listing,
    /// The searches that have found it and have not lost it.
    pub searches: Vec<SearchId>,
}
