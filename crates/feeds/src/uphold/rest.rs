//! Requests to Uphold.

use std::time::Duration;

use bellwether_model::Venue;
use serde::Deserialize;

use super::{UpholdConfig, limits, parse};
use crate::rest::{RestClient, RestError, percent_encoded};
use crate::world::HttpReply;
use crate::{BudgetUse, PageError, Quote, World};

/// Every request counts as one.
const WEIGHT: u32 = 1;
/// Instants after this many seconds are told as such, smaller numbers are waits.
const EPOCH_LIKE_S: u64 = 1_000_000_000;

/// The REST interface.
pub(super) struct Rest {
    client: RestClient,
}

impl Rest {
    pub(super) fn new(config: &UpholdConfig, world: &World) -> Self {
        Self {
            client: RestClient::new(Venue::Uphold, &config.rest_url, config.requests, config.answer, world),
        }
    }

    /// What may be asked.
    pub(super) fn budget(&self) -> BudgetUse {
        self.client.budget.in_use()
    }

    /// The prices of every pair of a currency.
    pub(super) async fn tickers(&self, currency: &str) -> Result<Vec<Quote>, PageError> {
        let query = format!("/v0/ticker/{}", percent_encoded(currency));
        let reply = self.client.ask(&query, WEIGHT, limits::ANSWER_BYTES).await?;
        self.heed(&reply);
        let body = match reply.status {
            200 => reply.body,
            429 => return Err(self.client.stay_away(&reply, limits::AWAY, limits::AWAY_LONGEST).into()),
            503 if reply.header("retry-after").is_some() => {
                return Err(self.client.stay_away(&reply, limits::AWAY, limits::AWAY_LONGEST).into());
            }
            400 | 404 => return Err(RestError::Refused(reason(&reply)).into()),
            status => {
                return Err(RestError::Unavailable(format!("status {status}: {}", reason(&reply))).into());
            }
        };
        self.client.readable(parse::tickers(&body))
    }

    /// Obeys what the headers say of the allowance: where nothing remains, nobody asks before it begins anew.
    fn heed(&self, reply: &HttpReply) {
        let said = |names: [&str; 3]| {
            let value = names.into_iter().find_map(|name| reply.header(name))?;
            value.trim().parse::<u64>().ok()
        };
        let remaining = said(["rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining"]);
        if remaining != Some(0) {
            return;
        }
        let now_s = u64::try_from(self.client.now().micros() / 1_000_000).unwrap_or(0);
        let wait = match said(["rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset"]) {
            Some(at) if at > EPOCH_LIKE_S => Duration::from_secs(at.saturating_sub(now_s)),
            Some(seconds) => Duration::from_secs(seconds),
            None => limits::AWAY,
        };
        self.client.budget.close_for(wait.min(limits::AWAY_LONGEST));
    }
}

/// What an unsuccessful answer says.
fn reason(reply: &HttpReply) -> String {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow)]
        code: std::borrow::Cow<'a, str>,
    }
    match serde_json::from_slice::<Refusal<'_>>(&reply.body) {
        Ok(refusal) => refusal.code.chars().filter(|c| !c.is_control()).take(100).collect(),
        Err(_) => format!("{} bytes without a reason", reply.body.len()),
    }
}
