//! A feed under test: its world, its wishes, and a record of what it handed on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_feeds::binance::{Binance, BinanceConfig};
use bellwether_feeds::world::{Clock, Promise};
use bellwether_feeds::{
    Coverage, FeedEvent, Guarding, Interruption, Jitter, Start, Update, Vitals, Wanted, World, spawn,
};
use bellwether_model::{Instrument, Observation, Position, Timestamp, Venue};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::exchange::{Exchange, price_text};
use crate::exchange_http::ExchangeHttp;
use crate::exchange_socket::ExchangeDialer;

/// The wall clock when a test begins: 2026-11-21T10:00:00Z.
pub(crate) const ORIGIN_US: i64 = 1_795_255_200_000_000;

struct PausedClock {
    started: Instant,
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(ORIGIN_US + i64::try_from(self.uptime().as_micros()).unwrap())
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Promise<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

pub(crate) fn instrument(symbol: &str) -> Instrument {
    Instrument::new(Venue::Binance, symbol).unwrap()
}

pub(crate) fn config() -> BinanceConfig {
    BinanceConfig {
        ws_url: "ws://fake".to_owned(),
        rest_url: "http://fake".to_owned(),
        ..BinanceConfig::default()
    }
}

/// A running feed and everything it has said.
pub(crate) struct Rig {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) out: mpsc::Receiver<Update>,
    /// Ticks by symbol, in the order in which they came.
    pub(crate) seen: BTreeMap<String, Vec<Observation>>,
    pub(crate) interruptions: Vec<(String, Interruption)>,
    pub(crate) events: Vec<FeedEvent>,
    wanted: watch::Sender<Wanted>,
    world: World,
    config: BinanceConfig,
    running: Running,
}

