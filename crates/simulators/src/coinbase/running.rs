//! Starts a simulated Coinbase.

use std::sync::Arc;

use axum::Router;

use super::catalogue::CATALOGUE;
use super::limits::Limits;
use super::{Config, rest, ws};
use crate::tasks::Tasks;
use crate::venue::running::{self, Running, StartError};
use crate::venue::stage::Stage;

/// Starts simulated Coinbases.
#[derive(Debug)]
pub enum CoinbaseSimulator {}

impl CoinbaseSimulator {
    /// Reads the recording if there is one, listens, and lets the market run. Coinbase's own addresses are
    /// `wss://ws-feed.exchange.coinbase.com` and `https://api.exchange.coinbase.com`.
    ///
    /// # Errors
    /// [`StartError`] where an address is taken or the recording is not playable.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let routes = |stage: Arc<Stage>, limits: Limits, tasks: &Tasks| {
            Router::new()
                .merge(rest::routes(Arc::clone(&stage), limits.requests_per_second))
                .merge(ws::routes(stage, limits, tasks))
        };
        running::start(config, &CATALOGUE, routes).await
    }
}
