//! CoinGecko: prices averaged over many markets, asked for again and again.
//!
//! There is no stream, and what lies between two answers nobody knows: it is no venue of trades, but has a price of
//! nearly every coin. One request brings up to a hundred coins in one currency. The venue makes its prices anew about
//! once a minute. Facts about it are from its documentation (`/coins/markets`, "Rate Limits", "Authentication",
//! state of 2026-11).

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bellwether_model as model;

use self::rest::Rest;
use crate::{
    BudgetUse, Catalogue, CatalogueError, Malformed, PageError, PollRules, Polled, Question, Quote, Rate,
    World,
};

mod catalogue;
mod limits;
mod parse;
mod rest;
mod symbol;

/// How to reach CoinGecko, and within which limits.
#[derive(Clone, PartialEq, Eq)]
pub struct CoingeckoConfig {
    /// Base address of REST, for example `https://api.coingecko.com`. One that begins with `https://pro-api.` is
    /// given the key as one of a paid plan.
    pub rest_url: String,
    /// The key that requests carry; empty where there is none. Never printed.
    pub api_key: String,
    /// How often a coin is asked for.
    pub interval: Duration,
    /// Symbols such as `bitcoin-usd` that have an interval of their own.
    pub intervals: BTreeMap<String, Duration>,
    /// Requests that we make at most.
    pub requests: Rate,
    /// Time for an answer to come whole.
    pub answer: Duration,
    /// How it is asked.
    pub rules: PollRules,
}

impl Default for CoingeckoConfig {
    fn default() -> Self {
        Self {
            rest_url: limits::REST_URL.to_owned(),
            api_key: String::new(),
            interval: limits::INTERVAL,
            intervals: BTreeMap::new(),
            requests: limits::REQUESTS,
            answer: limits::ANSWER,
            rules: limits::RULES,
        }
    }
}

impl CoingeckoConfig {
    /// The usual one with a key, which allows more requests; an empty key is none.
    #[must_use]
    pub fn keyed(api_key: &str) -> Self {
        let usual = Self::default();
        let requests = if api_key.is_empty() { usual.requests } else { limits::REQUESTS_WITH_KEY };
        Self { api_key: api_key.to_owned(), requests, ..usual }
    }
}

impl fmt::Debug for CoingeckoConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rest_url, api_key: _, interval, intervals, requests, answer, rules } = self;
        f.debug_struct("CoingeckoConfig")
            .field("rest_url", rest_url)
            .field("interval", interval)
            .field("intervals", intervals)
            .field("requests", requests)
            .field("answer", answer)
            .field("rules", rules)
            .finish_non_exhaustive()
    }
}

/// CoinGecko.
pub struct Coingecko {
    config: CoingeckoConfig,
    rest: Rest,
}

impl Coingecko {
    /// CoinGecko as configured. One per process: it holds the budget that all its requests share.
    #[must_use]
    pub fn new(config: CoingeckoConfig, world: &World) -> Self {
        let rest = Rest::new(&config, world);
        Self { config, rest }
    }

    /// The coin and the currency of a symbol; nothing where it is none of this venue's.
    #[must_use]
    pub fn parts(symbol: &str) -> Option<(&str, &str)> {
        symbol::parts(symbol)
    }

    /// Reads an answer with the markets of coins; the prices of those that have one, as symbols in `currency`.
    ///
    /// # Errors
    /// Where it is no list of markets. One market that cannot be read harms no other.
    pub fn read(currency: &str, body: &[u8]) -> Result<Vec<Quote>, Malformed> {
        let markets = parse::markets(body)?;
        Ok(markets.iter().filter_map(|market| market.quote(currency)).collect())
    }
}

impl Polled for Coingecko {
    fn name(&self) -> model::Venue {
        model::Venue::Coingecko
    }

    fn rules(&self) -> &PollRules {
        &self.config.rules
    }

    fn form(&self) -> &'static str {
        "a coin and a currency, such as bitcoin-usd"
    }

    fn interval(&self, symbol: &str) -> Duration {
        self.config.intervals.get(symbol).copied().unwrap_or(self.config.interval)
    }

    fn questions(&self, symbols: &[&str]) -> Vec<Question> {
        symbol::questions(symbols)
    }

    async fn ask(&self, question: &str) -> Result<Vec<Quote>, PageError> {
        self.rest.prices(question).await
    }

    fn budget(&self) -> Option<BudgetUse> {
        Some(self.rest.budget())
    }

    async fn catalogue(&self) -> Result<Catalogue, CatalogueError> {
        catalogue::fetch(&self.rest).await
    }
}
