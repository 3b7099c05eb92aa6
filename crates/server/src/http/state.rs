//! What every handler works with.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bellwether_model::{Instrument, Timestamp, UserId, Venue};
use bellwether_notify::WebhookSecret;
use bellwether_store::Store;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::auth::tokens::Tokens;
use super::auth::{Keys, Sessions};
use super::cache::{Generations, ListCache};
use super::catalogue::Catalogue;
use super::export::Places;
use super::instruments::list_movers::Movers;
use super::operation::Readiness;
use super::rates::Rates;
use super::throttle::Throttle;
use crate::accounts::Passwords;
use crate::channels::{Guard, Sealer};
use crate::clock::Clock;
use crate::config::{self, Config, Secret, SigningKey};
use crate::evaluate::{Inquiries, Positions};
use crate::feed_states::FeedStates;
use crate::journal::Journal;
use crate::links::LinkSigner;
use crate::pictures::Pictures;
use crate::products::{Notices, Products};
use crate::traces::Traces;

/// Pushed instruments that are remembered.
const PUSHED: usize = 16_384;

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
    /// How each venue's feed fares.
    pub feed_states: FeedStates,
    /// The key of the login tokens.
    pub signing_key: SigningKey,
    /// Seals where channels lead, and opens it again.
    pub sealer: Sealer,
    /// Knows where messages may go.
    pub guard: Guard,
    /// The way in for pushed ticks.
    pub journal: Journal,
    /// Fetches the pictures of listings.
    pub pictures: Pictures,
    /// What alerts on products are made of, where there is a marketplace.
    pub products: Option<Products>,
    /// The venues whose instruments may be watched.
    pub venues: Vec<Venue>,
    /// Whose every request is that shows no token, in single-user mode.
    pub owner: Option<UserId>,
    /// Told of requests that are part of a trace.
    pub traces: Traces,
}

/// The API: what it was made of, and what it keeps besides.
pub struct Api {
    parts: ApiParts,
    tokens: Tokens,
    links: LinkSigner,
    passwords: Passwords,
    sessions: Sessions,
    keys: Keys,
    throttles: Throttles,
    rates: Rates,
    list_cache: ListCache,
    catalogue: Catalogue,
    /// Instruments that ticks were pushed to lately: they are known.
    pushed: Cache<Instrument, ()>,
    accounts: config::Accounts,
    limits: ApiLimits,
    /// The service's address as its users see it.
    public_url: String,
    permits: Semaphore,
    previews: Semaphore,
    exports: Places,
    movers: Movers,
    password_links: Arc<Semaphore>,
    events_secret: Option<WebhookSecret>,
    /// What shows that a request about mails that came back is genuine; empty where none are taken.
    bounces_secret: Secret,
    /// Takes what eBay tells of deleted accounts, where it is told here.
    notices: Option<Notices>,
    closing: CancellationToken,
}

/// Replays of the past at the same time; each keeps a core busy.
const PREVIEWS_AT_ONCE: usize = 2;

/// Mails with a link for a forgotten password that an address gets in an hour.
const PASSWORD_LINKS_PER_HOUR: u32 = 3;
/// Such mails that are queued at the same time. Beyond that, whoever asks is told to come back.
const PASSWORD_LINKS_AT_ONCE: usize = 64;

/// The API as handlers hold it.
pub type ApiState = Arc<Api>;

/// How often one client or account may try.
pub(super) struct Throttles {
    pub(super) logins_of_account: Throttle<String>,
    pub(super) logins_of_client: Throttle<IpAddr>,
    pub(super) sign_ups: Throttle<IpAddr>,
    pub(super) password_links_of_account: Throttle<String>,
    pub(super) password_links_of_client: Throttle<IpAddr>,
    pub(super) ticks: Throttle<UserId>,
}

