//! The venues' feeds, their catalogues, and the filling of price history from them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bellwether_feeds::world::{HttpClient, WebSocketDialer};
use bellwether_feeds::{Catalogue, Jitter, Listing, Update, Venue, Wanted, World};
use bellwether_store::Store;
use bellwether_store::instrument::InstrumentInfo;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::history::Backfill;

/// How often a venue's catalogue is read anew.
const CATALOGUE_EVERY: Duration = Duration::from_secs(3_600);
/// How long after a failed reading the next one is tried, at first and at most.
const CATALOGUE_RETRY_FIRST: Duration = Duration::from_secs(1);
const CATALOGUE_RETRY_MOST: Duration = Duration::from_secs(60);

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
    /// Ends the feeds.
    pub cancel: CancellationToken,
}

impl Feeding {
    /// Starts the feed of the venue that `make` makes, and keeps its catalogue.
    ///
    /// # Errors
    /// Where HTTP over TLS cannot be set up.
    pub fn start<V: Venue>(&self, make: impl FnOnce(&World) -> V) -> anyhow::Result<Vec<JoinHandle<()>>> {
        let world = self.world()?;
        let venue = Arc::new(make(&world));
        let keeper = keep_catalogue(Arc::clone(&venue), self.store.clone(), self.clock.clone());
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
        let feed = bellwether_feeds::spawn(
            venue,
            world,
            self.wanted.clone(),
            self.updates.clone(),
            self.cancel.clone(),
        );
        Ok(vec![keeper, feed])
    }

    fn world(&self) -> anyhow::Result<World> {
        let agent = concat!("bellwether/", env!("CARGO_PKG_VERSION"));
        Ok(World {
            clock: self.clock.clone(),
            jitter: Arc::new(Jitter::seeded(rand::random())),
            dialer: Arc::new(WebSocketDialer::default()),
            http: Arc::new(HttpClient::new(agent).context("HTTP over TLS cannot be set up")?),
        })
    }
}

/// Reads a venue's catalogue into the store, at once and then every hour.
async fn keep_catalogue<V: Venue>(venue: Arc<V>, store: Store, clock: Clock) {
    let mut retry = CATALOGUE_RETRY_FIRST;
    loop {
        let wait = match read_catalogue(&*venue, &store, &clock).await {
            Ok(count) => {
                tracing::info!(venue = %venue.name(), instruments = count, "catalogue read");
                retry = CATALOGUE_RETRY_FIRST;
                CATALOGUE_EVERY
            }
            Err(error) => {
                tracing::warn!(venue = %venue.name(), error = format!("{error:#}"), "the catalogue could not be read");
                let wait = retry;
                retry = (retry * 2).min(CATALOGUE_RETRY_MOST);
                wait
            }
        };
        clock.sleep(wait).await;
    }
}

async fn read_catalogue<V: Venue>(venue: &V, store: &Store, clock: &Clock) -> anyhow::Result<usize> {
    let catalogue = venue.catalogue().await?;
    let infos = entries(&catalogue);
    let count = infos.len();
    store.save_instruments(venue.name(), infos, clock.now()).await?;
    Ok(count)
}

fn entries(catalogue: &Catalogue) -> Vec<InstrumentInfo> {
    let entry = |info: &bellwether_feeds::InstrumentInfo| InstrumentInfo {
        instrument: info.instrument.clone(),
        base: info.base.clone(),
        quote: info.quote.clone(),
        trading: info.listing == Listing::Trading,
        tick_size: info.tick_size,
    };
    catalogue.iter().map(entry).collect()
}
