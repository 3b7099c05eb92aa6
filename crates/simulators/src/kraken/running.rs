//! Starts a simulated Kraken.

use std::sync::Arc;

use axum::Router;

use super::catalogue::CATALOGUE;
use super::limits::Limits;
use super::{Config, rest, ws};
use crate::tasks::Tasks;
use crate::venue::running::{self, Running, StartError};
use crate::venue::stage::Stage;

/// Starts simulated Krakens.
#[derive(Debug)]
pub enum KrakenSimulator {}

impl KrakenSimulator {
    /// Reads the recording if there is one, listens, and lets the market run. Kraken's own addresses are
    /// `wss://ws.kraken.com` and `https://api.kraken.com`.
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
