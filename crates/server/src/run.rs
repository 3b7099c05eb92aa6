//! The service: what is started with what, and stopped in which order.
//!
//! It can be started and stopped inside a test. Stopping goes against the flow: first nobody new comes in,
//! then the feeds end, then the evaluator stores where everything stands, and last the deliverers finish
//! what they are sending.

mod doors;
mod housekeeping;
mod signals;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bellwether_feeds::FeedEvent;
use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::coinbase::{Coinbase, CoinbaseConfig};
use bellwether_feeds::ebay::{ClientSecret, Ebay, EbayConfig};
use bellwether_feeds::kraken::{Kraken, KrakenConfig};
use bellwether_feeds::uphold::{Uphold, UpholdConfig};
use bellwether_model::{Span, Venue};
use bellwether_notify::mail::Patience;
use bellwether_notify::{HttpClient, HttpSettings, MailSettings, MailUrl, Mailer, Sender};
use bellwether_store::{Store, StoreOptions};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::doors::Doors;
pub(crate) use self::signals::told_to_stop;
use crate::channels::{Guard, Sealer};
use crate::clock::Clock;
use crate::config::{Config, EncryptionKeys, Exchange, SigningKey, Ticker, Venues};
use crate::deliver::{self, Addresses, Pacing, Sending};
use crate::evaluate::{self, Evaluation, Listeners, Positions};
use crate::feed_states::FeedStates;
use crate::feeding::{Feeding, world};
use crate::http::{Api, ApiParts, Generations, Readiness};
use crate::journal::Journal;
use crate::links::LinkSigner;
use crate::products::{self, Products, Rhythms, Watched};

/// How long a part may take to end before it is left behind; what it had not recorded is done again by
/// the next process.
const STOP_MAX: Duration = Duration::from_secs(30);

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
}

/// Parts that are stopped together.
struct Stage {
    name: &'static str,
    cancel: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Stage {
    fn new(name: &'static str) -> Self {
        Self { name, cancel: CancellationToken::new(), tasks: Vec::new() }
    }

    async fn stop(self) {
        self.cancel.cancel();
        let ended = async {
            for task in self.tasks {
                // A part that panicked has said so where it happened.
                let _ = task.await;
            }
        };
        if tokio::time::timeout(STOP_MAX, ended).await.is_err() {
            tracing::warn!(part = self.name, "did not end in time and is left behind");
        }
    }
}

impl Service {
    /// Starts everything that the configuration asks for.
    ///
    /// # Errors
    /// Where a part cannot start; what was started before it is stopped again.
    pub async fn start(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let store = open_store(config).await?;
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
        let sender = Arc::new(sender(config)?);
        let signing_key = SigningKey::of(config)?;
        let sealer = Sealer::new(&EncryptionKeys::of(config)?);
        let shared = Shared {
            store: store.clone(),
            clock,
            positions: Positions::default(),
            generations: Generations::default(),
            readiness: Readiness::default(),
            feed_states: FeedStates::default(),
        };
        let public_url = config.server.public_url.as_ref().map_or_else(
            || format!("http://{}", doors.api_address),
            |public_url| public_url.as_str().to_owned(),
        );
        let addresses = Addresses { public_url, links: LinkSigner::new(&signing_key) };
        let (evaluating, evaluation) = evaluating(&shared, config).await?;
        let mut journaling = Stage::new("journal");
        let (journal, keeper) =
            Journal::start(store.clone(), evaluation.updates.clone(), journaling.cancel.clone())
                .await
                .context("the log of ticks cannot be read")?;
        journaling.tasks.push(keeper);
        let products = marketplace(&shared, config)?;
        let parts = ApiParts {
            store: store.clone(),
            clock: shared.clock.clone(),
            positions: shared.positions.clone(),
            inquiries: evaluation.inquiries.clone(),
            generations: shared.generations.clone(),
            readiness: shared.readiness.clone(),
            feed_states: shared.feed_states.clone(),
            signing_key,
            sealer: sealer.clone(),
            guard: Guard::new(config.outgoing.allow.clone()),
            journal: journal.clone(),
            venues: venues(config),
            products: products.clone(),
        };
        let searching = searching(products.as_ref());
        let feeding = feeding(&shared, config, evaluation, &journal)?;
        let pacing = Pacing::new(config.pace.clone());
        let delivering = delivering(&shared, Arc::clone(&sender), sealer, addresses, pacing);
        let (api_address, metrics) = (doors.api_address, doors.metrics_address);
        let serving = doors.serve(Api::new(parts, config));
        let stages = vec![serving, feeding, searching, journaling, evaluating, delivering];
        Ok(Self { api: api_address, metrics, store, positions: shared.positions, sender, stages })
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

    /// Stops everything, in order; returns when nothing is left to do.
    pub async fn stop(self) {
        for stage in self.stages {
            stage.stop().await;
        }
        self.sender.close().await;
        self.store.close().await;
    }
}

/// Deliveries of one lane that are sent at the same time. Not many more than there are connections to a mail
/// server: waiting for one counts as part of the attempt.
const DELIVERIES_AT_ONCE: usize = 16;

/// Runs the service until the process is told to stop.
///
/// # Errors
/// Where it cannot start.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let service = Service::start(&config, crate::clock::system()).await?;
    tracing::info!(api = %service.api, metrics = ?service.metrics, "bellwether is up");
    told_to_stop().await;
    tracing::info!("stopping: what is on its way is finished first");
    service.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Opens the store and brings its schema up to date.
///
/// # Errors
/// Where it cannot be opened or migrated.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let options = StoreOptions {
        hold_unverified: config.accounts.require_verified_email,
        connections: config.store.connections,
        ..StoreOptions::default()
    };
    let store =
        Store::open(config.store.url.reveal(), options).await.context("the store cannot be opened")?;
    store.migrate().await.context("the store's schema cannot be brought up to date")?;
    Ok(store)
}

