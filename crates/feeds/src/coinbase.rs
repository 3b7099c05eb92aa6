//! Coinbase Exchange: matches and heartbeats over its WebSocket feed, missed trades over REST.
//!
//! The Exchange feed and not the one of Advanced Trade, because its heartbeats name the last trade of each
//! product: a trade that was missed is noticed within a second, even where no other follows. Facts about the
//! venue are from its documentation (`exchange/websocket-feed`, `exchange/rest-api`, state of 2026-11).

use std::time::Duration;

use bellwether_model::{self as model, Instrument, Interval, Timestamp};

use self::rest::Rest;
use crate::{
    Ask, Bounds, BudgetUse, CandlePage, Catalogue, CatalogueError, Heard, Malformed, Page, PageError, Rate,
    Rules, Venue, World,
};

mod catalogue;
mod limits;
mod parse;
mod rest;
mod stream;

/// How to reach Coinbase, and within which limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoinbaseConfig {
    /// Address of the feed, for example `wss://ws-feed.exchange.coinbase.com`.
    pub ws_url: String,
    /// Base address of REST, for example `https://api.exchange.coinbase.com`.
    pub rest_url: String,
    /// REST requests that we make at most.
    pub requests: Rate,
    /// Time for a REST answer to come whole.
    pub answer: Duration,
    /// What the venue allows.
    pub rules: Rules,
    /// What we allow ourselves.
    pub bounds: Bounds,
}

impl Default for CoinbaseConfig {
    fn default() -> Self {
        Self {
            ws_url: limits::WS_URL.to_owned(),
            rest_url: limits::REST_URL.to_owned(),
            requests: limits::REQUESTS,
            answer: limits::ANSWER,
            rules: limits::rules(),
            bounds: Bounds::default(),
        }
    }
}

/// Coinbase Exchange.
pub struct Coinbase {
    config: CoinbaseConfig,
    rest: Rest,
}

impl Coinbase {
    /// Coinbase as configured. One per process: it holds the budget that all its requests share.
    #[must_use]
    pub fn new(config: CoinbaseConfig, world: &World) -> Self {
        let rest = Rest::new(&config, world);
        Self { config, rest }
    }
}

impl Venue for Coinbase {
    fn name(&self) -> model::Venue {
        model::Venue::Coinbase
    }

    fn rules(&self) -> &Rules {
        &self.config.rules
    }

    fn bounds(&self) -> &Bounds {
        &self.config.bounds
    }

    fn address(&self) -> String {
        self.config.ws_url.clone()
    }

    fn ask(&self, ask: Ask, _request: u64, instruments: &[Instrument]) -> String {
        stream::ask(ask, instruments)
    }

    fn read(&self, message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
        parse::message(message, hear)
    }

    async fn trades_after(
        &self,
        symbol: &str,
        after: u64,
        _not_before: Option<Timestamp>,
    ) -> Result<Page, PageError> {
        self.rest.trades_after(symbol, after).await
    }

    async fn trades_since(&self, symbol: &str, since: Timestamp) -> Result<Page, PageError> {
        self.rest.trades_since(symbol, since).await
    }

    fn has_candles(&self) -> bool {
        true
    }

    async fn candles(
        &self,
        symbol: &str,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<CandlePage, PageError> {
        self.rest.candles(symbol, interval, from, to).await
    }

    fn budget(&self) -> Option<BudgetUse> {
        Some(self.rest.budget())
    }

    async fn catalogue(&self) -> Result<Catalogue, CatalogueError> {
        catalogue::fetch(&self.rest).await
    }
}
