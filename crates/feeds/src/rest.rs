//! Requests to a venue's REST interface, all within one budget.
//!
//! One attempt each. What an answer means is the venue's matter; that nobody asks while the venue has told
//! us to stay away is the same everywhere: going on would only lengthen the ban.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{Timestamp, Venue};
use metrics::{Counter, counter};

use crate::budget::Budget;
use crate::world::{Clock, Http, HttpReply, HttpRequest, chain, within};
use crate::{CatalogueError, Malformed, Page, PageError, Rate, World};

/// The way to one REST interface.
pub(crate) struct RestClient {
    venue: Venue,
    base: String,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    answer: Duration,
    clock: Arc<dyn Clock>,
    http: Arc<dyn Http>,
    pub(crate) budget: Budget,
    malformed: Counter,
}

/// Why there is no answer of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RestError {
    /// The request itself is refused.
    #[error("{0}")]
    Refused(String),
    /// The venue, the network, or our allowance: later there may be an answer.
    #[error("{0}")]
    Unavailable(String),
}

impl From<RestError> for PageError {
    fn from(error: RestError) -> Self {
        match error {
            RestError::Refused(reason) => PageError::Refused(reason),
            RestError::Unavailable(reason) => PageError::Unavailable(reason),
        }
    }
}

impl From<RestError> for CatalogueError {
    fn from(error: RestError) -> Self {
        match error {
            RestError::Refused(reason) => CatalogueError::Refused(reason),
            RestError::Unavailable(reason) => CatalogueError::Unavailable(reason),
        }
    }
}

impl RestClient {
    /// The way to `base`, with `allowance` for all requests together and `answer` as time for each.
    pub(crate) fn new(venue: Venue, base: &str, allowance: Rate, answer: Duration, world: &World) -> Self {
        Self {
            venue,
            base: base.trim_end_matches('/').to_owned(),
            headers: Vec::new(),
            answer,
            clock: world.clock.clone(),
            http: world.http.clone(),
            budget: Budget::new(world.clock.clone(), allowance),
            malformed: counter!("bellwether_feed_malformed_total", "venue" => venue.name()),
        }
    }

    /// The same with headers that every request carries. Their values may be secret, and are never printed.
    pub(crate) fn with_headers(self, headers: Vec<(&'static str, Cow<'static, str>)>) -> Self {
        Self { headers, ..self }
    }

    /// The answer, whatever its status.
    pub(crate) async fn ask(
        &self,
        query: &str,
        weight: u32,
        body_limit: usize,
    ) -> Result<HttpReply, RestError> {
        self.budget.spend(weight).await;
        self.send(query, body_limit).await
    }

    /// The same for what can wait: see [`Budget::spend_spare`].
    pub(crate) async fn ask_in_time(
        &self,
        query: &str,
        weight: u32,
        body_limit: usize,
    ) -> Result<HttpReply, RestError> {
        self.budget.spend_spare(weight).await;
        self.send(query, body_limit).await
    }

    async fn send(&self, query: &str, body_limit: usize) -> Result<HttpReply, RestError> {
        let (url, headers) = (format!("{}{query}", self.base), self.headers.clone());
        let request = HttpRequest { url, headers, form: None, body_limit };
        match within(&*self.clock, self.answer, self.http.send(request)).await {
            None => Err(RestError::Unavailable(format!("no answer within {:?}", self.answer))),
            Some(Err(error)) => Err(RestError::Unavailable(chain(&error))),
            Some(Ok(reply)) => Ok(reply),
        }
    }

    /// Lets nobody ask for as long as an answer says, or else for `unless_said`, and never beyond `longest`.
    pub(crate) fn stay_away(&self, reply: &HttpReply, unless_said: Duration, longest: Duration) -> RestError {
        let wait = reply
            .header("retry-after")
            .and_then(|seconds| seconds.trim().parse().ok())
            .map_or(unless_said, Duration::from_secs)
            .min(longest);
        self.budget.close_for(wait);
        let status = reply.status;
        tracing::warn!(venue = %self.venue, status, ?wait, "told to stay away");
        RestError::Unavailable(format!("status {status}: told to stay away for {wait:?}"))
    }

    /// A page of trades as it was read.
    pub(crate) fn page(&self, read: Result<Page, Malformed>) -> Result<Page, PageError> {
        let page = self.readable(read)?;
        let void = page.trades.iter().filter(|trade| trade.observation.is_none()).count();
        if void > 0 {
            tracing::debug!(venue = %self.venue, void, "numbers without a trade in the venue's history");
        }
        Ok(page)
    }

    /// An answer as it was read. One that could not be read may be whole the next time.
    pub(crate) fn readable<T>(&self, read: Result<T, Malformed>) -> Result<T, PageError> {
        read.map_err(|error| {
            self.malformed.increment(1);
            PageError::Unavailable(error.to_string())
        })
    }

    /// What time it is, by the clock that the budget goes by.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Text as part of a path or as a value of a query.
pub(crate) fn percent_encoded(text: &str) -> String {
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
        assert_eq!(percent_encoded("BTC-USD"), "BTC-USD");
        assert_eq!(percent_encoded("币&A"), "%E5%B8%81%26A");
    }
}
