//! The venues' feeds, their catalogues, and the filling of price history from them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::coinbase::{Coinbase, CoinbaseConfig};
use bellwether_feeds::coingecko::{Coingecko, CoingeckoConfig};
use bellwether_feeds::kraken::{Kraken, KrakenConfig};
use bellwether_feeds::uphold::{Uphold, UpholdConfig};
use bellwether_feeds::world::{HttpClient, WebSocketDialer};
use bellwether_feeds::{
    Catalogue, CatalogueError, Factor, Guarding, Jitter, Listing, Polled, Update, Venue, Wanted, World,
};
use bellwether_model as model;
use bellwether_model::Span;
use bellwether_store::Store;
use bellwether_store::instrument::InstrumentInfo;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Exchange, Ticker, Venues};
use crate::history::Backfill;
use crate::journal::{Entered, Entry, Journal};
use crate::quarantine;

/// How often a venue's catalogue is read anew.
const CATALOGUE_EVERY: Duration = Duration::from_secs(3_600);
/// How long after a failed reading the next one is tried, at first and at most.
const CATALOGUE_RETRY_FIRST: Duration = Duration::from_secs(1);
const CATALOGUE_RETRY_MOST: Duration = Duration::from_secs(60);
/// Updates of a polled feed that may wait for the journal; where they are more, it polls no further.
const POLLED_MAX: usize = 1_024;
/// How long ticks that could not be kept wait before they are tried again.
const KEEP_RETRY: Duration = Duration::from_secs(1);

/// What every feed needs.
pub struct Feeding {
    /// What time it is.
    pub clock: Clock,
    /// Where catalogues are kept.
    pub store: Store,
    /// What alerts look at.
    pub wanted: watch::Receiver<Wanted>,
    /// Where ticks go.
    pub updates: mpsc::Sender<Update>,
    /// How far off a price must be to wait for its confirmation; none: none waits.
    pub glitch_factor: Option<Factor>,
    /// Ends the feeds.
    pub cancel: CancellationToken,
}

impl Feeding {
    /// Starts the feed of the venue that `make` makes, and keeps its catalogue.
    ///
    /// # Errors
    /// Where HTTP over TLS cannot be set up.
    pub fn start<V: Venue>(&self, make: impl FnOnce(&World) -> V) -> anyhow::Result<Vec<JoinHandle<()>>> {
        let world = world(&self.clock)?;
        let venue = Arc::new(make(&world));
        let listing = Arc::clone(&venue);
        let read = move || {
            let venue = Arc::clone(&listing);
            async move { venue.catalogue().await }
        };
        let keeper = keep_catalogue(venue.name(), read, self.store.clone(), self.clock.clone());
        let backfill = Backfill {
            venue: Arc::clone(&venue),
            store: self.store.clone(),
            clock: self.clock.clone(),
            jitter: Arc::clone(&world.jitter),
        };
        let cancel = self.cancel.clone();
        let keeper = tokio::spawn(async move {
            tokio::select! {
                () = cancel.cancelled() => {}
                () = keeper => {}
                () = backfill.run() => {}
            }
        });
        let (guarding, quarantine) = self.guarding(venue.name());
        let feed = bellwether_feeds::spawn(
            venue,
            world,
            guarding,
            self.wanted.clone(),
            self.updates.clone(),
            self.cancel.clone(),
        );
        Ok(vec![keeper, quarantine, feed])
    }

    /// Starts the feed of a polled venue, whose ticks go through the journal, and keeps its catalogue.
    ///
    /// # Errors
    /// Where HTTP over TLS cannot be set up.
    pub fn start_polls<V: Polled>(
        &self,
        journal: &Journal,
        make: impl FnOnce(&World) -> V,
    ) -> anyhow::Result<Vec<JoinHandle<()>>> {
        let world = world(&self.clock)?;
        let venue = Arc::new(make(&world));
        let listing = Arc::clone(&venue);
        let read = move || {
            let venue = Arc::clone(&listing);
            async move { venue.catalogue().await }
        };
        let keeper = keep_catalogue(venue.name(), read, self.store.clone(), self.clock.clone());
        let cancel = self.cancel.clone();
        let keeper = tokio::spawn(async move {
            // Cancelled or not, it has ended.
            let _ = cancel.run_until_cancelled(keeper).await;
        });
        let (out, polled) = mpsc::channel(POLLED_MAX);
        let (guarding, quarantine) = self.guarding(venue.name());
        let feed = bellwether_feeds::spawn_polls(
            venue,
            world,
            guarding,
            self.wanted.clone(),
            out,
            self.cancel.clone(),
        );
        let keeping = Keeping {
            journal: journal.clone(),
            updates: self.updates.clone(),
            clock: self.clock.clone(),
            cancel: self.cancel.clone(),
        };
        Ok(vec![keeper, quarantine, feed, tokio::spawn(keeping.run(polled))])
    }

    /// How a venue's prices are doubted, and the task that keeps which were.
    fn guarding(&self, venue: model::Venue) -> (Guarding, JoinHandle<()>) {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let (told, keeper) = quarantine::start(venue, store, clock, self.cancel.clone());
        (Guarding { factor: self.glitch_factor, told: Some(told) }, keeper)
    }
}

