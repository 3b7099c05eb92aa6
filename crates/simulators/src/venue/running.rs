//! Starts and stops a simulated venue.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;

use super::config::{Config, Market, Replay};
use super::control::Control;
use super::control_http;
use super::stage::Stage;
use crate::door::{Door, Gate};
use crate::market::catalogue::Catalogue;
use crate::market::driver::{Dials, Driver, Lively, Playback, Replaying};
use crate::market::exchange::Exchange;
use crate::market::ledger::Ledger;
use crate::market::recording::{Recording, RecordingError};
use crate::market::trade::Trade;
use crate::tasks::Tasks;

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

/// Reads the recording if there is one, listens, and lets the market of `catalogue` run behind the routes
/// that `routes` makes.
///
/// # Errors
/// [`StartError`] where an address is taken or the recording is not playable.
pub(crate) async fn start<L: Clone + Send + 'static>(
    config: Config<L>,
    catalogue: &'static Catalogue,
    routes: impl FnOnce(Arc<Stage>, L, &Tasks) -> Router,
) -> Result<Running, StartError> {
    let Config { limits, ws_address, rest_address, paused, .. } = config.clone();
    let opening = tokio::task::spawn_blocking(move || open_market(config, catalogue));
    let (exchange, driver, remaining) = opening.await.map_err(io::Error::other)??;
    let dials = Dials::new(exchange.ledgers.len(), paused, remaining);
    let stage = Stage::new(exchange, dials);

    let ws_door = Door::open(ws_address, stage.faults.gate.clone()).await?;
    let rest_door = Door::open(rest_address, Gate::default()).await?;
    let (ws_address, rest_address) = (ws_door.address()?, rest_door.address()?);
    let control = Control { stage: Arc::clone(&stage) };
    let tasks = Tasks::new();
    let routes = routes(Arc::clone(&stage), limits, &tasks).merge(control_http::routes(control.clone()));
    for door in [ws_door, rest_door] {
        tasks.serve(door, routes.clone());
    }
    let cancelled = tasks.cancelled();
    tasks.tracker().spawn(async move {
        let driving = driver.run(&stage.exchange, &stage.dials);
        cancelled.run_until_cancelled(driving).await;
    });
    Ok(Running { ws_address, rest_address, control, tasks })
}

impl Running {
    /// The base of the streams, `ws://127.0.0.1:port`.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.ws_address)
    }

    /// The base of the REST interface and of `/control`.
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

fn open_market<L>(config: Config<L>, catalogue: &Catalogue) -> Result<(Exchange, Driver, usize), StartError> {
    let Config { seed, market, clock, kept_trades, .. } = config;
    let now_us = clock.now_us();
    let open = |pairs: Vec<_>| {
        let ledgers = pairs.into_iter().map(|(symbol, past)| Ledger::new(symbol, past, now_us, kept_trades));
        Exchange::new(ledgers.collect(), Arc::clone(&clock))
    };
    match market {
        Market::Lively => {
            let exchange = open(catalogue.lively(seed));
            let lively = Lively::new(&exchange, now_us);
            Ok((exchange, Driver::Lively(lively), 0))
        }
        Market::Scripted => Ok((open(catalogue.silent()), Driver::Idle, 0)),
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
    mut trades: Vec<(usize, Trade)>,
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
        exchange.ledgers[pair].tape().append(Trade { time_us, ..trade });
    }
    let remaining = played.len();
    (Replaying::new(played, playback, now_us), remaining)
}
