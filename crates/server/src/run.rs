//! The service: what is started with what, and stopped in which order.
//!
//! It can be started and stopped inside a test. Stopping goes against the flow: first nobody new comes in,
//! then the feeds end, then the evaluator stores where everything stands, and last the deliverers finish
//! what they are sending.

mod connections;
mod doors;
mod expiring;
mod housekeeping;
mod several;
mod signals;
mod stage;
mod standing;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use bellwether_feeds::FeedEvent;
use bellwether_feeds::ebay::{ClientSecret, Ebay, EbayConfig};
use bellwether_model::{UserId, Venue};
use bellwether_notify::http::HttpPatience;
use bellwether_notify::mail::Patience;
use bellwether_notify::{HttpClient, HttpSettings, MailSettings, MailUrl, Mailer, Sender};
use bellwether_store::{Store, StoreOptions};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::doors::Doors;
use self::expiring::Expiring;
pub(crate) use self::signals::told_to_stop;
use self::stage::{Falls, Stage};
use crate::channels::{self, Guard, Sealer};
use crate::clock::Clock;
use crate::config::{self, Config, EncryptionKeys, SigningKey, Venues};
use crate::deliver::{self, Addresses, Chance, Charts, Pacing, Sending};
use crate::evaluate::{self, Evaluation, Inquiries, Listeners, OnCommit, OnFeed, Positions};
use crate::feed_states::FeedStates;
use crate::feeding::{Feeding, start_venue, world};
use crate::http::{Api, ApiParts, Generations, Readiness};
use crate::journal::Journal;
use crate::links::LinkSigner;
use crate::meters;
use crate::pictures::{self, Pictures};
use crate::products::{self, Products, Rhythms, Watched};
use crate::single_user;
use crate::switches::Switches;
use crate::traces::Traces;

/// A running service.
pub struct Service {
    /// Where the API listens.
    pub api: SocketAddr,
    /// Where the metrics listen.
    pub metrics: Option<SocketAddr>,
    store: Store,
    positions: Positions,
    sender: Arc<Sender>,
    stages: Vec<Stage>,
    falls: Falls,
}

impl Service {
    /// Starts everything that the configuration asks for.
    ///
    /// # Errors
    /// Where a part cannot start; what was started before it is stopped again.
    pub async fn start(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let store = open_to_serve(config).await?;
        match Self::start_on(config, clock, store.clone()).await {
            Ok(service) => Ok(service),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    async fn start_on(config: &Config, clock: Clock, store: Store) -> anyhow::Result<Self> {
        // Bound first: a port that is taken should not cost the loading of a million alerts.
        let doors = Doors::open(&config.server).await?;
        let (api, metrics) = (doors.api_address, doors.metrics_address);
        let sender = Arc::new(sender(config)?);
        // Until the end: those who stop last write too, and have something to tell.
        let mut keeping = Stage::new("store");
        let (traces, telling_traces) = Traces::start(&config.traces, keeping.cancel.clone())?;
        keeping.tasks.extend(telling_traces);
        let shared = Shared::new(config, clock, store.clone(), api, traces).await?;
        let positions = shared.positions.clone();
        let (readiness, cancel) = (shared.readiness.clone(), keeping.cancel.clone());
        let telling = standing::tell(store.clone(), shared.clock.clone(), readiness, cancel);
        keeping.tasks.push(tokio::spawn(telling));
        let started = if config.bus.is_used() {
            several::start(config, &shared, doors, &sender).await
        } else {
            alone(config, &shared, doors, &sender).await
        };
        match started {
            Ok(mut stages) => {
                stages.push(keeping);
                let falls = Falls::new(shared.readiness);
                let stages = stages.into_iter().map(|stage| stage.watched(&falls)).collect();
                Ok(Self { api, metrics, store, positions, sender, stages, falls })
            }
            Err(error) => {
                keeping.stop().await;
                Err(error)
            }
        }
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How far each instrument has been evaluated.
    #[must_use]
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// Waits until a part of it no longer works, for a fault of the program: then it is to be stopped, and started anew.
    pub async fn fallen(&self) -> Fallen {
        Fallen { part: self.falls.first().await }
    }

    /// Stops everything, in order; returns when nothing is left to do.
    pub async fn stop(self) {
        for stage in self.stages {
            stage.stop().await;
        }
        self.sender.close().await;
        self.store.close().await;
    }
}

/// A part of the service that no longer works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a fault of the program has ended the part '{part}', and the service with it. Start it again: nothing that was \
     accepted is lost"
)]
pub struct Fallen {
    /// Its name.
    pub part: &'static str,
}

/// Deliveries of one lane that are sent at the same time: as many as keep receivers on the other side of the world
/// busy, and make claims of many at a time.
const DELIVERIES_AT_ONCE: usize = 64;

/// Runs the service until the process is told to stop.
///
/// # Errors
/// Where it cannot start, or a part of it no longer works.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let service = Service::start(&config, crate::clock::system()).await?;
    tracing::info!(api = %service.api, metrics = ?service.metrics, "bellwether is up");
    if config.accounts.single_user {
        tracing::warn!("single-user mode: whoever is on this machine needs no login");
    }
    let fallen = tokio::select! {
        () = told_to_stop() => None,
        fallen = service.fallen() => Some(fallen),
    };
    tracing::info!("stopping: what is on its way is finished first");
    service.stop().await;
    tracing::info!("stopped");
    // Whoever looks after the process starts it again.
    fallen.map_or(Ok(()), |fallen| Err(fallen.into()))
}

