//! Requests to Binance's REST interface.
//!
//! A 429 or 418 closes the budget for as long as the venue says, for every request of this process.

use bellwether_model::{Timestamp, Venue};
use bytes::Bytes;
use serde::Deserialize;

use super::{BinanceConfig, TimeUnit, limits, parse};
use crate::rest::{RestClient, RestError, percent_encoded};
use crate::world::HttpReply;
use crate::{Page, PageError, World};

/// The REST interface.
pub(super) struct Rest {
    client: RestClient,
}

impl Rest {
    pub(super) fn new(config: &BinanceConfig, world: &World) -> Self {
        let client = RestClient::new(Venue::Binance, &config.rest_url, config.weight, config.answer, world);
        let headers = match config.time_unit {
            TimeUnit::Microseconds => vec![("X-MBX-TIME-UNIT", "MICROSECOND")],
            TimeUnit::Milliseconds => vec![],
        };
        Self { client: client.with_headers(headers) }
    }

    pub(super) fn used_weight(&self) -> u32 {
        self.client.budget.used()
    }

    /// The venue's own word on the allowance.
    pub(super) fn lower_budget(&self, weight_per_minute: u32) {
        self.client.budget.lower_to(weight_per_minute);
    }

    /// The oldest aggregate trades with numbers above `after`.
    pub(super) async fn trades_after(&self, symbol: &str, after: u64) -> Result<Page, PageError> {
        self.trades(symbol, &format!("fromId={}", after.saturating_add(1)), Some(after)).await
    }

    /// The oldest aggregate trades at or after an instant. The venue takes milliseconds whatever unit it
    /// answers in, so those of the same millisecond come too.
    pub(super) async fn trades_since(&self, symbol: &str, since: Timestamp) -> Result<Page, PageError> {
        let since_ms = since.micros().div_euclid(1_000).max(0);
        self.trades(symbol, &format!("startTime={since_ms}"), None).await
    }

    async fn trades(&self, symbol: &str, from: &str, after: Option<u64>) -> Result<Page, PageError> {
        let symbol = percent_encoded(symbol);
        let full = limits::PAGE_TRADES;
        let query = format!("/api/v3/aggTrades?symbol={symbol}&{from}&limit={full}");
        let body = self.get(&query, limits::TRADES_WEIGHT, limits::PAGE_BYTES).await?;
        self.client.page(parse::page(&body, after, full))
    }

    /// The body of a successful answer.
    pub(super) async fn get(&self, query: &str, weight: u32, body_limit: usize) -> Result<Bytes, RestError> {
        let reply = self.client.ask(query, weight, body_limit).await?;
        if let Some(used) = reply.header("x-mbx-used-weight-1m").and_then(|used| used.parse().ok()) {
            self.client.budget.observe(used);
        }
        let away = |unless_said| self.client.stay_away(&reply, unless_said, limits::AWAY_LONGEST);
        match reply.status {
            200 => Ok(reply.body),
            429 => Err(away(limits::AWAY_LIMITED)),
            418 => Err(away(limits::AWAY_BANNED)),
            400 | 404 => Err(RestError::Refused(reason(&reply))),
            status => Err(RestError::Unavailable(format!("status {status}: {}", reason(&reply)))),
        }
    }
}

/// What an unsuccessful answer says.
fn reason(reply: &HttpReply) -> String {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        code: i64,
        #[serde(borrow)]
        msg: std::borrow::Cow<'a, str>,
    }
    match serde_json::from_slice::<Refusal<'_>>(&reply.body) {
        Ok(refusal) => parse::words(refusal.code, &refusal.msg),
        Err(_) => format!("{} bytes without a reason", reply.body.len()),
    }
}
