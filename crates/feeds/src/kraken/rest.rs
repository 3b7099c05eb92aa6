//! Requests to Kraken's REST interface, and how pages by time are made into pages by number.
//!
//! The venue gives the oldest trades later than a nanosecond. Where the feed knows when the last trade was,
//! that is nearly the answer; where it does not, after a restart, the number is looked for.

use bellwether_model::{Interval, Timestamp, Venue};

use self::search::Search;
use super::{KrakenConfig, limits, parse};
use crate::candles::Asked;
use crate::rest::{RestClient, RestError, percent_encoded};
use crate::world::HttpReply;
use crate::{BudgetUse, CandlePage, Malformed, Page, PageError, World};

mod search;

/// Every request counts as one.
const WEIGHT: u32 = 1;
/// By how much times on the stream and in REST may differ: both are cut, from more digits than they show.
const TOLERANCE_US: i64 = 1_000;
/// Requests after which a search is given up: it halves what is left each time.
const SEARCH_MAX: usize = 80;

/// The REST interface.
pub(super) struct Rest {
    client: RestClient,
}

impl Rest {
    pub(super) fn new(config: &KrakenConfig, world: &World) -> Self {
        let client = RestClient::new(Venue::Kraken, &config.rest_url, config.requests, config.answer, world);
        Self { client }
    }

    /// What may be asked.
    pub(super) fn budget(&self) -> BudgetUse {
        self.client.budget.in_use()
    }

    /// The oldest trades with numbers above `after`.
    pub(super) async fn trades_after(
        &self,
        symbol: &str,
        after: u64,
        not_before: Option<Timestamp>,
    ) -> Result<Page, PageError> {
        match not_before {
            Some(time) => {
                let mut from_us = time.micros() - TOLERANCE_US;
                // A page of trades that are known already is full of one instant; the next begins after it.
                loop {
                    let mut page = self.trades_from(symbol, Some(from_us)).await?;
                    let last_us = last_micros(&page);
                    page.trades.retain(|trade| trade.id > after);
                    match last_us {
                        Some(last_us) if page.more && page.trades.is_empty() && last_us > from_us => {
                            from_us = last_us;
                        }
                        _ => return Ok(page),
                    }
                }
            }
            None => self.find(symbol, after).await,
        }
    }

    /// The oldest trades at or after an instant.
    pub(super) async fn trades_since(&self, symbol: &str, since: Timestamp) -> Result<Page, PageError> {
        self.trades_from(symbol, Some(since.micros())).await
    }

    async fn find(&self, symbol: &str, after: u64) -> Result<Page, PageError> {
        let mut search = Search::new(after);
        for _ in 0..SEARCH_MAX {
            let page = self.trades_from(symbol, search.start_us()).await?;
            if let Some(found) = search.look(page) {
                return Ok(found);
            }
        }
        Err(PageError::Unavailable(format!("trade {after} was not found in {SEARCH_MAX} requests")))
    }

    /// The oldest trades at or after a microsecond, or the newest of all.
    async fn trades_from(&self, symbol: &str, from_us: Option<i64>) -> Result<Page, PageError> {
        let (pair, count) = (percent_encoded(&rest_name(symbol)), limits::PAGE_TRADES);
        // Later than the nanosecond before.
        let since = from_us.map_or_else(String::new, |from_us| {
            format!("&since={}", from_us.saturating_mul(1_000).saturating_sub(1).max(0))
        });
        let query = format!("/0/public/Trades?pair={pair}&count={count}{since}");
        self.get(&query, limits::PAGE_BYTES, |result| self.client.page(parse::page(result, count))).await?
    }

    /// The finished candles of a stretch, the oldest first; of them only those among the newest 720 of all. What is older
    /// the venue has not: nothing is left to ask for.
    pub(super) async fn candles(
        &self,
        symbol: &str,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<CandlePage, PageError> {
        let length_s = interval.micros() / 1_000_000;
        // The documentation says both that rows begin at `since` and after it: one before is asked for too.
        let since_s = (from.micros() / 1_000_000).saturating_sub(length_s).max(0);
        let (pair, minutes) = (percent_encoded(&rest_name(symbol)), length_s / 60);
        let query = format!("/0/public/OHLC?pair={pair}&interval={minutes}&since={since_s}");
        let reply = self.client.ask_in_time(&query, WEIGHT, limits::PAGE_BYTES).await?;
        let settled = Timestamp::from_micros(self.client.now().micros() - limits::SETTLES_IN_US);
        let asked = Asked { interval, from, to, settled };
        self.judged(reply, |result| self.client.readable(parse::candles(result, &asked)))?
    }

    /// What `read` makes of a successful answer's result.
    pub(super) async fn get<T>(
        &self,
        query: &str,
        body_limit: usize,
        read: impl FnOnce(&str) -> T,
    ) -> Result<T, RestError> {
        self.judged(self.client.ask(query, WEIGHT, body_limit).await?, read)
    }

    fn judged<T>(&self, reply: HttpReply, read: impl FnOnce(&str) -> T) -> Result<T, RestError> {
        match reply.status {
            200 => {}
            429 => return Err(self.stay_away(&reply)),
            status => return Err(RestError::Unavailable(format!("status {status}"))),
        }
        match parse::answer(&reply.body) {
            Ok(Ok(result)) => Ok(read(result.get())),
            Ok(Err(word)) => Err(self.judge(word, &reply)),
            Err(Malformed { reason }) => Err(RestError::Unavailable(reason)),
        }
    }

    /// The venue's errors are words of its protocol: a class, and what it is about.
    fn judge(&self, word: String, reply: &HttpReply) -> RestError {
        match word.as_str() {
            "EAPI:Rate limit exceeded" | "EGeneral:Too many requests" | "EService:Throttled" => {
                self.stay_away(reply)
            }
            "EGeneral:Invalid arguments" => RestError::Refused(word),
            _ if word.starts_with("EQuery:") => RestError::Refused(word),
            _ => RestError::Unavailable(word),
        }
    }

    fn stay_away(&self, reply: &HttpReply) -> RestError {
        self.client.stay_away(reply, limits::AWAY, limits::AWAY_LONGEST)
    }
}

fn last_micros(page: &Page) -> Option<i64> {
    page.trades.iter().rev().find_map(|trade| Some(trade.observation?.tick.time.micros()))
}

/// A symbol as REST knows it: without the slash, and two assets by their old names.
fn rest_name(symbol: &str) -> String {
    let old = |asset| match asset {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    };
    symbol.split('/').map(old).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rest_has_names_of_its_own() {
        assert_eq!(rest_name("BTC/USD"), "XBTUSD");
        assert_eq!(rest_name("ETH/BTC"), "ETHXBT");
        assert_eq!(rest_name("DOGE/EUR"), "XDGEUR");
        assert_eq!(rest_name("AAPLx/USD"), "AAPLxUSD");
    }
}
