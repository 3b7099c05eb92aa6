//! Binance spot: aggregate trades over combined streams, missed ones over REST.
//!
//! Aggregate trades and not single ones, because REST serves them by number and at a sixth of the
//! weight. Facts about the venue are from its documentation (`web-socket-streams.md`, `rest-api.md`,
//! state of 2026-07-21).

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

/// The unit in which Binance is asked to state times. Read are both, whatever was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// As exact as the venue knows them.
    Microseconds,
    /// For servers that know nothing finer.
    Milliseconds,
}

/// How to reach Binance, and within which limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinanceConfig {
    /// Base address of the streams, for example `wss://data-stream.binance.vision`.
    pub ws_url: String,
    /// Base address of REST, for example `https://data-api.binance.vision`.
    pub rest_url: String,
    /// The unit of times.
    pub time_unit: TimeUnit,
    /// Request weight that we use up at most.
    pub weight: Rate,
    /// Time for a REST answer to come whole.
    pub answer: Duration,
    /// What the venue allows.
    pub rules: Rules,
    /// What we allow ourselves.
    pub bounds: Bounds,
}

impl Default for BinanceConfig {
    fn default() -> Self {
        Self {
            ws_url: limits::WS_URL.to_owned(),
            rest_url: limits::REST_URL.to_owned(),
            time_unit: TimeUnit::Microseconds,
            weight: limits::WEIGHT,
            answer: limits::ANSWER,
            rules: limits::rules(),
            bounds: Bounds::default(),
        }
    }
}

/// Binance spot.
pub struct Binance {
    config: BinanceConfig,
    rest: Rest,
}

impl Binance {
    /// Binance as configured. One per process: it holds the budget that all its requests share.
    #[must_use]
    pub fn new(config: BinanceConfig, world: &World) -> Self {
        let rest = Rest::new(&config, world);
        Self { config, rest }
    }

    /// Request weight used in the present minute, by the venue's count and ours.
    #[must_use]
    pub fn used_weight(&self) -> u32 {
        self.rest.used_weight()
    }
}

impl Venue for Binance {
    fn name(&self) -> model::Venue {
        model::Venue::Binance
    }

    fn rules(&self) -> &Rules {
        &self.config.rules
    }

    fn bounds(&self) -> &Bounds {
        &self.config.bounds
    }

    fn address(&self) -> String {
        stream::address(&self.config.ws_url, self.config.time_unit)
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