/// Opens the store and brings its schema up to date.
///
/// # Errors
/// Where it cannot be opened or migrated.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    open(config, false).await
}

/// The same, for a process that evaluates: a database of SQLite has one such process at a time.
///
/// # Errors
/// Where it cannot be opened or migrated, or another process serves it.
pub(crate) async fn open_to_serve(config: &Config) -> anyhow::Result<Store> {
    open(config, true).await
}

async fn open(config: &Config, alone: bool) -> anyhow::Result<Store> {
    let options = StoreOptions {
        alone,
        hold_unverified: config.accounts.require_verified_email,
        connections: config.store.connections,
        ..StoreOptions::default()
    };
    let opened = Store::open(config.store.url.reveal(), options).await;
    let store = opened.with_context(|| format!("{} cannot be opened", config.store.named()))?;
    let migrated = store.migrate().await;
    migrated
        .with_context(|| format!("the schema of {} cannot be brought up to date", config.store.named()))?;
    let read_url = config.store.read_url.reveal();
    if !read_url.is_empty() {
        store.read_from(read_url).context("store.read_url")?;
    }
    Ok(store)
}

/// Starts everything in this process; what is to be stopped, in order.
async fn alone(
    config: &Config,
    shared: &Shared,
    doors: Doors,
    sender: &Arc<Sender>,
) -> anyhow::Result<Vec<Stage>> {
    let (mut evaluating, evaluation) = evaluating(shared).await?;
    evaluating.tasks.extend(keeping_house(shared, config, &evaluating.cancel));
    let mut journaling = Stage::new("journal");
    let (updates, cancel) = (evaluation.updates.clone(), journaling.cancel.clone());
    let (journal, keeper) = Journal::start(shared.store.clone(), updates, cancel)
        .await
        .context("the log of ticks cannot be read")?;
    journaling.tasks.push(keeper);
    let products = marketplace(shared, config)?;
    let parts = shared.api_parts(config, evaluation.inquiries.clone(), journal.clone(), products.clone());
    let searching = searching(products.as_ref());
    let feeding = feeding(shared, config, evaluation, &journal).await?;
    let delivering = delivering(shared, config, sender);
    let serving = doors.serve(Api::new(parts, config), true);
    Ok(vec![serving, feeding, searching, journaling, evaluating, delivering])
}

/// What several parts hold.
struct Shared {
    store: Store,
    clock: Clock,
    positions: Positions,
    generations: Generations,
    readiness: Readiness,
    feed_states: FeedStates,
    signing_key: SigningKey,
    sealer: Sealer,
    pictures: Pictures,
    public_url: String,
    /// Whose every request is that shows no token, in single-user mode.
    owner: Option<UserId>,
    traces: Traces,
}

