//! What happened to what is one user's, in one order: for other services that follow it.
//!
//! Unlike [`crate::news`] this is a record. Nothing is missing from it, also for whoever was away, as long as
//! it is kept.

use bellwether_model::product::{Availability, ListingId, Money, Site};
use bellwether_model::{AlertId, SearchId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alert::HistoryEntry;
use crate::evaluation::Cursor;
use crate::fire::Fire;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its place, after which to go on.
    pub cursor: Cursor,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// An alert was made, changed, deleted or came to its end.
    Alert(AlertId, Box<HistoryEntry>),
    /// An alert went off.
    Fire(Box<Fire>),
    /// Listings of a search that an active alert watches are not as they were.
    Listings(SearchId, Vec<ListingChange>),
}

/// How a listing of a search is not as it was when the search last saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingChange {
    /// In which way.
    pub kind: ListingChangeKind,
    /// Which listing.
    pub id: ListingId,
    /// Where.
    pub site: Site,
    /// What it is called; nothing of one that is found no more.
    pub title: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// What it costs, or cost when it was last found.
    pub price: Option<Money>,
    /// What it cost before.
    pub previous_price: Option<Money>,
    /// Whether it can be bought.
    pub availability: Option<Availability>,
}

/// In which way a listing is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingChangeKind {
    /// The search finds it for the first time, or again.
    New,
    /// It costs another price.
    Price,
    /// It costs the same, and can be bought again or not any more.
    Availability,
    /// It ended, or the search finds it no more.
    Gone,
}

/// A part of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// What happened, in order.
    pub entries: Vec<LogEntry>,
    /// Where to go on.
    pub next: Cursor,
    /// Whether there is more now.
    pub more: bool,
}
