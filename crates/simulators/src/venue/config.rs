//! How a simulated venue is set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Clock;

/// Everything that is decided before the start. `L` are the limits of one venue.
#[derive(Clone)]
pub struct Config<L> {
    /// What the lively market is made of; the same seed is the same market.
    pub seed: u64,
    /// Where trades come from.
    pub market: Market,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Start with the market standing still, until the control resumes it.
    pub paused: bool,
    /// The venue's limits. Tests shorten them.
    pub limits: L,
    /// Where WebSockets are accepted. Port 0 takes a free one.
    pub ws_address: SocketAddr,
    /// Where REST and the control answer.
    pub rest_address: SocketAddr,
    /// Trades since the start that are kept in full, per pair; older ones stay as minute candles.
    pub kept_trades: usize,
}

/// Where trades come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Market {
    /// A dozen pairs that trade by themselves, with a history since 2024.
    Lively,
    /// The same pairs without history; only pushed trades happen, and ids begin with 1.
    Scripted,
    /// Recorded trades are played.
    Replay(Replay),
}

/// What is played, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// A CSV of trades, plain or `.zst`.
    pub file: PathBuf,
    /// The symbol, where neither the file nor its name says.
    pub symbol: Option<String>,
    /// How fast.
    pub speed: Speed,
    /// Which times the trades carry.
    pub stamps: Stamps,
    /// What lies before this point of the recording has happened already: it is the history.
    pub skip: Duration,
}

impl Replay {
    /// Plays `file` from its beginning at its own pace, as if it happened now.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            symbol: None,
            speed: Speed::Times(1.0),
            stamps: Stamps::ShiftedToNow,
            skip: Duration::ZERO,
        }
    }
}

/// How fast a recording is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// This many times its own pace.
    Times(f64),
    /// As fast as the slowest open socket reads; no trade is lost on the way.
    Unthrottled,
}

/// Which times replayed trades carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamps {
    /// Those of the recording.
    Recorded,
    /// Moved, so that the trade that is played now happened now.
    ShiftedToNow,
}

impl<L: Default> Config<L> {
    /// The lively market of `seed`, with the venue's own limits, on free loopback ports.
    pub fn lively(seed: u64, clock: impl Clock) -> Self {
        Self::new(seed, Market::Lively, Arc::new(clock))
    }

    /// A market where only pushed trades happen.
    pub fn scripted(clock: impl Clock) -> Self {
        Self::new(0, Market::Scripted, Arc::new(clock))
    }

    /// A recording.
    pub fn replay(replay: Replay, clock: impl Clock) -> Self {
        Self::new(0, Market::Replay(replay), Arc::new(clock))
    }

    /// Any market, with the venue's own limits, on free loopback ports.
    pub fn new(seed: u64, market: Market, clock: Arc<dyn Clock>) -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            seed,
            market,
            clock,
            paused: false,
            limits: L::default(),
            ws_address: any_port,
            rest_address: any_port,
            kept_trades: 200_000,
        }
    }
}

impl<L> fmt::Debug for Config<L> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, market, paused, .. } = self;
        out.debug_struct("Config")
            .field("seed", seed)
            .field("market", market)
            .field("paused", paused)
            .finish_non_exhaustive()
    }
}
