//! Starts a simulated CoinGecko.

use std::sync::Arc;

use axum::Router;

use super::catalogue::CATALOGUE;
use super::limits::Limits;
use super::prices::Prices;
use super::{Config, Control, StartError, rest};
use crate::tasks::Tasks;
use crate::venue::running;
use crate::venue::stage::Stage;

/// Starts simulated CoinGeckos.
#[derive(Debug)]
pub enum CoingeckoSimulator {}

impl CoingeckoSimulator {
    /// Listens, and lets the market run. CoinGecko's own address is `https://api.coingecko.com`.
    ///
    /// # Errors
    /// [`StartError`] where an address is taken or the recording is not playable.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let prices = Prices::default();
        let by_hand = prices.clone();
        let routes =
            |stage: Arc<Stage>, limits: Limits, _: &Tasks| -> Router { rest::routes(stage, by_hand, limits) };
        let venue = running::start(config, &CATALOGUE, routes).await?;
        Ok(Running { venue, prices })
    }
}

/// One that runs. Dropped, it ends; [`Running::stop`] also waits for the end.
#[derive(Debug)]
pub struct Running {
    venue: running::Running,
    prices: Prices,
}

impl Running {
    /// The base of the REST interface and of `/control`.
    #[must_use]
    pub fn rest_url(&self) -> String {
        self.venue.rest_url()
    }

    /// What it can be made to do. Symbols are written `bitcoin-usd`.
    #[must_use]
    pub fn control(&self) -> Control {
        self.venue.control()
    }

    /// Prices a coin in a currency, `bitcoin-usd`, by hand: this text of a JSON number is what it is told as from now
    /// on.
    pub fn price(&self, symbol: &str, price: &str) {
        self.prices.set(symbol, price);
    }

    /// Ends every connection and waits until all is over.
    pub async fn stop(self) {
        self.venue.stop().await;
    }
}
