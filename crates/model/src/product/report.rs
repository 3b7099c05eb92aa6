//! Reports: what a product alert tells, frozen at the moment of its making.
//!
//! A report holds all that a message of any kind needs, so that every channel and every attempt says the same.

use serde::{Deserialize, Serialize};

use super::{Card, Currency, Money, Search};
use crate::{Percent, Price, Span, Timestamp};

/// What a product alert tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Report {
    /// What happened to listings.
    Listings(ListingsReport),
    /// The cheapest offers, by schedule.
    Digest(DigestReport),
    /// How prices moved, by schedule.
    Insights(Box<InsightsReport>),
}

/// What may happen to a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingEvent {
    /// It was never seen for this search before.
    Listed,
    /// Its price fell by at least the percentage.
    PriceDrop,
    /// Its price is at most the price, and was not, or was never seen, before.
    Below,
    /// It can be bought again.
    Restocked,
    /// The marketplace says that it is gone.
    Ended,
}

/// Why a search alert fired: one listing, one event. Anyone can check it against the listing's prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingEvidence {
    /// What happened.
    pub event: ListingEvent,
    /// To which listing.
    pub listing: Card,
    /// When that was observed.
    pub time: Timestamp,
    /// What it costs now, or cost last.
    pub price: Option<Money>,
    /// What it cost at the observation before, where it was seen before.
    pub previous_price: Option<Money>,
    /// `price_drop`: the price last reported to this alert, or else the first that it saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Price>,
    /// `price_drop`: the percentage asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// `below`: the price asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Price>,
}

/// What happened to listings of one search at one observation; each is a fire of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingsReport {
    /// Of which search.
    pub search: Search,
    /// When it was observed.
    pub time: Timestamp,
    /// What happened, the best first.
    pub events: Vec<ListingEvidence>,
}

/// What is new about an offer since the report before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "snake_case")]
pub enum Mark {
    /// It was not among the listings then.
    New,
    /// It cost this then.
    Changed {
        /// The price then.
        from: Money,
    },
}

/// An offer in a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestItem {
    /// What it is.
    pub listing: Card,
    /// What it costs without shipping.
    pub price: Money,
    /// The cheapest shipping, where it is told and not free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Money>,
    /// What is new about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// The cheapest offers of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestReport {
    /// Of which search.
    pub search: Search,
    /// The instant of the schedule that it was made for.
    pub slot: Timestamp,
    /// When the marketplace was last asked; nothing where it never answered yet.
    pub as_of: Option<Timestamp>,
    /// How many offers there are in the currency; the items are the cheapest of them.
    pub total: u64,
    /// The cheapest, the cheapest first.
    pub items: Vec<DigestItem>,
    /// Offers that could not be compared, because they have no price or one in another currency.
    pub left_out: u64,
}

/// A listing whose price moved over the look-back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Which.
    pub listing: Card,
    /// The price in force at the start of the look-back.
    pub was: Price,
    /// The price now.
    pub now: Price,
    /// By how many percent, rounded half up to two decimals, without a sign: `2`, `12.35`.
    pub percent: String,
}

/// A price at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricePoint {
    /// When.
    pub time: Timestamp,
    /// How much.
    pub price: Price,
}

/// A listing that stands out by its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standout {
    /// Which.
    pub listing: Card,
    /// Its price.
    pub price: Price,
    /// What it is measured against: the cheapest before.
    pub before: Price,
}

/// Listings that could be bought at some time of the look-back and cannot any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vanished {
    /// How many.
    pub count: u64,
    /// The cheapest of them.
    pub listing: Card,
    /// What it cost last.
    pub price: Price,
    /// Whether nothing was cheaper at the start of the look-back.
    pub was_cheapest: bool,
}

/// How good the cheapest price is beside those of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goodness {
    /// The share of the days on record on which the cheapest was dearer than it is now, in whole percent.
    pub dearer_percent: u8,
    /// How many days are on record.
    pub days: u32,
    /// Whether they are too few to say much.
    pub low_confidence: bool,
}

/// Offers in currencies that are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// In which currency; nothing where they have no price.
    pub currency: Option<Currency>,
    /// How many.
    pub count: u64,
}

/// How the prices of a search moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsightsReport {
    /// Of which search.
    pub search: Search,
    /// The instant of the schedule that it was made for.
    pub slot: Timestamp,
    /// When the marketplace was last asked; nothing where it never answered yet.
    pub as_of: Option<Timestamp>,
    /// How far back prices are compared.
    pub look_back: Span,
    /// From how many percent on a fall is told.
    pub drop_percent: Percent,
    /// Offers in the currency of the search.
    pub count: u64,
    /// The cheapest, median and mean price; nothing where there is no offer. The mean is rounded half up to the
    /// cent.
    pub minimum: Option<Price>,
    /// See `minimum`.
    pub median: Option<Price>,
    /// See `minimum`.
    pub mean: Option<Price>,
    /// The lowest price ever observed for this search.
    pub all_time_low: Option<PricePoint>,
    /// How good the cheapest is now.
    pub goodness: Option<Goodness>,
    /// Falls of at least the percentage, the largest first.
    pub drops: Vec<Moved>,
    /// Rises, the largest first.
    pub rises: Vec<Moved>,
    /// A listing that is new since the start of the look-back and cheaper than the cheapest then.
    pub new_cheapest: Option<Standout>,
    /// Listings that have gone since; nothing where there are none, and in reports of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Vanished>,
    /// The cheapest offers now.
    pub best: Vec<DigestItem>,
    /// The cheapest price over time, for the chart: one point a day, the oldest first, today's last.
    pub chart: Vec<PricePoint>,
    /// Offers that could not be compared.
    pub elsewhere: Vec<Elsewhere>,
}

impl Report {
    /// What was searched for.
    #[must_use]
    pub const fn search(&self) -> &Search {
        match self {
            Report::Listings(report) => &report.search,
            Report::Digest(report) => &report.search,
            Report::Insights(report) => &report.search,
        }
    }
}

impl InsightsReport {
    /// Whether there is nothing to tell but that nothing changed.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.drops.is_empty() && self.rises.is_empty() && self.new_cheapest.is_none() && self.gone.is_none()
    }
}
