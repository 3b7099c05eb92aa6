//! Kraken spot: trades over WebSocket version 2, missed ones over REST.
//!
//! Its heartbeats name no trade, so a missed one is noticed with the next. Facts about the venue are from its
//! documentation (`spot-websocket-v2`, `rest-api/get-recent-trades`, state of 2026-11).

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

/// How to reach Kraken, and within which limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KrakenConfig {
    /// Base address of the streams, for example `wss://ws.kraken.com`.
    pub ws_url: String,
    /// Base address of REST, for example `https://api.kraken.com`.
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

impl Default for KrakenConfig {
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

/// Kraken spot.
pub struct Kraken {
    config: KrakenConfig,
    rest: Rest,
}

impl Kraken {
    /// Kraken as configured. One per process: it holds the budget that all its requests share.
    #[must_use]
    pub fn new(config: KrakenConfig, world: &World) -> Self {
        let rest = Rest::new(&config, world);
        Self { config, rest }
    }
}

impl Venue for Kraken {
    fn name(&self) -> model::Venue {
        model::Venue::Kraken
    }

    fn rules(&self) -> &Rules {
        &self.config.rules
    }

    fn bounds(&self) -> &Bounds {
        &self.config.bounds
    }

    fn address(&self) -> String {
        stream::address(&self.config.ws_url)
    }

    fn ask(&self, ask: Ask, request: u64, instruments: &[Instrument]) -> String {
        stream::ask(ask, request, instruments)
    }

    fn read(&self, message: &[u8], hear: &mut impl FnMut(Heard<'_>)) -> Result<(), Malformed> {
        parse::message(message, hear)
    }

    async fn trades_after(
        &self,
        symbol: &str,
        after: u64,
        not_before: Option<Timestamp>,
    ) -> Result<Page, PageError> {
        self.rest.trades_after(symbol, after, not_before).await
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