struct Running {
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Rig {
    /// A feed that wants these, each with the position it is to go on from.
    pub(crate) fn start<S>(exchange: &Arc<Exchange>, seed: u64, wanted: &[(&str, S)]) -> Self
    where
        S: Copy + Into<Begin>,
    {
        Self::start_with(exchange, seed, wanted, config(), 1_024)
    }

    pub(crate) fn start_with<S: Copy + Into<Begin>>(
        exchange: &Arc<Exchange>,
        seed: u64,
        wanted: &[(&str, S)],
        config: BinanceConfig,
        room: usize,
    ) -> Self {
        let world = World {
            clock: Arc::new(PausedClock { started: Instant::now() }),
            jitter: Arc::new(Jitter::seeded(seed)),
            dialer: Arc::new(ExchangeDialer(exchange.clone())),
            http: Arc::new(ExchangeHttp(exchange.clone())),
        };
        let (wanted, _) = watch::channel(wishes(wanted));
        let (running, out) = run(&world, &config, &wanted, room);
        Self {
            exchange: exchange.clone(),
            out,
            seen: BTreeMap::new(),
            interruptions: Vec::new(),
            events: Vec::new(),
            wanted,
            world,
            config,
            running,
        }
    }

    pub(crate) fn want<S: Copy + Into<Begin>>(&self, wanted: &[(&str, S)]) {
        self.wanted.send_replace(wishes(wanted));
    }

    /// Lets time pass, and records what is handed on meanwhile.
    pub(crate) async fn run_for(&mut self, duration: Duration) {
        let until = Instant::now() + duration;
        while let Ok(Some(update)) = tokio::time::timeout_at(until, self.out.recv()).await {
            self.record(update);
        }
        tokio::time::sleep_until(until).await;
    }

    /// Kills the feed: what it had handed on and nobody had taken is lost.
    pub(crate) async fn kill(&mut self) {
        self.running.cancel.cancel();
        (&mut self.running.task).await.unwrap();
        self.out.close();
    }

    /// Starts it again with the positions that were reached.
    pub(crate) fn restart(&mut self, room: usize) {
        let reached = |instrument: &Instrument, given: Start| {
            let seen = self.seen.get(instrument.symbol()).and_then(|seen| seen.last());
            seen.map_or(given, |last| Start::After(last.tick.position))
        };
        self.wanted.send_modify(|wanted| {
            for (instrument, start) in &mut wanted.instruments {
                *start = reached(instrument, *start);
            }
        });
        (self.running, self.out) = run(&self.world, &self.config, &self.wanted, room);
    }

    /// The numbers of a symbol's ticks, as they came.
    pub(crate) fn ids(&self, symbol: &str) -> Vec<u64> {
        let seen = self.seen.get(symbol).map_or(&[][..], Vec::as_slice);
        seen.iter().map(|seen| seen.tick.position.0).collect()
    }

    /// Every trade of the market after `position` came once, in order and exact.
    pub(crate) fn assert_complete(&self, symbol: &str, position: u64) {
        let state = self.exchange.state();
        let made = &state.markets[symbol][usize::try_from(position).unwrap()..];
        let expected: Vec<_> =
            made.iter().map(|trade| (trade.id, price_text(*trade).parse().unwrap(), trade.time_us)).collect();
        let seen: Vec<_> = self.seen.get(symbol).map_or(&[][..], Vec::as_slice).iter().collect();
        let got: Vec<_> = seen
            .iter()
            .map(|seen| (seen.tick.position.0, seen.tick.price, seen.tick.time.micros()))
            .collect();
        assert_eq!(got, expected, "{symbol}");
        let spans = seen.iter().all(|seen| {
            let id = seen.tick.position.0;
            seen.trades == Some((id * 2, id * 2 + 1)) && seen.tick.id == Some(id)
        });
        assert!(spans, "first and last trades of {symbol}");
    }

    /// What the feed last said of itself in figures.
    pub(crate) fn vitals(&self) -> &Vitals {
        let said = self.events.iter().rev().find_map(|event| match event {
            FeedEvent::Vitals(vitals) => Some(vitals),
            _ => None,
        });
        said.unwrap()
    }

    /// What was last said of a symbol's coverage.
    pub(crate) fn coverage(&self, symbol: &str) -> Option<&Coverage> {
        self.events.iter().rev().find_map(|event| match event {
            FeedEvent::Coverage { instrument, coverage } if instrument.symbol() == symbol => Some(coverage),
            _ => None,
        })
    }

    pub(crate) fn record(&mut self, update: Update) {
        match update {
            Update::Ticks { instrument, observations } => {
                assert!(!observations.is_empty());
                let seen = self.seen.entry(instrument.symbol().to_owned()).or_default();
                seen.extend(observations);
            }
            Update::Interrupted { instrument, why } => {
                self.interruptions.push((instrument.symbol().to_owned(), why));
            }
            Update::Feed { event, .. } => self.events.push(event),
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.running.cancel.cancel();
    }
}

fn run(
    world: &World,
    config: &BinanceConfig,
    wanted: &watch::Sender<Wanted>,
    room: usize,
) -> (Running, mpsc::Receiver<Update>) {
    let venue = Arc::new(Binance::new(config.clone(), world));
    let (sender, out) = mpsc::channel(room);
    let cancel = CancellationToken::new();
    let task = spawn(venue, world.clone(), Guarding::default(), wanted.subscribe(), sender, cancel.clone());
    (Running { cancel, task }, out)
}

fn wishes<S: Copy + Into<Begin>>(wanted: &[(&str, S)]) -> Wanted {
    let wish = |(symbol, begin): &(&str, S)| (instrument(symbol), (*begin).into().0);
    Wanted { instruments: wanted.iter().map(wish).collect(), ..Wanted::default() }
}

/// Where a test has an instrument begin: after a position, with the next trade, or anywhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begin(Start);

impl From<Option<u64>> for Begin {
    fn from(position: Option<u64>) -> Self {
        Self(position.map_or(Start::Now, |position| Start::After(Position(position))))
    }
}

impl From<Start> for Begin {
    fn from(start: Start) -> Self {
        Self(start)
    }
}
