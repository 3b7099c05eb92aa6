//! Requests to Coinbase's REST interface, and how its backward pages are made into forward ones.
//!
//! The venue pages from the newest trade to the oldest: the cursor `after=N` gives the newest trades below N.
//! So the oldest trades above a number are asked for from the number a page further on, and what reaches
//! back too far is cut off. There is no asking by time; an instant is looked for in the numbers.

use bellwether_model::{Interval, Timestamp, Venue};
use bytes::Bytes;
use serde::Deserialize;

use self::search::Search;
use super::{CoinbaseConfig, limits, parse};
use crate::candles::Asked;
use crate::rest::{RestClient, RestError, percent_encoded};
use crate::world::HttpReply;
use crate::{BudgetUse, CandlePage, Page, PageError, World};

mod search;

/// Every request counts as one.
const WEIGHT: u32 = 1;

/// The REST interface.
pub(super) struct Rest {
    client: RestClient,
}

impl Rest {
    pub(super) fn new(config: &CoinbaseConfig, world: &World) -> Self {
        Self {
            client: RestClient::new(Venue::Coinbase, &config.rest_url, config.requests, config.answer, world),
        }
    }

    /// What may be asked.
    pub(super) fn budget(&self) -> BudgetUse {
        self.client.budget.in_use()
    }

    /// The oldest trades with numbers above `after`.
    pub(super) async fn trades_after(&self, symbol: &str, after: u64) -> Result<Page, PageError> {
        let newest = after.saturating_add(limits::PAGE_TRADES as u64);
        let mut page = self.trades_below(symbol, newest.checked_add(1)).await?;
        page.trades.retain(|trade| trade.id > after);
        page.more = page.trades.last().is_some_and(|last| last.id == newest);
        Ok(page)
    }

    /// The oldest trades at or after an instant. It takes a few requests where that is not long ago, and one
    /// more whenever the stretch to look through doubles.
    pub(super) async fn trades_since(&self, symbol: &str, since: Timestamp) -> Result<Page, PageError> {
        let mut search = Search::new(since);
        loop {
            let cursor = search.cursor();
            let page = self.trades_below(symbol, cursor).await?;
            if let Some(found) = search.look(page) {
                return Ok(found);
            }
            if let Some(after) = search.nothing_between() {
                return self.trades_after(symbol, after).await;
            }
        }
    }

    /// The newest trades below a number, or of all, the oldest first.
    async fn trades_below(&self, symbol: &str, cursor: Option<u64>) -> Result<Page, PageError> {
        let (symbol, limit) = (percent_encoded(symbol), limits::PAGE_TRADES);
        let after = cursor.map_or_else(String::new, |cursor| format!("&after={cursor}"));
        let query = format!("/products/{symbol}/trades?limit={limit}{after}");
        let body = self.get(&query, limits::PAGE_BYTES).await?;
        self.client.page(parse::page(&body))
    }

    /// The finished candles of a stretch, the oldest first: as many intervals from its beginning on as one answer may
    /// have.
    pub(super) async fn candles(
        &self,
        symbol: &str,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<CandlePage, PageError> {
        let length_us = interval.micros();
        let most_us = from.micros().saturating_add(limits::PAGE_CANDLES * length_us);
        let to = to.min(Timestamp::from_micros(most_us));
        // The end is part of what is asked for, so it is the beginning of the last candle.
        let last = Timestamp::from_micros(to.micros().saturating_sub(length_us)).max(from);
        let (symbol, granularity) = (percent_encoded(symbol), length_us / 1_000_000);
        let [start, end] = [from, last].map(|at| percent_encoded(&at.to_string()));
        let query = format!("/products/{symbol}/candles?granularity={granularity}&start={start}&end={end}");
        let body = self.judge(self.client.ask_in_time(&query, WEIGHT, limits::PAGE_BYTES).await?)?;
        let settled = Timestamp::from_micros(self.client.now().micros() - limits::SETTLES_IN_US);
        let asked = Asked { interval, from, to, settled };
        self.client.readable(parse::candles(&body, &asked))
    }

    /// The body of a successful answer.
    pub(super) async fn get(&self, query: &str, body_limit: usize) -> Result<Bytes, RestError> {
        self.judge(self.client.ask(query, WEIGHT, body_limit).await?)
    }

    fn judge(&self, reply: HttpReply) -> Result<Bytes, RestError> {
        match reply.status {
            200 => Ok(reply.body),
            429 => Err(self.client.stay_away(&reply, limits::AWAY, limits::AWAY_LONGEST)),
            400 | 404 => Err(RestError::Refused(reason(&reply))),
            status => Err(RestError::Unavailable(format!("status {status}: {}", reason(&reply)))),
        }
    }
}

/// What an unsuccessful answer says.
fn reason(reply: &HttpReply) -> String {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow)]
        message: std::borrow::Cow<'a, str>,
    }
    match serde_json::from_slice::<Refusal<'_>>(&reply.body) {
        Ok(refusal) => parse::words(&refusal.message, ""),
        Err(_) => format!("{} bytes without a reason", reply.body.len()),
    }
}
