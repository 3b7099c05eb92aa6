//! Requests to Binance's REST interface, all within one budget.
//!
//! One attempt each. A 429 or 418 closes the budget for as long as the venue says, for every request
//! of this process; going on would only lengthen the ban.

use std::sync::Arc;
use std::time::Duration;

use bellwether_model::Timestamp;
use bytes::Bytes;
use metrics::{Counter, counter};
use serde::Deserialize;

use super::{BinanceConfig, TimeUnit, limits, parse};
use crate::budget::Budget;
use crate::world::{Clock, Http, HttpReply, HttpRequest, chain, within};
use crate::{Page, PageError, World};

/// The REST interface.
pub(super) struct Rest {
    base: String,
    time_unit: TimeUnit,
    answer: Duration,
    clock: Arc<dyn Clock>,
    http: Arc<dyn Http>,
    budget: Budget,
    malformed: Counter,
}

/// Why there is no answer of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RestError {
    /// The request itself is refused.
    #[error("{0}")]
    Refused(String),
    /// The venue, the network, or our allowance: later there may be an answer.
    #[error("{0}")]
    Unavailable(String),
}

impl Rest {
    pub(super) fn new(config: &BinanceConfig, world: &World) -> Self {
        Self {
            base: config.rest_url.trim_end_matches('/').to_owned(),
            time_unit: config.time_unit,
            answer: config.answer,
            clock: world.clock.clone(),
            http: world.http.clone(),
            budget: Budget::new(world.clock.clone(), config.weight),
            malformed: counter!("bellwether_feed_malformed_total", "venue" => "binance"),
        }
    }

    pub(super) fn used_weight(&self) -> u32 {
        self.budget.used()
    }

    /// The venue's own word on the allowance.
    pub(super) fn lower_budget(&self, weight_per_minute: u32) {
        self.budget.lower_to(weight_per_minute);
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
        let body =
            self.get(&query, limits::TRADES_WEIGHT, limits::PAGE_BYTES).await.map_err(
                |error| match error {
                    RestError::Refused(reason) => PageError::Refused(reason),
                    RestError::Unavailable(reason) => PageError::Unavailable(reason),
                },
            )?;
        let page = parse::page(&body, after, full).map_err(|error| {
            self.malformed.increment(1);
            PageError::Unavailable(error.to_string())
        })?;
        let void = page.trades.iter().filter(|trade| trade.observation.is_none()).count();
        if void > 0 {
            tracing::debug!(symbol, void, "numbers without a trade in the venue's history");
        }
        Ok(page)
    }

    /// The body of a successful answer.
    pub(super) async fn get(&self, query: &str, weight: u32, body_limit: usize) -> Result<Bytes, RestError> {
        self.budget.spend(weight).await;
        let request = HttpRequest {
            url: format!("{}{query}", self.base),
            headers: match self.time_unit {
                TimeUnit::Microseconds => vec![("X-MBX-TIME-UNIT", "MICROSECOND")],
                TimeUnit::Milliseconds => vec![],
            },
            body_limit,
        };
        match within(&*self.clock, self.answer, self.http.get(request)).await {
            None => Err(RestError::Unavailable(format!("no answer within {:?}", self.answer))),
            Some(Err(error)) => Err(RestError::Unavailable(chain(&error))),
            Some(Ok(reply)) => self.judge(reply),
        }
    }

    fn judge(&self, reply: HttpReply) -> Result<Bytes, RestError> {
        if let Some(used) = reply.header("x-mbx-used-weight-1m").and_then(|used| used.parse().ok()) {
            self.budget.observe(used);
        }
        match reply.status {
            200 => Ok(reply.body),
            429 => Err(self.stay_away(&reply, limits::AWAY_LIMITED)),
            418 => Err(self.stay_away(&reply, limits::AWAY_BANNED)),
            400 | 404 => Err(RestError::Refused(reason(&reply))),
            status => Err(RestError::Unavailable(format!("status {status}: {}", reason(&reply)))),
        }
    }

    fn stay_away(&self, reply: &HttpReply, unless_said: Duration) -> RestError {
        let wait = reply
            .header("retry-after")
            .and_then(|seconds| seconds.trim().parse().ok())
            .map_or(unless_said, Duration::from_secs)
            .min(limits::AWAY_LONGEST);
        self.budget.close_for(wait);
        let status = reply.status;
        tracing::warn!(venue = "binance", status, ?wait, "told to stay away");
        RestError::Unavailable(format!("status {status}: told to stay away for {wait:?}"))
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

/// A query value. Symbols may hold any letters since 2025-12-02.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_fit_for_a_query() {
        assert_eq!(percent_encoded("BTCUSDT"), "BTCUSDT");
        assert_eq!(percent_encoded("币&A"), "%E5%B8%81%26A");
    }
}