/// Starts the feed of a venue as it is configured. A polled one's ticks go through the journal.
///
/// # Errors
/// Where HTTP over TLS cannot be set up.
pub(crate) fn start_venue(
    feeds: &Feeding,
    venue: model::Venue,
    config: &Venues,
    journal: &Journal,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let Venues { binance, coinbase, kraken, uphold, coingecko, coingecko_api_key } = config.clone();
    match venue {
        model::Venue::Binance => {
            let Exchange { ws_url, rest_url, .. } = binance;
            let config = BinanceConfig { ws_url, rest_url, ..BinanceConfig::default() };
            feeds.start(|world| Binance::new(config, world))
        }
        model::Venue::Coinbase => {
            let Exchange { ws_url, rest_url, .. } = coinbase;
            let config = CoinbaseConfig { ws_url, rest_url, ..CoinbaseConfig::default() };
            feeds.start(|world| Coinbase::new(config, world))
        }
        model::Venue::Kraken => {
            let Exchange { ws_url, rest_url, .. } = kraken;
            let config = KrakenConfig { ws_url, rest_url, ..KrakenConfig::default() };
            feeds.start(|world| Kraken::new(config, world))
        }
        model::Venue::Uphold => {
            let (interval, intervals) = intervals(&uphold);
            let config =
                UpholdConfig { rest_url: uphold.rest_url, interval, intervals, ..UpholdConfig::default() };
            feeds.start_polls(journal, |world| Uphold::new(config, world))
        }
        model::Venue::Coingecko => {
            let (interval, intervals) = intervals(&coingecko);
            let config = CoingeckoConfig {
                rest_url: coingecko.rest_url,
                interval,
                intervals,
                ..CoingeckoConfig::keyed(coingecko_api_key.reveal())
            };
            feeds.start_polls(journal, |world| Coingecko::new(config, world))
        }
        // Ticks of these are pushed, or there are none.
        model::Venue::Ebay | model::Venue::Push => Ok(Vec::new()),
    }
}

/// How often a polled venue is asked, and for which symbols otherwise.
fn intervals(ticker: &Ticker) -> (Duration, BTreeMap<String, Duration>) {
    let long = |span: &Span| Duration::from_secs(span.seconds());
    let own = ticker.intervals.iter().map(|(symbol, interval)| (symbol.clone(), long(interval)));
    (long(&ticker.interval), own.collect())
}

/// What feeds reach the world through.
///
/// # Errors
/// Where HTTP over TLS cannot be set up.
pub(crate) fn world(clock: &Clock) -> anyhow::Result<World> {
    let agent = concat!("bellwether/", env!("CARGO_PKG_VERSION"));
    Ok(World {
        clock: clock.clone(),
        jitter: Arc::new(Jitter::seeded(rand::random())),
        dialer: Arc::new(WebSocketDialer::default()),
        http: Arc::new(HttpClient::new(agent).context("HTTP over TLS cannot be set up")?),
    })
}

/// Takes what a polled feed hands on through the journal, in its order.
struct Keeping {
    journal: Journal,
    updates: mpsc::Sender<Update>,
    clock: Clock,
    cancel: CancellationToken,
}

impl Keeping {
    async fn run(self, mut polled: mpsc::Receiver<Update>) {
        let mut heard = Vec::new();
        while polled.recv_many(&mut heard, POLLED_MAX).await > 0 {
            let mut entries = Vec::new();
            for update in heard.drain(..) {
                match update {
                    Update::Ticks { instrument, observations } => {
                        entries.extend(observations.iter().map(|one| Entry {
                            instrument: instrument.clone(),
                            price: one.tick.price,
                            time: one.tick.time,
                            id: one.tick.id,
                        }));
                    }
                    other => {
                        self.keep(std::mem::take(&mut entries)).await;
                        let _ = self.updates.send(other).await;
                    }
                }
            }
            self.keep(entries).await;
        }
    }

    /// Keeps ticks, and tries again for as long as the store cannot: meanwhile nothing more is polled.
    async fn keep(&self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        loop {
            match self.journal.enter(entries.clone()).await {
                Ok(entered) => {
                    let stale = entered.iter().filter(|one| **one != Entered::Kept).count();
                    metrics::counter!("bellwether_ticks_stale_total").increment(stale as u64);
                    return;
                }
                Err(_) if self.cancel.is_cancelled() => return,
                Err(_) => self.clock.sleep(KEEP_RETRY).await,
            }
        }
    }
}

/// Reads a venue's catalogue into the store, at once and then every hour.
async fn keep_catalogue<R, F>(venue: model::Venue, read: R, store: Store, clock: Clock)
where
    R: Fn() -> F,
    F: Future<Output = Result<Catalogue, CatalogueError>>,
{
    let mut retry = CATALOGUE_RETRY_FIRST;
    loop {
        let wait = match save_catalogue(venue, read(), &store, &clock).await {
            Ok(count) => {
                tracing::info!(%venue, instruments = count, "catalogue read");
                retry = CATALOGUE_RETRY_FIRST;
                CATALOGUE_EVERY
            }
            Err(error) => {
                tracing::warn!(%venue, error = format!("{error:#}"), "the catalogue could not be read");
                let wait = retry;
                retry = (retry * 2).min(CATALOGUE_RETRY_MOST);
                wait
            }
        };
        clock.sleep(wait).await;
    }
}

async fn save_catalogue(
    venue: model::Venue,
    read: impl Future<Output = Result<Catalogue, CatalogueError>>,
    store: &Store,
    clock: &Clock,
) -> anyhow::Result<usize> {
    let catalogue = read.await?;
    let infos = entries(&catalogue);
    let count = infos.len();
    store.save_instruments(venue, infos, clock.now()).await?;
    Ok(count)
}

fn entries(catalogue: &Catalogue) -> Vec<InstrumentInfo> {
    let entry = |info: &bellwether_feeds::InstrumentInfo| InstrumentInfo {
        instrument: info.instrument.clone(),
        base: info.base.clone(),
        quote: info.quote.clone(),
        trading: info.listing == Listing::Trading,
        tick_size: info.tick_size,
        enabled: true,
    };
    catalogue.iter().map(entry).collect()
}
