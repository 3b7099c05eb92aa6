//! A marketplace: searched for offers, and asked for single ones.
//!
//! The face says what comes back and how it can fail; `ebay` is the one implementation. What is found is the
//! caller's to compare: nothing here remembers an offer. When to search, and how often, is the caller's
//! matter too; what may be asked right now is not: a source that fails, or whose allowance is used up, is left
//! alone, and whoever asks meanwhile is told so at once.

use std::collections::BTreeMap;
use std::future::Future;

use bellwether_model::Timestamp;
use bellwether_model::product::{ListingId, Offer, Search, Site};

/// A marketplace.
pub trait Marketplace: Send + Sync + 'static {
    /// What it is called in metrics and messages.
    fn name(&self) -> &'static str;

    /// The cheapest offers of a search, by ascending price: about `most`, rounded to what pages hold.
    fn search(
        &self,
        search: &Search,
        most: usize,
    ) -> impl Future<Output = Result<SearchPage, MarketError>> + Send;

    /// One offer as it stands on a site. Nothing where the marketplace no longer knows it: it has ended.
    fn item(
        &self,
        site: Site,
        id: &ListingId,
    ) -> impl Future<Output = Result<Option<Offer>, MarketError>> + Send;

    /// What is left of the allowance of calls, as the marketplace counts it.
    fn allowance(&self) -> impl Future<Output = Result<Allowance, MarketError>> + Send;

    /// How it is doing, without asking it.
    fn health(&self) -> MarketHealth;
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// The offers in the order in which they came. Those without a price, or with one in a currency that is
    /// not the site's, are among them.
    pub offers: Vec<Offer>,
    /// How many the marketplace says there are.
    pub total: u64,
    /// Whether these are all of them, but for those that were left out.
    pub is_whole: bool,
    /// Requests that it took.
    pub calls: u32,
    /// What was wrong with how many items. Those that could not be read harm no other.
    pub flaws: BTreeMap<Flaw, u32>,
    /// What the marketplace did otherwise than it was asked, in its words.
    pub warnings: Vec<String>,
}

/// What can be wrong with an item of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// It names no price. It is handed on.
    NoPrice,
    /// Its price is in a currency that is not the site's. It is handed on.
    OtherCurrency,
    /// It is not what an item should be. It is left out.
    Malformed,
    /// It stood in the result already. It is left out.
    Duplicate,
    /// Its price is outside of what was searched for. It is left out.
    OutOfRange,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Flaw; 5] =
        [Flaw::NoPrice, Flaw::OtherCurrency, Flaw::Malformed, Flaw::Duplicate, Flaw::OutOfRange];

    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::NoPrice => "no_price",
            Flaw::OtherCurrency => "other_currency",
            Flaw::Malformed => "malformed",
            Flaw::Duplicate => "duplicate",
            Flaw::OutOfRange => "out_of_range",
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// The allowance is used up for everyone.
    #[error("the marketplace's calls are used up")]
    QuotaExhausted {
        /// When it begins anew, where the marketplace says so.
        until: Option<Timestamp>,
    },
    /// The credentials, or a token bought with them, are worth nothing. Nothing can be had until they are
    /// changed.
    #[error("the marketplace refuses the credentials: {0}")]
    TokenRefused(String),
    /// This request is wrong, and will be the next time. It says nothing about others.
    #[error("{message}")]
    Refused {
        /// The marketplace's number for what is wrong.
        id: Option<u32>,
        /// The same in its words.
        message: String,
    },
    /// The marketplace or the way to it fails. Later there may be an answer.
    #[error("{reason}")]
    Unavailable {
        /// What went wrong last.
        reason: String,
        /// Before this nobody asks.
        not_before: Option<Timestamp>,
    },
}

/// An allowance of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many there are.
    pub limit: u64,
    /// How many are left.
    pub remaining: u64,
    /// When it begins anew, where that is told.
    pub resets_at: Option<Timestamp>,
}

/// How a marketplace is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MarketHealth {
    /// Whether something was answered since the start.
    pub has_answered: bool,
    /// Calls in a row that failed, whoever made them.
    pub failures: u32,
    /// Why nobody is asking it at present.
    pub closed: Option<Closed>,
    /// Searches that are left alone since they alone keep failing.
    pub resting_searches: usize,
}

/// Why a marketplace is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What is wrong.
    pub why: MarketError,
    /// When it is tried again.
    pub until: Timestamp,
}
