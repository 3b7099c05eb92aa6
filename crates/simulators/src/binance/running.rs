//! Starts a simulated Binance.

use std::sync::Arc;

use axum::Router;

use super::catalogue::CATALOGUE;
use super::world::World;
use super::{Config, rest, ws};
use crate::venue::running::{self, Running, StartError};

/// Starts simulated Binances.
#[derive(Debug)]
pub enum BinanceSimulator {}

impl BinanceSimulator {
    /// Reads the recording if there is one, listens, and lets the market run. Binance's own addresses are
    /// `wss://stream.binance.com:9443` and `https://api.binance.com`.
    ///
    /// # Errors
    /// [`StartError`] where an address is taken or the recording is not playable.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let routes = |stage, limits, tasks: &_| {
            let world = World::new(stage, limits);
            Router::new().merge(rest::routes(Arc::clone(&world))).merge(ws::routes(world, tasks))
        };
        running::start(config, &CATALOGUE, routes).await
    }
}
