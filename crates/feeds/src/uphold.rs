//! Uphold: tickers, asked for again and again.
//!
//! There is no stream, no history and no time in an answer. One request brings every pair of a currency, in
//! both directions; a pair gives three instruments, the mid and its sides. Facts about the venue are from its
//! documentation (`_tickers.md`, `_ratelimits.md`, `_errors.md`, state of 2026-05).

use std::collections::BTreeMap;
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

/// How to reach Uphold, and within which limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpholdConfig {
    /// Base address of REST, for example `https://api.uphold.com`.
    pub rest_url: String,
    /// How often a pair is asked for.
    pub interval: Duration,
    /// Pairs such as `BTC-USD` that have an interval of their own.
    pub intervals: BTreeMap<String, Duration>,
    /// Requests that we make at most.
    pub requests: Rate,
    /// Time for an answer to come whole.
    pub answer: Duration,
    /// How it is asked.
    pub rules: PollRules,
}

impl Default for UpholdConfig {
    fn default() -> Self {
        Self {
            rest_url: limits::REST_URL.to_owned(),
            interval: limits::INTERVAL,
            intervals: BTreeMap::new(),
            requests: limits::REQUESTS,
            answer: limits::ANSWER,
            rules: limits::RULES,
        }
    }
}

/// Uphold.
pub struct Uphold {
    config: UpholdConfig,
    rest: Rest,
}

impl Uphold {
    /// Uphold as configured. One per process: it holds the budget that all its requests share.
    #[must_use]
    pub fn new(config: UpholdConfig, world: &World) -> Self {
        let rest = Rest::new(&config, world);
        Self { config, rest }
    }

    /// The two currencies of a symbol; nothing where it is none of this venue's.
    #[must_use]
    pub fn parts(symbol: &str) -> Option<(&str, &str)> {
        symbol::currencies(symbol)
    }

    /// Reads an answer with every pair of a currency; the prices of each pair and its sides.
    ///
    /// # Errors
    /// Where it is no list of tickers. One ticker that cannot be read harms no other.
    pub fn read(body: &[u8]) -> Result<Vec<Quote>, Malformed> {
        parse::tickers(body)
    }
}

impl Polled for Uphold {
    fn name(&self) -> model::Venue {
        model::Venue::Uphold
    }

    fn rules(&self) -> &PollRules {
        &self.config.rules
    }

    fn form(&self) -> &'static str {
        "a pair of two currencies, such as BTC-USD or BTC-USD@bid"
    }

    fn interval(&self, symbol: &str) -> Duration {
        let pair = symbol.split_once('@').map_or(symbol, |(pair, _)| pair);
        self.config.intervals.get(pair).copied().unwrap_or(self.config.interval)
    }

    fn questions(&self, symbols: &[&str]) -> Vec<Question> {
        symbol::questions(symbols)
    }

    async fn ask(&self, question: &str) -> Result<Vec<Quote>, PageError> {
        self.rest.tickers(question).await
    }

    fn budget(&self) -> Option<BudgetUse> {
        Some(self.rest.budget())
    }

    async fn catalogue(&self) -> Result<Catalogue, CatalogueError> {
        catalogue::fetch(&self.rest).await
    }
}
