//! Searches, what they have found, and what an observation of one brings in.

use std::collections::HashMap;

use bellwether_model::product::{
    Known, ListingEvidence, ListingId, Offer, PricePoint, ProductSpec, Report, Search,
};
use bellwether_model::{
    AlertId, AlertState, DeliveryId, FireId, Price, ReportId, SearchId, Timestamp, UserId,
};

use crate::job::HeldJob;

/// A search with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRecord {
    /// Which.
    pub id: SearchId,
    /// What is searched for.
    pub search: Search,
    /// Listings that it finds now.
    pub listings: u64,
    /// The shortest time between two polls that an alert wants, in seconds.
    pub wanted_s: Option<u64>,
    /// The time between two polls that there are calls for, in seconds.
    pub planned_s: Option<u64>,
    /// Polls that were answered.
    pub polls: u64,
    /// Those of them that brought something new.
    pub changed_polls: u64,
    /// Polls that failed since the last answer.
    pub failures: u64,
    /// What the last one met with.
    pub error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the marketplace last answered.
    pub polled_at: Option<Timestamp>,
    /// When it last said something new.
    pub changed_at: Option<Timestamp>,
}

/// How often a search is to be polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollPlan {
    /// Which search.
    pub search: SearchId,
    /// The shortest time between two polls that an alert wants, in seconds.
    pub wanted_s: Option<u64>,
    /// The time between two polls that there are calls for, in seconds.
    pub planned_s: Option<u64>,
}

/// What an observation of a search is judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchState {
    /// Grows with every observation; one commits only at the version that it was judged by.
    pub version: u64,
    /// What is searched for.
    pub search: Search,
    /// What this search knows of its listings: of those that were asked for, and of all that it finds now.
    pub known: HashMap<ListingId, KnownListing>,
    /// The active search alerts.
    pub alerts: Vec<SearchAlert>,
}

/// A listing as one search saw it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownListing {
    /// What it was when alerts were last judged by it.
    pub known: Known,
    /// When this search first found it.
    pub first_seen_at: Timestamp,
    /// When this search last found it. What is told of an earlier time is old, but for clocks that differ.
    pub last_seen_at: Timestamp,
    /// Since when it is deleted, or found no more.
    pub gone_at: Option<Timestamp>,
}

/// An active search alert.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchAlert {
    /// Which.
    pub id: AlertId,
    /// Whose.
    pub user: UserId,
    /// Grows with every change that judging must know of.
    pub revision: u64,
    /// What was asked for.
    pub spec: ProductSpec,
    /// What is to be gone on from: its fires since it was armed, and the last of them.
    pub state: AlertState,
    /// The first observation since it was armed; nothing before there was one.
    pub baseline_at: Option<Timestamp>,
    /// Nothing before this instant fires it.
    pub snoozed_until: Option<Timestamp>,
    /// Fires in its whole life.
    pub fires: u64,
    /// When it last fired.
    pub last_fired_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What one observation of a search brings in: all of it, or nothing.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Of which search.
    pub search: SearchId,
    /// The version that it was judged by.
    pub version: u64,
    /// When the marketplace was asked, or the time of the event.
    pub time: Timestamp,
    /// The poll whose answer it is; nothing for an event.
    pub poll: Option<PollDone>,
    /// The listings that were told of, as they are now; one that has ended is gone from the search.
    pub offers: Vec<Offer>,
    /// Listings that the search finds no more, although nobody says that they have ended.
    pub gone: Vec<ListingId>,
    /// Alerts for which this is the first observation, with the revision that was seen.
    pub baselines: Vec<(AlertId, u64)>,
    /// What is told, at most one of each alert.
    pub fired: Vec<ListingsFired>,
}

/// The poll that an observation comes from, and when the next one is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollDone {
    /// The claim under which it was made.
    pub held: HeldJob,
    /// When the search is polled again.
    pub next_at: Timestamp,
}

/// The fires of one alert at one observation, told in one message to each of its channels.
#[derive(Debug, Clone)]
pub struct ListingsFired {
    /// Of which alert.
    pub alert: AlertId,
    /// The revision that was seen.
    pub revision: u64,
    /// One fire for each event, in the order in which they are told; the store numbers them.
    pub fires: Vec<(FireId, ListingEvidence)>,
    /// Whether they end the alert (status `triggered`).
    pub ends: bool,
    /// What is told of them.
    pub report: (ReportId, Report),
    /// One id for each channel of the alert, in their order; the store makes the deliveries.
    pub deliveries: Vec<DeliveryId>,
}

/// What became of an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservationOutcome {
    /// It was brought in.
    Committed {
        /// Alerts whose fires were dropped, because they are no longer active alerts of this search.
        dropped: Vec<AlertId>,
        /// Whose lists changed.
        users: Vec<UserId>,
    },
    /// Another observation was first, or an alert that would fire was changed: nothing was brought in. Read
    /// the state again and judge by it.
    Conflict,
    /// The poll is no longer the caller's: nothing was brought in.
    LeaseLost,
}

/// A day of a search's prices, in its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayPrices {
    /// When the day begins, UTC.
    pub day: Timestamp,
    /// The lowest that the cheapest offer cost on that day.
    pub low: Price,
    /// The highest.
    pub high: Price,
    /// The median of the offers' lowest prices.
    pub median: Price,
    /// Offers that could be bought.
    pub count: u64,
}

impl DayPrices {
    /// The lowest price, at the beginning of the day.
    #[must_use]
    pub const fn lowest(&self) -> PricePoint {
        PricePoint { time: self.day, price: self.low }
    }
}
