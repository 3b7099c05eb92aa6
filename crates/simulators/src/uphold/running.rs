//! Starts a simulated Uphold.

use std::sync::Arc;

use axum::Router;

use super::catalogue::CATALOGUE;
use super::limits::Limits;
use super::quotes::Quotes;
use super::{Config, Control, StartError, rest};
use crate::tasks::Tasks;
use crate::venue::running;
use crate::venue::stage::Stage;

/// Starts simulated Upholds.
#[derive(Debug)]
pub enum UpholdSimulator {}

impl UpholdSimulator {
    /// Listens, and lets the market run. Uphold's own address is `https://api.uphold.com`.
    ///
    /// # Errors
    /// [`StartError`] where an address is taken or the recording is not playable.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let quotes = Quotes::default();
        let by_hand = quotes.clone();
        let routes =
            |stage: Arc<Stage>, limits: Limits, _: &Tasks| -> Router { rest::routes(stage, by_hand, limits) };
        let venue = running::start(config, &CATALOGUE, routes).await?;
        Ok(Running { venue, quotes })
    }
}

/// One that runs. Dropped, it ends; [`Running::stop`] also waits for the end.
#[derive(Debug)]
pub struct Running {
    venue: running::Running,
    quotes: Quotes,
}

impl Running {
    /// The base of the REST interface and of `/control`.
    #[must_use]
    pub fn rest_url(&self) -> String {
        self.venue.rest_url()
    }

    /// What it can be made to do. Symbols are written `BTC-USD`.
    #[must_use]
    pub fn control(&self) -> Control {
        self.venue.control()
    }

    /// Quotes a pair, `BTC-USD`, by hand: these texts are what it is told as from now on.
    pub fn quote(&self, pair: &str, bid: &str, ask: &str) {
        self.quotes.set(pair, bid, ask);
    }

    /// Ends every connection and waits until all is over.
    pub async fn stop(self) {
        self.venue.stop().await;
    }
}