impl Shared {
    async fn new(
        config: &Config,
        clock: Clock,
        store: Store,
        api: SocketAddr,
        traces: Traces,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            traces,
            owner: single_user::owner(config, &store, &clock).await?,
            store,
            clock,
            positions: Positions::default(),
            generations: Generations::default(),
            readiness: Readiness::default(),
            feed_states: FeedStates::default(),
            signing_key: SigningKey::of(config)?,
            sealer: Sealer::new(&EncryptionKeys::of(config)?),
            pictures: Pictures::new(HttpClient::new(&outgoing(config, pictures::PATIENCE)).context(CA_FILE)?),
            public_url: config.server.public_url_at(api),
        })
    }

    /// What the API is made of.
    fn api_parts(
        &self,
        config: &Config,
        inquiries: Inquiries,
        journal: Journal,
        products: Option<Products>,
    ) -> ApiParts {
        ApiParts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            positions: self.positions.clone(),
            inquiries,
            generations: self.generations.clone(),
            readiness: self.readiness.clone(),
            feed_states: self.feed_states.clone(),
            signing_key: self.signing_key.clone(),
            sealer: self.sealer.clone(),
            guard: Guard::new(config.outgoing.allow.clone()),
            journal,
            pictures: self.pictures.clone(),
            venues: venues(config),
            owner: self.owner,
            products,
            traces: self.traces.clone(),
        }
    }

    /// What hears how each venue's feed fares.
    fn on_feed(&self) -> OnFeed {
        let (states, readiness, clock) =
            (self.feed_states.clone(), self.readiness.clone(), self.clock.clone());
        Arc::new(move |venue, event| {
            states.hear(venue, event, clock.now());
            match event {
                FeedEvent::Unreachable { reason } => readiness.not_ready(feed_of(venue), reason),
                FeedEvent::Connected { .. } => readiness.ready(feed_of(venue)),
                FeedEvent::Disconnected { .. }
                | FeedEvent::Breaker { .. }
                | FeedEvent::Vitals(_)
                | FeedEvent::Coverage { .. } => {}
            }
        })
    }

    /// What hears of every commit.
    fn on_commit(&self) -> OnCommit {
        let lists = self.generations.clone();
        Arc::new(move |committed| committed.users.iter().for_each(|user| lists.bump(*user)))
    }
}

/// Loads the alerts and starts the evaluator.
async fn evaluating(shared: &Shared) -> anyhow::Result<(Stage, Evaluation)> {
    let mut stage = Stage::new("evaluator");
    let listeners =
        Listeners { on_commit: shared.on_commit(), on_feed: shared.on_feed(), traces: shared.traces.clone() };
    let mut evaluation = evaluate::start(
        shared.store.clone(),
        shared.clock.clone(),
        shared.positions.clone(),
        listeners,
        evaluate::Part::default(),
        stage.cancel.clone(),
    )
    .await
    .context("the alerts cannot be loaded")?;
    shared.readiness.ready("evaluator");
    stage.tasks.extend(evaluation.task.take());
    Ok((stage, evaluation))
}

/// Starts what goes by time.
fn keeping_house(shared: &Shared, config: &Config, cancel: &CancellationToken) -> Vec<JoinHandle<()>> {
    let expiring = Expiring {
        store: shared.store.clone(),
        clock: shared.clock.clone(),
        positions: shared.positions.clone(),
        lists: shared.generations.clone(),
        venues: markets(config),
        evaluates_elsewhere: !config.bus.url.reveal().is_empty(),
    };
    let (store, clock) = (shared.store.clone(), shared.clock.clone());
    let sweeping = housekeeping::sweep(store, clock, config.history.clone(), cancel.clone());
    let mut tasks = vec![tokio::spawn(expiring.run(cancel.clone())), tokio::spawn(sweeping)];
    if shared.sealer.has_former() {
        let (store, sealer, clock) = (shared.store.clone(), shared.sealer.clone(), shared.clock.clone());
        tasks.push(tokio::spawn(channels::reseal_all(store, sealer, clock, cancel.clone())));
    }
    tasks
}

/// Starts the feeds of the venues that are enabled.
async fn feeding(
    shared: &Shared,
    config: &Config,
    evaluation: Evaluation,
    journal: &Journal,
) -> anyhow::Result<Stage> {
    let mut stage = Stage::new("feeds");
    let (switches, wanted) = Switches::start(shared.store.clone(), evaluation.wanted)
        .await
        .context("which instruments are switched off cannot be read")?;
    stage.tasks.push(tokio::spawn(switches.run(stage.cancel.clone())));
    let feeds = Feeding {
        clock: shared.clock.clone(),
        store: shared.store.clone(),
        wanted,
        updates: evaluation.updates,
        glitch_factor: config.feeds.glitch_factor,
        cancel: stage.cancel.clone(),
    };
    let counting = meters::coverage(shared.positions.clone(), markets(config), stage.cancel.clone());
    stage.tasks.push(tokio::spawn(counting));
    stage.tasks.push(tokio::spawn(meters::follower(shared.store.clone(), stage.cancel.clone())));
    for venue in markets(config) {
        stage.tasks.extend(start_venue(&feeds, venue, &config.venues, journal)?);
    }
    Ok(stage)
}

