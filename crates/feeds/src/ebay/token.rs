//! The application's token: bought once by one caller, used by all until shortly before its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::answer::{Setback, token_setback};
use super::meters::Meters;
use super::{EbayConfig, limits};
use crate::World;
use crate::rest::percent_encoded;
use crate::world::{HttpRequest, chain, within};

/// A token and its number among those that were bought.
#[derive(Clone)]
pub(super) struct Token {
    /// The value of the header.
    pub(super) bearer: Arc<str>,
    number: u64,
    /// By the clock that never goes back.
    renew_at: Duration,
}

/// Buys tokens and keeps the last one.
pub(super) struct Tokens {
    url: String,
    authorization: String,
    answer: Duration,
    /// Nobody tries again this soon after a failure. It is less than a caller waits between attempts.
    pause: Duration,
    /// Whoever buys holds it, so that all others wait for what comes of that. The token itself is not locked
    /// meanwhile.
    purchase: Semaphore,
    /// Held for a few instructions, never across an await.
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    token: Option<Token>,
    bought: u64,
    /// The last attempt, where it failed, and when.
    failure: Option<(Duration, Setback)>,
}

impl Tokens {
    pub(super) fn new(config: &EbayConfig) -> Self {
        let credentials = format!("{}:{}", config.client_id, config.client_secret.0);
        Self {
            url: format!("{}/identity/v1/oauth2/token", config.base_url.trim_end_matches('/')),
            authorization: format!("Basic {}", BASE64_STANDARD.encode(credentials)),
            answer: config.answer,
            pause: config.back_off.base / 4,
            purchase: Semaphore::new(1),
            shelf: Mutex::default(),
        }
    }

    /// A token that is good for a while yet.
    pub(super) async fn get(&self, world: &World, meters: &Meters) -> Result<Token, Setback> {
        self.newer_than(0, world, meters).await
    }

    /// Another token than this one, which was refused. However many were refused the same, one buys.
    pub(super) async fn instead_of(
        &self,
        refused: &Token,
        world: &World,
        meters: &Meters,
    ) -> Result<Token, Setback> {
        self.newer_than(refused.number, world, meters).await
    }

    async fn newer_than(&self, number: u64, world: &World, meters: &Meters) -> Result<Token, Setback> {
        let asked_at = world.clock.uptime();
        if let Some(token) = self.good(number, asked_at) {
            return Ok(token);
        }
        let Ok(_turn) = self.purchase.acquire().await else {
            return Err(Setback::wide("nobody buys tokens any more"));
        };
        // Somebody else bought one meanwhile, or tried.
        if let Some(token) = self.good(number, world.clock.uptime()) {
            return Ok(token);
        }
        if let Some((failed_at, setback)) = &self.shelf().failure
            && *failed_at + self.pause >= asked_at
        {
            return Err(setback.clone());
        }
        let bought = self.buy(world).await;
        meters.token(bought.is_ok());
        let now = world.clock.uptime();
        let mut shelf = self.shelf();
        match bought {
            Ok((bearer, life)) => {
                shelf.bought += 1;
                let renew_at = now + life.saturating_sub(limits::TOKEN_MARGIN.min(life / 10));
                let token = Token { bearer, number: shelf.bought, renew_at };
                (shelf.token, shelf.failure) = (Some(token.clone()), None);
                Ok(token)
            }
            Err(setback) => {
                shelf.failure = Some((now, setback.clone()));
                Err(setback)
            }
        }
    }

    fn good(&self, number: u64, now: Duration) -> Option<Token> {
        let shelf = self.shelf();
        shelf.token.as_ref().filter(|token| token.number > number && token.renew_at > now).cloned()
    }

    async fn buy(&self, world: &World) -> Result<(Arc<str>, Duration), Setback> {
        #[derive(Deserialize)]
        struct Sold {
            access_token: String,
            expires_in: u64,
        }
        let scope = percent_encoded(limits::SCOPE);
        let request = HttpRequest {
            url: self.url.clone(),
            headers: vec![("authorization", self.authorization.clone().into())],
            form: Some(format!("grant_type=client_credentials&scope={scope}")),
            body_limit: limits::TOKEN_BYTES,
        };
        let reply = match within(&*world.clock, self.answer, world.http.send(request)).await {
            None => return Err(Setback::wide(format!("no token within {:?}", self.answer))),
            Some(Err(error)) => return Err(Setback::wide(format!("no token: {}", chain(&error)))),
            Some(Ok(reply)) => reply,
        };
        if reply.status != 200 {
            return Err(token_setback(&reply));
        }
        // What was read is not told: it may hold a token.
        let sold: Sold = serde_json::from_slice(&reply.body)
            .map_err(|_| Setback::wide("an answer in the place of a token that cannot be read"))?;
        let visible = sold.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || sold.access_token.is_empty() || sold.expires_in == 0 {
            return Err(Setback::wide("a token that is none"));
        }
        let life = Duration::from_secs(sold.expires_in).min(limits::AWAY_LONGEST);
        Ok((format!("Bearer {}", sold.access_token).into(), life))
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
