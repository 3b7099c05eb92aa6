//! Products: searches of marketplaces, the listings they find, and the alerts that watch them.
//!
//! A **search** is a query with filters; everyone who asks for the same shares one. A **listing** is one
//! product offer; what a marketplace said of it at one moment is an [`Offer`]. A product alert
//! ([`ProductSpec`]) watches a search for events, or tells of it by a [`Schedule`]. What it tells is a
//! [`Report`]: all that its message needs, frozen at the moment of its making.

mod condition;
mod known;
mod money;
mod offer;
mod report;
mod schedule;
mod search;
mod spec;

pub use condition::ListingCondition;
pub use known::{Change, Held, Known, Traced};
pub use money::{Currency, CurrencyError, Money};
pub use offer::{Availability, Card, ListingId, ListingIdError, Offer};
pub use report::{
    DigestItem, DigestReport, Elsewhere, Goodness, InsightsReport, ListingEvent, ListingEvidence,
    ListingsReport, Mark, Moved, PricePoint, Report, Standout, Vanished,
};
pub use schedule::{LocalTime, LocalTimeError, Schedule};
pub use search::{ItemCondition, Search, Site};
pub use spec::{DigestWatch, InsightsWatch, ProductDraft, ProductSpec, ProductWatch, SearchWatch};
