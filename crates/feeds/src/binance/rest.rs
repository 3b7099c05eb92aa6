//! Requests to Binance's REST interface.
//!
//! A 429 or 418 closes the budget for as long as the venue says, for every request of this process.

use bellwether_model::{Interval, Timestamp, Venue};
use bytes::Bytes;
use serde::Deserialize;

use super::{BinanceConfig, TimeUnit, limits, parse};
use crate::candles::Asked;
use crate::rest::{RestClient, RestError, percent_encoded};
use crate::world::HttpReply;
use crate::{BudgetUse, CandlePage, Page, PageError, World};

/// The REST interface.
pub(super) struct Rest {
    client: RestClient,
}

impl Rest {
    pub(super) fn new(config: &BinanceConfig, world: &World) -> Self {
        let client = RestClient::new(Venue::Binance, &config.rest_url, config.weight, config.answer, world);
        let headers = match config.time_unit {
            TimeUnit::Microseconds => vec![("X-MBX-TIME-UNIT", "MICROSECOND".into())],
            TimeUnit::Milliseconds => vec![],
        };
        Self { client: client.with_headers(headers) }
    }

    /// What may be asked.
    pub(super) fn budget(&self) -> BudgetUse {
        self.client.budget.in_use()
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

    /// The finished candles of a stretch, the oldest first.
    pub(super) async fn candles(
        &self,
        symbol: &str,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<CandlePage, PageError> {
        // The end is part of what is asked for, so it is the millisecond before.
        let (from_ms, last_ms) = (from.millis().max(0), to.millis().saturating_sub(1).max(0));
        let (symbol, full) = (percent_encoded(symbol), limits::PAGE_CANDLES);
        let query = format!(
            "/api/v3/klines?symbol={symbol}&interval={interval}&startTime={from_ms}&endTime={last_ms}&limit={full}"
        );
        let reply = self.client.ask_in_time(&query, limits::CANDLES_WEIGHT, limits::PAGE_BYTES).await?;
        let body = self.judge(reply)?;
        let settled = Timestamp::from_micros(self.client.now().micros() - limits::SETTLES_IN_US);
        let asked = Asked { interval, from, to, settled };
        self.client.readable(parse::candles(&body, &asked, full))
    }

    /// The body of a successful answer.
    pub(super) async fn get(&self, query: &str, weight: u32, body_limit: usize) -> Result<Bytes, RestError> {
        self.judge(self.client.ask(query, weight, body_limit).await?)
    }

    fn judge(&self, reply: HttpReply) -> Result<Bytes, RestError> {
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
