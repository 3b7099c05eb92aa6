//! Starts and stops a simulated Binance.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;

use super::config::{Config, Market, Replay};
use super::control::Control;
use super::market::catalogue;
use super::market::driver::{Dials, Driver, Lively, Playback, Replaying};
use super::market::exchange::Exchange;
use super::market::ledger::Ledger;
use super::market::recording::{Recording, RecordingError};
use super::market::trade::AggTrade;
use super::world::World;
use super::{control_http, rest, ws};
use crate::door::{Door, Gate};
use crate::tasks::Tasks;

/// Starts simulated Binances.
#[derive(Debug)]
pub enum BinanceSimulator {}

/// Why one did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen")]
    Listen(#[from] io::Error),
    /// The recording cannot be played.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

/// One that runs. Dropped, it ends; [`Running::stop`] also waits for the end.
#[derive(Debug)]
pub struct Running {
    ws_address: SocketAddr,
    rest_address: SocketAddr,
    control: Control,
    tasks: Tasks,
}

impl BinanceSimulator {
    /// Reads the recording if there is one, listens, and lets the market run.
    ///
    /// # Errors
    /// [`StartError`] where an address is taken or the recording is not playable.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let Config { limits, ws_address, rest_address, paused, .. } = config.clone();
        let (exchange, driver, remaining) =
            tokio::task::spawn_blocking(move || open_market(config)).await.map_err(io::Error::other)??;
        let dials = Dials::new(exchange.ledgers.len(), paused, remaining);
        let world = World::new(exchange, dials, limits);

        let ws_door = Door::open(ws_address, world.faults.gate.clone()).await?;
        let rest_door = Door::open(rest_address, Gate::default()).await?;
        let (ws_address, rest_address) = (ws_door.address()?, rest_door.address()?);
        let control = Control { world: Arc::clone(&world) };
        let tasks = Tasks::new();
        let routes = Router::new()
            .merge(rest::routes(Arc::clone(&world)))
            .merge(ws::routes(Arc::clone(&world), &tasks))
            .merge(control_http::routes(control.clone()));
        for door in [ws_door, rest_door] {
            tasks.serve(door, routes.clone());
        }
        let cancelled = tasks.cancelled();
        tasks.tracker().spawn(async move {
            let driving = driver.run(&world.exchange, &world.dials);
            cancelled.run_until_cancelled(driving).await;
        });
        Ok(Running { ws_address, rest_address, control, tasks })
    }
}

impl Running {
    /// The base of the streams, `ws://127.0.0.1:port`; Binance's is `wss://stream.binance.com:9443`.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.ws_address)
    }

    /// The base of the REST interface and of `/control`; Binance's is `https://api.binance.com`.
    #[must_use]
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.rest_address)
    }

    /// What it can be made to do.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Ends every socket and waits until all is over.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}

fn open_market(config: Config) -> Result<(Exchange, Driver, usize), StartError> {
    let Config { seed, market, clock, kept_trades, .. } = config;
    let now_us = clock.now_us();
    let open = |pairs: Vec<_>| {
        let ledgers = pairs.into_iter().map(|(symbol, past)| Ledger::new(symbol, past, now_us, kept_trades));
        Exchange::new(ledgers.collect(), Arc::clone(&clock))
    };
    match market {
        Market::Lively => {
            let exchange = open(catalogue::lively(seed));
            let lively = Lively::new(&exchange, now_us);
            Ok((exchange, Driver::Lively(lively), 0))
        }
        Market::Scripted => Ok((open(catalogue::silent()), Driver::Idle, 0)),
        Market::Replay(replay) => {
            let recording = Recording::read(&replay.file, replay.symbol.as_deref())?;
            let kept = recording.trades.len();
            let ledger = |symbol| Ledger::new(symbol, None, now_us, kept.max(kept_trades));
            let exchange = Exchange::new(recording.symbols.into_iter().map(ledger).collect(), clock);
            let replaying = begin_replay(&exchange, recording.trades, &replay, now_us);
            Ok((exchange, Driver::Replaying(replaying.0), replaying.1))
        }
    }
}

/// Puts what is skipped onto the tapes, and makes the rest ready to be played.
fn begin_replay(
    exchange: &Exchange,
    mut trades: Vec<(usize, AggTrade)>,
    replay: &Replay,
    now_us: i64,
) -> (Replaying, usize) {
    let start_us = trades.first().map_or(0, |(_, trade)| trade.time_us);
    let skip_us = i64::try_from(replay.skip.as_micros()).unwrap_or(i64::MAX);
    let origin_us = start_us.saturating_add(skip_us);
    let start = trades.iter().position(|(_, trade)| trade.time_us >= origin_us).unwrap_or(trades.len());
    let played = trades.split_off(start);
    let origin_us = played.first().map_or(origin_us, |(_, trade)| trade.time_us);
    let playback = Playback { speed: replay.speed, stamps: replay.stamps };
    for (pair, trade) in trades {
        let time_us = playback.stamp_history(&trade, origin_us, now_us);
        exchange.ledgers[pair].tape().append(AggTrade { time_us, ..trade });
    }
    let remaining = played.len();
    (Replaying::new(played, playback, now_us), remaining)
}