/// What alerts on products are made of, where there is a marketplace.
fn marketplace(shared: &Shared, config: &Config) -> anyhow::Result<Option<Products>> {
    if !config.ebay.is_enabled() {
        return Ok(None);
    }
    let ebay = EbayConfig {
        base_url: config.ebay.rest_url.clone(),
        pages: config.ebay.items_max.div_ceil(products::PAGE_SIZE),
        ..EbayConfig::new(&config.ebay.client_id, ClientSecret::new(config.ebay.client_secret.reveal()))
    };
    Ok(Some(Products {
        store: shared.store.clone(),
        clock: shared.clock.clone(),
        market: Arc::new(Ebay::new(ebay, &world(&shared.clock)?)),
        generations: shared.generations.clone(),
        rhythms: Rhythms::default(),
        watched: Watched::default(),
        daily_calls: u64::from(config.ebay.daily_calls),
        search_every: config.ebay.search_every,
        items_max: config.ebay.items_max,
    }))
}

/// Starts what alerts on products go by.
fn searching(products: Option<&Products>) -> Stage {
    let mut stage = Stage::new("products");
    stage.tasks = products.map_or_else(Vec::new, |products| products::start(products, &stage.cancel));
    stage
}

/// The part that a venue's feed is, in what the service says of its readiness.
fn feed_of(venue: Venue) -> &'static str {
    match venue {
        Venue::Binance => "feed binance",
        Venue::Coinbase => "feed coinbase",
        Venue::Kraken => "feed kraken",
        Venue::Uphold => "feed uphold",
        Venue::Coingecko => "feed coingecko",
        Venue::Ebay => "feed ebay",
        Venue::Push => "feed push",
    }
}

/// Starts the deliverers.
fn delivering(shared: &Shared, config: &Config, sender: &Arc<Sender>) -> Stage {
    let mut stage = Stage::new("delivery");
    let lists = shared.generations.clone();
    let links = LinkSigner::new(&shared.signing_key);
    let sending = Sending {
        store: shared.store.clone(),
        clock: shared.clock.clone(),
        sender: sender.clone(),
        chance: Chance::of_the_machine(),
        sealer: shared.sealer.clone(),
        addresses: Addresses { public_url: shared.public_url.clone(), links },
        charts: Charts::default(),
        pacing: Pacing::new(config.pace.clone()),
        at_once: DELIVERIES_AT_ONCE,
        traces: shared.traces.clone(),
        on_delivered: Arc::new(move |user| lists.bump(user)),
    };
    stage.tasks = deliver::start(&sending, &stage.cancel);
    let counting = meters::queues(shared.store.clone(), shared.clock.clone(), stage.cancel.clone());
    stage.tasks.push(tokio::spawn(counting));
    stage
}

/// The markets that are watched.
fn markets(config: &Config) -> Vec<Venue> {
    let Venues { binance, coinbase, kraken, uphold, coingecko, coingecko_api_key: _ } = &config.venues;
    let known = [
        (Venue::Binance, binance.enabled),
        (Venue::Coinbase, coinbase.enabled),
        (Venue::Kraken, kraken.enabled),
        (Venue::Uphold, uphold.enabled),
        (Venue::Coingecko, coingecko.enabled),
    ];
    known.into_iter().filter(|(_, enabled)| *enabled).map(|(venue, _)| venue).collect()
}

fn venues(config: &Config) -> Vec<Venue> {
    markets(config).into_iter().chain(config.ebay.is_enabled().then_some(Venue::Ebay)).collect()
}

/// What is wrong where the client of strangers' addresses cannot be made.
const CA_FILE: &str = "outgoing.ca_file is not usable";

/// How addresses that strangers name are called.
fn outgoing(config: &Config, patience: HttpPatience) -> HttpSettings {
    let config::Outgoing { allow, ca_file, telegram: _ } = &config.outgoing;
    HttpSettings { allow: allow.clone(), ca_file: ca_file.clone(), patience }
}

/// What messages leave by.
fn sender(config: &Config) -> anyhow::Result<Sender> {
    let client = HttpClient::new(&outgoing(config, HttpPatience::DEFAULT)).context(CA_FILE)?;
    Ok(Sender::new(mailer(config)?, client, config.outgoing.telegram.clone()))
}

pub(crate) fn mailer(config: &Config) -> anyhow::Result<Mailer> {
    let mail = &config.mail;
    let url: MailUrl = mail.url.reveal().parse().context("mail.url is not usable")?;
    let (from, dkim) = (mail.from.clone(), mail.dkim.clone());
    let ca_file = config.outgoing.ca_file.clone();
    let settings = MailSettings { url, from, ca_file, patience: Patience::default(), dkim };
    Mailer::new(&settings).context("mail cannot be sent with these settings")
}
