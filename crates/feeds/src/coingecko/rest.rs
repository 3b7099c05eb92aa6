//! Requests to CoinGecko.

use std::borrow::Cow;

use bellwether_model::Venue;
use serde::Deserialize;

use super::parse::{self, Market};
use super::{CoingeckoConfig, limits, symbol};
use crate::rest::{RestClient, RestError, percent_encoded};
use crate::world::HttpReply;
use crate::{BudgetUse, PageError, Quote, World};

/// Every request counts as one.
const WEIGHT: u32 = 1;

/// The REST interface.
pub(super) struct Rest {
    client: RestClient,
}

impl Rest {
    pub(super) fn new(config: &CoingeckoConfig, world: &World) -> Self {
        let (url, key) = (&config.rest_url, &config.api_key);
        let client = RestClient::new(Venue::Coingecko, url, config.requests, config.answer, world);
        // The two kinds of keys are told apart by the address that they are for, and each has a header of its own.
        let header =
            if url.starts_with("https://pro-api.") { "x-cg-pro-api-key" } else { "x-cg-demo-api-key" };
        let headers = if key.is_empty() { vec![] } else { vec![(header, Cow::Owned(key.clone()))] };
        Self { client: client.with_headers(headers) }
    }

    /// What may be asked.
    pub(super) fn budget(&self) -> BudgetUse {
        self.client.budget.in_use()
    }

    /// The prices that a question asks for, without those that the venue has not made anew for long.
    pub(super) async fn prices(&self, question: &str) -> Result<Vec<Quote>, PageError> {
        let Some((currency, coins)) = symbol::asked(question) else {
            return Err(PageError::Refused(format!("{question} is no question of this venue")));
        };
        let ids: Vec<_> = coins.split(',').map(percent_encoded).collect();
        let ids = ids.join("%2C");
        let full = limits::PAGE_MARKETS;
        let query = format!(
            "vs_currency={}&ids={ids}&per_page={full}&page=1&precision=full",
            percent_encoded(currency)
        );
        let markets = self.markets(&query).await?;
        let oldest_us = self.client.now().micros() - limits::STALE_US;
        let is_fresh = |market: &&Market| market.updated.is_none_or(|at| at.micros() >= oldest_us);
        Ok(markets.iter().filter(is_fresh).filter_map(|market| market.quote(currency)).collect())
    }

    /// A page of all markets in dollars, by what they are worth, the most first. The first page is 1.
    pub(super) async fn page(&self, page: usize) -> Result<Vec<Market>, PageError> {
        let full = limits::PAGE_MARKETS;
        self.markets(&format!("vs_currency=usd&order=market_cap_desc&per_page={full}&page={page}")).await
    }

    async fn markets(&self, query: &str) -> Result<Vec<Market>, PageError> {
        let query = format!("/api/v3/coins/markets?{query}");
        let reply = self.client.ask(&query, WEIGHT, limits::ANSWER_BYTES).await?;
        let body = match reply.status {
            200 => reply.body,
            429 => return Err(self.client.stay_away(&reply, limits::AWAY, limits::AWAY_LONGEST).into()),
            503 if reply.header("retry-after").is_some() => {
                return Err(self.client.stay_away(&reply, limits::AWAY, limits::AWAY_LONGEST).into());
            }
            // 422 is what an unknown currency is answered with.
            400 | 404 | 422 => return Err(RestError::Refused(reason(&reply)).into()),
            status => {
                return Err(RestError::Unavailable(format!("status {status}: {}", reason(&reply))).into());
            }
        };
        self.client.readable(parse::markets(&body))
    }
}

/// What an unsuccessful answer says: `{"error": "..."}`, or `{"status": {"error_message": "..."}}`.
fn reason(reply: &HttpReply) -> String {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow, default)]
        error: Option<Cow<'a, str>>,
        #[serde(borrow, default)]
        status: Option<Status<'a>>,
    }
    #[derive(Deserialize)]
    struct Status<'a> {
        #[serde(borrow)]
        error_message: Cow<'a, str>,
    }
    let said = serde_json::from_slice::<Refusal<'_>>(&reply.body)
        .ok()
        .and_then(|refusal| refusal.error.or(refusal.status.map(|status| status.error_message)));
    match said {
        Some(said) => said.chars().filter(|c| !c.is_control()).take(100).collect(),
        None => format!("{} bytes without a reason", reply.body.len()),
    }
}
