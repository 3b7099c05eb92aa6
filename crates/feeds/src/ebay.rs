//! eBay: searched and asked through its Browse API with an application token.
//!
//! Facts about it are from eBay's descriptions of the Browse API (v1.20) and its pages on OAuth, errors and
//! call limits, checked 2026-11-21. A token is bought once and serves everyone until shortly before its end.
//! Every item of an answer is read on its own. What a search asks for in prices is checked once more here,
//! since eBay answers a filter that it does not understand with a warning and everything it has.

use std::fmt;
use std::time::Duration;

use bellwether_model::product::{ListingId, Offer, Search, Site};

use self::calls::Calls;
use self::found::Found;
use self::notices::Keys;
pub use self::notices::{Notice, NoticeError, challenge_response};
use crate::{Allowance, BackOff, Flaw, Malformed, MarketError, MarketHealth, Marketplace, SearchPage, World};

mod answer;
mod calls;
mod found;
mod gate;
mod limits;
mod meters;
mod notices;
mod parse;
mod query;
mod text;
mod token;

/// How to reach eBay, and how patiently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EbayConfig {
    /// The base of all addresses; eBay's own is `https://api.ebay.com`.
    pub base_url: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: ClientSecret,
    /// How long a request may take.
    pub answer: Duration,
    /// Requests that one search page or item is tried with.
    pub attempts: u32,
    /// How long to wait between them, unless eBay says so.
    pub back_off: BackOff,
    /// The longest that a caller is kept waiting because eBay said so; beyond, all are told to come back.
    pub patience: Duration,
    /// Failed calls in a row after which eBay, or the one search that fails, is left alone.
    pub failures: u32,
    /// For how long, before it is tried once more.
    pub rest: Duration,
    /// The same where the calls are used up and eBay does not say when there are new ones.
    pub quota_rest: Duration,
    /// The same where the credentials are refused.
    pub token_rest: Duration,
    /// Pages that one search may take.
    pub pages: u32,
}

/// A secret that is never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Keeps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl EbayConfig {
    /// eBay itself, for an application.
    #[must_use]
    pub fn new(client_id: &str, client_secret: ClientSecret) -> Self {
        Self {
            base_url: "https://api.ebay.com".to_owned(),
            client_id: client_id.to_owned(),
            client_secret,
            answer: Duration::from_secs(20),
            attempts: 3,
            back_off: BackOff { base: Duration::from_secs(1), cap: Duration::from_secs(10) },
            patience: Duration::from_secs(10),
            failures: 5,
            rest: Duration::from_mins(1),
            quota_rest: Duration::from_mins(15),
            token_rest: Duration::from_mins(10),
            pages: 5,
        }
    }
}

/// The way to eBay, shared by everyone who searches.
pub struct Ebay {
    calls: Calls,
    keys: Keys,
    pages: u32,
}

impl Ebay {
    /// A client. Nothing is asked yet.
    #[must_use]
    pub fn new(config: EbayConfig, world: &World) -> Self {
        let pages = config.pages.clamp(1, limits::PAGES);
        Self { calls: Calls::new(config, world), keys: Keys::default(), pages }
    }

    /// What eBay has posted by itself, if the value of `X-EBAY-SIGNATURE` shows that it was eBay.
    ///
    /// # Errors
    /// Where it was not, or cannot be told at present.
    pub async fn notice(&self, signature: &str, body: &[u8]) -> Result<Notice, NoticeError> {
        self.keys.notice(&self.calls, signature, body).await
    }

    /// Reads the answer to a search on a site: what it found, in its order.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(site: Site, body: &[u8]) -> Result<Vec<Result<Offer, Flaw>>, Malformed> {
        parse::page(site, body).map(|page| page.items)
    }

    /// Reads a single item, as it stands at a moment.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read_item(site: Site, body: &[u8], now: bellwether_model::Timestamp) -> Result<Offer, Malformed> {
        parse::item(site, body, now)
    }
}

impl Marketplace for Ebay {
    fn name(&self) -> &'static str {
        limits::NAME
    }

    async fn search(&self, search: &Search, most: usize) -> Result<SearchPage, MarketError> {
        let (key, limit) = (search.key(), query::page_size(most));
        let mut found = Found::new(search);
        for number in 0..self.pages as usize {
            let path = query::search(search, limit, number * limit);
            let read = |body: &[u8]| parse::page(search.site, body);
            let page = self.calls.call(&key, search.site, &path, read).await?;
            let Some(page) = page else {
                let message = "eBay knows no search".to_owned();
                return Err(MarketError::Refused { id: None, message });
            };
            let goes_on = page.has_next && !page.items.is_empty();
            found.take(page);
            if !goes_on || (number + 1) * limit >= most {
                break;
            }
        }
        let page = found.finish();
        self.calls.meters.flaws(&page.flaws);
        Ok(page)
    }

    async fn item(&self, site: Site, id: &ListingId) -> Result<Option<Offer>, MarketError> {
        let path = query::item(id);
        let now = self.calls.now();
        self.calls.call(&path, site, &path, |body| parse::item(site, body, now)).await
    }

    async fn allowance(&self) -> Result<Allowance, MarketError> {
        self.calls.allowance().await
    }

    fn health(&self) -> MarketHealth {
        self.calls.gate.health()
    }
}
