//! What every handler works with.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{Timestamp, Venue};
use bellwether_store::Store;
use tokio::sync::Semaphore;

use super::auth::Sessions;
use super::auth::tokens::Tokens;
use super::cache::{Generations, ListCache};
use super::catalogue::Catalogue;
use super::operation::Readiness;
use super::throttle::Throttle;
use crate::accounts::Passwords;
use crate::channels::{Guard, Sealer};
use crate::clock::Clock;
use crate::config::{self, Config, SigningKey};
use crate::evaluate::{Inquiries, Positions};

/// What the API is made of: passed in, so that a test can own all of it.
pub struct ApiParts {
    /// Where everything is kept.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// How far each instrument has been evaluated.
    pub positions: Positions,
    /// How to ask why an alert has not fired.
    pub inquiries: Inquiries,
    /// Counts the changes of what each user sees; whoever commits one bumps it.
    pub generations: Generations,
    /// Whether the parts of the service are ready.
    pub readiness: Readiness,
    /// The key of the login tokens.
    pub signing_key: SigningKey,
    /// Seals where channels lead, and opens it again.
    pub sealer: Sealer,
    /// Knows where messages may go.
    pub guard: Guard,
    /// The venues whose instruments may be watched.
    pub venues: Vec<Venue>,
}

/// The API: what it was made of, and what it keeps besides.
pub struct Api {
    parts: ApiParts,
    tokens: Tokens,
    passwords: Passwords,
    sessions: Sessions,
    throttles: Throttles,
    list_cache: ListCache,
    catalogue: Catalogue,
    accounts: config::Accounts,
    limits: ApiLimits,
    permits: Semaphore,
}

/// The API as handlers hold it.
pub type ApiState = Arc<Api>;

/// How often one client or account may try.
pub(super) struct Throttles {
    pub(super) logins_of_account: Throttle<String>,
    pub(super) logins_of_client: Throttle<IpAddr>,
    pub(super) sign_ups: Throttle<IpAddr>,
}

/// What a request may use.
pub(super) struct ApiLimits {
    /// Bytes of its body.
    pub(super) body: usize,
    pub(super) request_timeout: Duration,
    pub(super) alerts_per_user: u64,
    pub(super) channels_per_user: u64,
    /// Whether `X-Forwarded-For` is believed.
    pub(super) behind_proxy: bool,
    /// Whether users reach the service over TLS.
    pub(super) https: bool,
    pub(super) allowed_origins: Vec<String>,
}

impl Api {
    /// The API of this configuration.
    #[must_use]
    pub fn new(parts: ApiParts, config: &Config) -> ApiState {
        let per_minute = config.limits.failed_logins_per_minute;
        let throttles = Throttles {
            logins_of_account: Throttle::new(per_minute),
            logins_of_client: Throttle::new(per_minute.saturating_mul(10)),
            sign_ups: Throttle::new(config.limits.sign_ups_per_minute),
        };
        let public_url = config.server.public_url.as_ref();
        let limits = ApiLimits {
            body: as_usize(config.server.body_limit),
            request_timeout: Duration::from_secs(config.server.request_timeout.seconds()),
            alerts_per_user: u64::from(config.limits.alerts_per_user),
            channels_per_user: u64::from(config.limits.channels_per_user),
            behind_proxy: config.server.behind_proxy,
            https: public_url.is_some_and(|url| url.as_str().starts_with("https://")),
            allowed_origins: config.server.allowed_origins.clone(),
        };
        Arc::new(Self {
            tokens: Tokens::new(&parts.signing_key),
            passwords: Passwords::new(&config.accounts),
            sessions: Sessions::default(),
            throttles,
            list_cache: ListCache::new(&parts.store),
            catalogue: Catalogue::new(parts.venues.clone()),
            accounts: config.accounts.clone(),
            limits,
            permits: Semaphore::new(as_usize(config.server.concurrent_requests)),
            parts,
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    pub(super) fn store(&self) -> &Store {
        &self.parts.store
    }

    pub(super) fn positions(&self) -> &Positions {
        &self.parts.positions
    }

    pub(super) fn inquiries(&self) -> &Inquiries {
        &self.parts.inquiries
    }

    pub(super) fn generations(&self) -> &Generations {
        &self.parts.generations
    }

    pub(super) fn readiness(&self) -> &Readiness {
        &self.parts.readiness
    }

    pub(super) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub(super) fn sealer(&self) -> &Sealer {
        &self.parts.sealer
    }

    pub(super) fn guard(&self) -> &Guard {
        &self.parts.guard
    }

    pub(super) fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(super) fn throttles(&self) -> &Throttles {
        &self.throttles
    }

    pub(super) fn list_cache(&self) -> &ListCache {
        &self.list_cache
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(super) fn accounts(&self) -> &config::Accounts {
        &self.accounts
    }

    pub(super) fn limits(&self) -> &ApiLimits {
        &self.limits
    }

    pub(super) fn permits(&self) -> &Semaphore {
        &self.permits
    }
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