/// What several parts hold.
struct Shared {
    store: Store,
    clock: Clock,
    positions: Positions,
    generations: Generations,
    readiness: Readiness,
    feed_states: FeedStates,
}

/// Loads the alerts and starts the evaluator, and what goes by time.
async fn evaluating(shared: &Shared, config: &Config) -> anyhow::Result<(Stage, Evaluation)> {
    let mut stage = Stage::new("evaluator");
    let (lists, readiness) = (shared.generations.clone(), shared.readiness.clone());
    let (states, clock) = (shared.feed_states.clone(), shared.clock.clone());
    let listeners = Listeners {
        on_commit: Arc::new(move |committed| committed.users.iter().for_each(|user| lists.bump(*user))),
        on_feed: Arc::new(move |venue, event| {
            states.hear(venue, event, clock.now());
            match event {
                FeedEvent::Unreachable { reason } => readiness.not_ready(feed_of(venue), reason),
                FeedEvent::Connected { .. } => readiness.ready(feed_of(venue)),
                FeedEvent::Disconnected { .. } | FeedEvent::Breaker { .. } | FeedEvent::Coverage { .. } => {}
            }
        }),
    };
    let mut evaluation = evaluate::start(
        shared.store.clone(),
        shared.clock.clone(),
        shared.positions.clone(),
        listeners,
        stage.cancel.clone(),
    )
    .await
    .context("the alerts cannot be loaded")?;
    shared.readiness.ready("evaluator");
    stage.tasks.extend(evaluation.task.take());
    stage.tasks.push(tokio::spawn(housekeeping::expire_alerts(
        shared.store.clone(),
        shared.clock.clone(),
        shared.generations.clone(),
        stage.cancel.clone(),
    )));
    stage.tasks.push(tokio::spawn(housekeeping::sweep(
        shared.store.clone(),
        shared.clock.clone(),
        config.history.clone(),
        stage.cancel.clone(),
    )));
    Ok((stage, evaluation))
}

