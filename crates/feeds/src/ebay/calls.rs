//! One call: through the gate, with a token, tried a few times, and judged.

use std::time::Duration;

use bellwether_model::Timestamp;
use bellwether_model::product::Site;
use bytes::Bytes;

use super::answer::{Setback, setback};
use super::gate::Gate;
use super::meters::Meters;
use super::token::{Token, Tokens};
use super::{EbayConfig, limits, parse, query};
use crate::world::{HttpRequest, chain, within};
use crate::{Allowance, Malformed, MarketError, World};

/// The way to eBay.
pub(super) struct Calls {
    config: EbayConfig,
    base: String,
    world: World,
    tokens: Tokens,
    pub(super) gate: Gate,
    pub(super) meters: Meters,
}

impl Calls {
    pub(super) fn new(config: EbayConfig, world: &World) -> Self {
        Self {
            base: config.base_url.trim_end_matches('/').to_owned(),
            tokens: Tokens::new(&config),
            gate: Gate::new(&config, world.clock.clone()),
            meters: Meters::new(),
            world: world.clone(),
            config,
        }
    }

    /// What time it is.
    pub(super) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// By the clock that never goes back.
    pub(super) fn uptime(&self) -> Duration {
        self.world.clock.uptime()
    }

    /// Asks for `path` on a site and reads the answer; nothing where eBay knows no such thing. `key` is what
    /// is asked for: where only that fails, only that is left alone.
    pub(super) async fn call<T>(
        &self,
        key: &str,
        site: Site,
        path: &str,
        read: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, MarketError> {
        self.gate.admit(key).inspect_err(|_| self.meters.withheld.increment(1))?;
        let mut failures = 0;
        loop {
            let setback = match self.attempt(site, path, &read).await {
                Ok(answer) => {
                    self.meters.answered.increment(1);
                    self.gate.answered(key);
                    return Ok(Some(answer));
                }
                Err(setback) => setback,
            };
            failures += 1;
            // Where eBay fails for others too, this one does not insist.
            let is_last = failures >= self.config.attempts.max(1) || self.gate.is_closed();
            match setback {
                Setback::Failed { reason, .. } if !is_last => {
                    self.meters.failed.increment(1);
                    tracing::debug!(reason, failures, "eBay is tried again");
                    let ceiling = self.config.back_off.ceiling(failures);
                    let wait = ceiling / 2 + self.world.jitter.up_to(ceiling / 2);
                    self.world.clock.sleep(wait).await;
                }
                Setback::Away { wait, .. } if !is_last && wait <= self.config.patience => {
                    self.meters.failed.increment(1);
                    self.world.clock.sleep(wait).await;
                }
                setback => return self.conclude(key, setback).await,
            }
        }
    }

    /// What is left of the day's calls. It is counted elsewhere, and so asked also where there are none.
    pub(super) async fn allowance(&self) -> Result<Allowance, MarketError> {
        match self.attempt(Site::default(), query::ALLOWANCE, &parse::allowance).await {
            Ok(allowance) => Ok(allowance),
            Err(Setback::Refused { id, message }) => Err(MarketError::Refused { id, message }),
            Err(Setback::DeadToken(words) | Setback::BadCredentials(words)) => {
                Err(MarketError::TokenRefused(words))
            }
            Err(Setback::Failed { reason, .. } | Setback::Away { reason, .. }) => {
                Err(MarketError::Unavailable { reason, not_before: None })
            }
            Err(Setback::Gone | Setback::QuotaExhausted { .. }) => {
                let reason = "eBay does not tell what is left of the calls".to_owned();
                Err(MarketError::Unavailable { reason, not_before: None })
            }
        }
    }

    /// What a setback that no further attempt will mend means for this call and for others.
    async fn conclude<T>(&self, key: &str, setback: Setback) -> Result<Option<T>, MarketError> {
        match setback {
            Setback::Gone => {
                self.meters.answered.increment(1);
                self.gate.answered(key);
                Ok(None)
            }
            Setback::Refused { id, message } => {
                self.meters.refused.increment(1);
                self.gate.answered(key);
                Err(MarketError::Refused { id, message })
            }
            Setback::DeadToken(words) | Setback::BadCredentials(words) => {
                self.meters.refused.increment(1);
                let error = MarketError::TokenRefused(words);
                self.gate.close(error.clone(), self.config.token_rest);
                Err(error)
            }
            Setback::QuotaExhausted { wait } => {
                self.meters.over_quota.increment(1);
                Err(self.rest_until_the_quota_begins_anew(wait).await)
            }
            Setback::Away { wait, reason } => {
                self.meters.failed.increment(1);
                let not_before = Some(self.after(wait));
                let error = MarketError::Unavailable { reason, not_before };
                self.gate.close(error.clone(), wait);
                Err(error)
            }
            Setback::Failed { reason, is_wide } => {
                self.meters.failed.increment(1);
                let not_before = self.gate.failed(key, &reason, is_wide);
                Err(MarketError::Unavailable { reason, not_before })
            }
        }
    }

    /// One request; and one more with another token, where the first one is worth nothing.
    pub(super) async fn attempt<T>(
        &self,
        site: Site,
        path: &str,
        read: &impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, Setback> {
        let token = self.tokens.get(&self.world, &self.meters).await?;
        let body = match self.fetch(site, path, &token).await {
            Err(Setback::DeadToken(words)) => {
                tracing::debug!(words, "the token is worth nothing any more");
                let other = self.tokens.instead_of(&token, &self.world, &self.meters).await?;
                self.fetch(site, path, &other).await?
            }
            other => other?,
        };
        read(&body)
            .map_err(|error| Setback::narrow(format!("an answer that cannot be read: {}", error.reason)))
    }

    async fn fetch(&self, site: Site, path: &str, token: &Token) -> Result<Bytes, Setback> {
        let request = HttpRequest {
            url: format!("{}{path}", self.base),
            headers: vec![
                ("authorization", token.bearer.to_string().into()),
                ("x-ebay-c-marketplace-id", site.name().into()),
            ],
            form: None,
            body_limit: limits::ANSWER_BYTES,
        };
        match within(&*self.world.clock, self.config.answer, self.world.http.send(request)).await {
            None => Err(Setback::narrow(format!("no answer within {:?}", self.config.answer))),
            Some(Err(error)) => Err(Setback::narrow(chain(&error))),
            Some(Ok(reply)) if reply.status == 200 => Ok(reply.body),
            Some(Ok(reply)) => Err(setback(&reply)),
        }
    }

    /// Closes the gate until there are calls again. The first who finds them used up asks when that is, by a
    /// call that is counted elsewhere.
    async fn rest_until_the_quota_begins_anew(&self, wait: Option<Duration>) -> MarketError {
        let rest = wait.unwrap_or(self.config.quota_rest);
        let until = wait.map(|wait| self.after(wait));
        let is_first = self.gate.close(MarketError::QuotaExhausted { until }, rest);
        if wait.is_some() || !is_first {
            return MarketError::QuotaExhausted { until };
        }
        let told = self.allowance().await;
        let now = self.now();
        let told = told.ok().filter(|allowance| allowance.remaining == 0);
        let Some(until) = told.and_then(|allowance| allowance.resets_at).filter(|at| *at > now) else {
            return MarketError::QuotaExhausted { until: None };
        };
        let wait_us = u64::try_from(until.micros().saturating_sub(now.micros())).unwrap_or(0);
        let error = MarketError::QuotaExhausted { until: Some(until) };
        self.gate.close(error.clone(), Duration::from_micros(wait_us));
        error
    }

    fn after(&self, wait: Duration) -> Timestamp {
        let wait_us = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.now().micros().saturating_add(wait_us))
    }
}