/// What a request may use.
pub(super) struct ApiLimits {
    /// Bytes of its body.
    pub(super) body: usize,
    pub(super) request_timeout: Duration,
    pub(super) alerts_per_user: u64,
    pub(super) channels_per_user: u64,
    pub(super) feeds_per_user: u32,
    pub(super) instruments_per_feed: u32,
    /// Bytes of pushed ticks in one request.
    pub(super) ticks_body: usize,
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
            password_links_of_account: Throttle::per_hour(PASSWORD_LINKS_PER_HOUR),
            password_links_of_client: Throttle::new(per_minute),
            ticks: Throttle::new(config.limits.ticks_per_minute),
        };
        let public_url = config.server.public_url.as_ref();
        let limits = ApiLimits {
            body: as_usize(config.server.body_limit),
            request_timeout: Duration::from_secs(config.server.request_timeout.seconds()),
            alerts_per_user: u64::from(config.limits.alerts_per_user),
            channels_per_user: u64::from(config.limits.channels_per_user),
            feeds_per_user: config.limits.feeds_per_user,
            instruments_per_feed: config.limits.instruments_per_feed,
            ticks_body: as_usize(config.limits.ticks_body),
            behind_proxy: config.server.behind_proxy,
            https: public_url.is_some_and(|url| url.as_str().starts_with("https://")),
            allowed_origins: config.server.allowed_origins.clone(),
        };
        Arc::new(Self {
            tokens: Tokens::new(&parts.signing_key),
            links: LinkSigner::new(&parts.signing_key),
            passwords: Passwords::new(&config.accounts),
            sessions: Sessions::default(),
            keys: Keys::default(),
            throttles,
            rates: Rates::new(&config.limits),
            list_cache: ListCache::new(&parts.store),
            catalogue: Catalogue::new(parts.venues.clone()),
            pushed: Cache::new(PUSHED),
            accounts: config.accounts.clone(),
            limits,
            public_url: config.server.public_url_at(config.server.listen),
            permits: Semaphore::new(as_usize(config.server.concurrent_requests)),
            previews: Semaphore::new(PREVIEWS_AT_ONCE),
            exports: Places::default(),
            movers: Movers::default(),
            password_links: Arc::new(Semaphore::new(PASSWORD_LINKS_AT_ONCE)),
            events_secret: config.ebay.events_secret.clone(),
            bounces_secret: config.mail.bounces_secret.clone(),
            notices: config.ebay.notices().map(|(token, url)| Notices::new(token.clone(), url.to_owned())),
            closing: CancellationToken::new(),
            parts,
        })
    }

    /// Cancelled when the API is to close. Answers that would last for ever end with it.
    #[must_use]
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
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

    pub(super) fn links(&self) -> &LinkSigner {
        &self.links
    }

    /// The service's address as its users see it, without a slash at the end.
    pub(super) fn public_url(&self) -> &str {
        &self.public_url
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

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn rates(&self) -> &Rates {
        &self.rates
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

    pub(super) fn pushed(&self) -> &Cache<Instrument, ()> {
        &self.pushed
    }

    pub(super) fn feed_states(&self) -> &FeedStates {
        &self.parts.feed_states
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.parts.journal
    }

    pub(super) fn accounts(&self) -> &config::Accounts {
        &self.accounts
    }

    pub(super) fn limits(&self) -> &ApiLimits {
        &self.limits
    }

    pub(super) fn previews(&self) -> &Semaphore {
        &self.previews
    }

    /// Places among the files that are written at the same time.
    pub(super) fn exports(&self) -> &Places {
        &self.exports
    }

    /// Whose price moved most, as it was computed lately.
    pub(super) fn movers(&self) -> &Movers {
        &self.movers
    }

    pub(super) fn password_links(&self) -> &Arc<Semaphore> {
        &self.password_links
    }

    /// What alerts on products are made of; nothing where there is no marketplace.
    pub(super) fn products(&self) -> Option<&Products> {
        self.parts.products.as_ref()
    }

    /// Fetches the pictures of listings.
    pub(super) fn pictures(&self) -> &Pictures {
        &self.parts.pictures
    }

    /// What events of listings are signed with; nothing where none are taken.
    pub(super) fn events_secret(&self) -> Option<&WebhookSecret> {
        self.events_secret.as_ref()
    }

    /// What shows that a request about mails that came back is genuine; empty where none are taken.
    pub(super) fn bounces_secret(&self) -> &str {
        self.bounces_secret.reveal()
    }

    /// Takes what eBay tells of deleted accounts; nothing where it is not told here.
    pub(super) fn notices(&self) -> Option<&Notices> {
        self.notices.as_ref()
    }

    /// Whether a marketplace can be searched.
    pub(super) fn watches_products(&self) -> bool {
        self.parts.venues.contains(&Venue::Ebay)
    }

    /// Whose every request is that shows no token; `None` where people log in.
    pub(super) fn owner(&self) -> Option<UserId> {
        self.parts.owner
    }

    pub(super) fn traces(&self) -> &Traces {
        &self.parts.traces
    }

    pub(super) fn permits(&self) -> &Semaphore {
        &self.permits
    }
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
