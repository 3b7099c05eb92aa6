//! What is known of listings from earlier observations: what the rules are given to compare with.

use super::{Availability, Money, Offer, PricePoint};
use crate::Timestamp;

/// A listing as it was observed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// What it cost.
    pub price: Option<Money>,
    /// Whether it could be bought.
    pub availability: Availability,
}

/// An observation of a listing, beside the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The listing now.
    pub offer: Offer,
    /// The listing before; nothing where it was never seen for this search.
    pub before: Option<Known>,
    /// When it was observed.
    pub time: Timestamp,
}

/// A listing of a search, as a digest looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The listing now.
    pub offer: Offer,
    /// When it was first seen for this search.
    pub first_seen_at: Timestamp,
    /// Its price when the digest before was made; nothing where it had none, or was not there.
    pub price_then: Option<Money>,
}

/// A listing of a search with its past, as insights look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// The listing now.
    pub offer: Offer,
    /// When it was first seen for this search.
    pub first_seen_at: Timestamp,
    /// Since when this search does not find it any more, or the marketplace says that it is gone.
    pub gone_at: Option<Timestamp>,
    /// Its prices in the search's currency with the times at which they were first observed, the oldest first;
    /// from the one in force at the start of the look-back on.
    pub prices: Vec<PricePoint>,
}