/// Starts the feeds of the venues that are enabled.
fn feeding(
    shared: &Shared,
    config: &Config,
    evaluation: Evaluation,
    journal: &Journal,
) -> anyhow::Result<Stage> {
    let mut stage = Stage::new("feeds");
    let feeds = Feeding {
        clock: shared.clock.clone(),
        store: shared.store.clone(),
        wanted: evaluation.wanted,
        updates: evaluation.updates,
        cancel: stage.cancel.clone(),
    };
    let Venues { binance, coinbase, kraken, uphold } = config.venues.clone();
    if binance.enabled {
        let Exchange { ws_url, rest_url, .. } = binance;
        let config = BinanceConfig { ws_url, rest_url, ..BinanceConfig::default() };
        stage.tasks.extend(feeds.start(|world| Binance::new(config, world))?);
    }
    if coinbase.enabled {
        let Exchange { ws_url, rest_url, .. } = coinbase;
        let config = CoinbaseConfig { ws_url, rest_url, ..CoinbaseConfig::default() };
        stage.tasks.extend(feeds.start(|world| Coinbase::new(config, world))?);
    }
    if kraken.enabled {
        let Exchange { ws_url, rest_url, .. } = kraken;
        let config = KrakenConfig { ws_url, rest_url, ..KrakenConfig::default() };
        stage.tasks.extend(feeds.start(|world| Kraken::new(config, world))?);
    }
    if uphold.enabled {
        let Ticker { rest_url, interval, intervals, .. } = uphold;
        let long = |span: Span| Duration::from_secs(span.seconds());
        let intervals = intervals.into_iter().map(|(pair, interval)| (pair, long(interval))).collect();
        let config =
            UpholdConfig { rest_url, interval: long(interval), intervals, ..UpholdConfig::default() };
        stage.tasks.extend(feeds.start_polls(journal, |world| Uphold::new(config, world))?);
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
fn delivering(
    shared: &Shared,
    sender: Arc<Sender>,
    sealer: Sealer,
    addresses: Addresses,
    pacing: Pacing,
) -> Stage {
    let mut stage = Stage::new("delivery");
    let lists = shared.generations.clone();
    let sending = Sending {
        store: shared.store.clone(),
        clock: shared.clock.clone(),
        sender,
        sealer,
        addresses,
        pacing,
        at_once: DELIVERIES_AT_ONCE,
        on_delivered: Arc::new(move |user| lists.bump(user)),
    };
    stage.tasks = deliver::start(&sending, &stage.cancel);
    stage
}

fn venues(config: &Config) -> Vec<Venue> {
    let Venues { binance, coinbase, kraken, uphold } = &config.venues;
    let known = [
        (Venue::Binance, binance.enabled),
        (Venue::Coinbase, coinbase.enabled),
        (Venue::Kraken, kraken.enabled),
        (Venue::Uphold, uphold.enabled),
    ];
    let known = known.into_iter().chain([(Venue::Ebay, config.ebay.is_enabled())]);
    known.filter(|(_, enabled)| *enabled).map(|(venue, _)| venue).collect()
}

/// What messages leave by.
fn sender(config: &Config) -> anyhow::Result<Sender> {
    let outgoing = &config.outgoing;
    let settings = HttpSettings {
        allow: outgoing.allow.clone(),
        ca_file: outgoing.ca_file.clone(),
        ..HttpSettings::default()
    };
    let client = HttpClient::new(&settings).context("outgoing.ca_file is not usable")?;
    Ok(Sender::new(mailer(&config.mail)?, client, outgoing.telegram.clone()))
}

fn mailer(mail: &crate::config::Mail) -> anyhow::Result<Mailer> {
    let url: MailUrl = mail.url.reveal().parse().context("mail.url is not usable")?;
    let settings =
        MailSettings { url, from: mail.from.clone(), ca_file: None, patience: Patience::default() };
    Mailer::new(&settings).context("mail cannot be sent with these settings")
}
