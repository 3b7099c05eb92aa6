//! A feed under test, and a record of what it handed on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bellwether_feeds::{
    Coverage, Fate, FeedEvent, Guarding, Interruption, Known, Polled, Quarantined, Start, Update, Venue,
    Wanted, World, spawn, spawn_polls,
};
use bellwether_model::{Instrument, Observation, Origin, Position, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing here takes so long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running feed and everything it has said.
pub(crate) struct Rig {
    pub(crate) seen: BTreeMap<String, Vec<Observation>>,
    pub(crate) interruptions: Vec<(String, Interruption)>,
    pub(crate) coverage: BTreeMap<String, Coverage>,
    /// What was said of the feed itself, in its order: `connected`, `unreachable`, `open USD`, `closed USD`.
    pub(crate) said: Vec<String>,
    wanted: watch::Sender<Wanted>,
    out: mpsc::Receiver<Update>,
    quarantine: mpsc::Receiver<Quarantined>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

/// The machine's clock, and its loopback.
pub(crate) fn world() -> World {
    World::network("bellwether-test", 1).unwrap()
}

/// A symbol after that number.
pub(crate) fn after(symbol: &str, id: u64) -> (&str, Start) {
    (symbol, Start::After(Position(id)))
}

impl Rig {
    pub(crate) fn start<V: Venue>(venue: V, world: World, wanted: &[(&str, Start)]) -> Self {
        Self::around(wishes(venue.name(), wanted), |guarding, wishes, out, cancel| {
            spawn(Arc::new(venue), world, guarding, wishes, out, cancel)
        })
    }

    pub(crate) fn start_polls<V: Polled>(venue: V, world: World, wanted: &[(&str, Start)]) -> Self {
        Self::around(wishes(venue.name(), wanted), |guarding, wishes, out, cancel| {
            spawn_polls(Arc::new(venue), world, guarding, wishes, out, cancel)
        })
    }

    /// A feed that knows a symbol's last price, as after a restart.
    pub(crate) fn start_knowing<V: Venue>(venue: V, world: World, symbol: &str, price: &str) -> Self {
        Self::around(knowing(venue.name(), symbol, price), |guarding, wishes, out, cancel| {
            spawn(Arc::new(venue), world, guarding, wishes, out, cancel)
        })
    }

    /// The same of a polled venue.
    pub(crate) fn start_polls_knowing<V: Polled>(venue: V, world: World, symbol: &str, price: &str) -> Self {
        Self::around(knowing(venue.name(), symbol, price), |guarding, wishes, out, cancel| {
            spawn_polls(Arc::new(venue), world, guarding, wishes, out, cancel)
        })
    }

    fn around(
        wanted: Wanted,
        spawn: impl FnOnce(
            Guarding,
            watch::Receiver<Wanted>,
            mpsc::Sender<Update>,
            CancellationToken,
        ) -> JoinHandle<()>,
    ) -> Self {
        let (wanted, wishes) = watch::channel(wanted);
        let (sender, out) = mpsc::channel(1_024);
        let (told, quarantine) = mpsc::channel(1_024);
        let cancel = CancellationToken::new();
        let guarding = Guarding { told: Some(told), ..Guarding::default() };
        let task = spawn(guarding, wishes, sender, cancel.clone());
        Self {
            seen: BTreeMap::new(),
            interruptions: Vec::new(),
            coverage: BTreeMap::new(),
            said: Vec::new(),
            wanted,
            out,
            quarantine,
            cancel,
            task,
        }
    }

    pub(crate) fn want(&self, venue: bellwether_model::Venue, wanted: &[(&str, Start)]) {
        self.wanted.send_replace(wishes(venue, wanted));
    }

    /// Records what is handed on until the condition holds.
    pub(crate) async fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let recording = async {
            while !condition(self) {
                let update = self.out.recv().await.unwrap();
                self.record(update);
            }
        };
        let came = tokio::time::timeout(PATIENCE, recording).await.is_ok();
        assert!(
            came,
            "waited in vain for {what}: {:?} {:?} {:?}",
            self.coverage, self.interruptions, self.said
        );
    }

    /// Waits until every trade that happens is handed on at once.
    pub(crate) async fn watched(&mut self, symbol: &str) {
        let watched = |rig: &Self| rig.coverage.get(symbol) == Some(&Coverage::Watched);
        self.until(&format!("{symbol} to be watched"), watched).await;
    }

    /// Waits until the last trade handed on has this number.
    pub(crate) async fn reach(&mut self, symbol: &str, id: u64) {
        let there = |rig: &Self| rig.ids(symbol).last().is_some_and(|last| *last >= id);
        self.until(&format!("trade {id} of {symbol}"), there).await;
    }

    /// Waits until this many ticks of a symbol came.
    pub(crate) async fn heard(&mut self, symbol: &str, count: usize) {
        let there = |rig: &Self| rig.count(symbol) >= count;
        self.until(&format!("{count} ticks of {symbol}"), there).await;
    }

    /// Waits until a symbol has this price.
    pub(crate) async fn price(&mut self, symbol: &str, price: &str) {
        let there = |rig: &Self| rig.prices(symbol).last().is_some_and(|last| last == price);
        self.until(&format!("{symbol} at {price}"), there).await;
    }

    pub(crate) fn count(&self, symbol: &str) -> usize {
        self.seen.get(symbol).map_or(0, Vec::len)
    }

    pub(crate) fn prices(&self, symbol: &str) -> Vec<String> {
        let seen = self.seen.get(symbol).map_or(&[][..], Vec::as_slice);
        seen.iter().map(|seen| seen.tick.price.to_string()).collect()
    }

    pub(crate) fn ids(&self, symbol: &str) -> Vec<u64> {
        let seen = self.seen.get(symbol).map_or(&[][..], Vec::as_slice);
        seen.iter().map(|seen| seen.tick.position.0).collect()
    }

    /// Price and time in microseconds of every trade, as they came.
    pub(crate) fn ticks(&self, symbol: &str) -> Vec<(u64, String, i64)> {
        let seen = self.seen[symbol].iter().map(|seen| seen.tick);
        seen.map(|tick| (tick.position.0, tick.price.to_string(), tick.time.micros())).collect()
    }

    /// What was told of prices that are far off since this was asked last: symbol, price and what became of it.
    pub(crate) fn quarantined(&mut self) -> Vec<(String, String, Fate)> {
        let told = std::iter::from_fn(|| self.quarantine.try_recv().ok());
        told.map(|one| (one.instrument.symbol().to_owned(), one.tick.price.to_string(), one.fate)).collect()
    }

    /// What is told next of a price that is far off.
    pub(crate) async fn next_fate(&mut self) -> Fate {
        tokio::time::timeout(PATIENCE, self.quarantine.recv()).await.unwrap().unwrap().fate
    }

    pub(crate) fn refilled(&self, symbol: &str) -> usize {
        self.seen[symbol].iter().filter(|seen| seen.origin == Origin::Refilled).count()
    }

    pub(crate) async fn stop(mut self) {
        self.cancel.cancel();
        (&mut self.task).await.unwrap();
    }

    fn record(&mut self, update: Update) {
        match update {
            Update::Ticks { instrument, observations } => {
                self.seen.entry(instrument.symbol().to_owned()).or_default().extend(observations);
            }
            Update::Interrupted { instrument, why } => {
                self.interruptions.push((instrument.symbol().to_owned(), why));
            }
            Update::Feed { event, .. } => match event {
                FeedEvent::Coverage { instrument, coverage } => {
                    self.coverage.insert(instrument.symbol().to_owned(), coverage);
                }
                FeedEvent::Vitals(_) => {}
                FeedEvent::Connected { .. } => self.said.push("connected".to_owned()),
                FeedEvent::Unreachable { .. } => self.said.push("unreachable".to_owned()),
                FeedEvent::Breaker { question, open: Some(_) } => self.said.push(format!("open {question}")),
                FeedEvent::Breaker { question, open: None } => self.said.push(format!("closed {question}")),
                FeedEvent::Disconnected { .. } => self.said.push("disconnected".to_owned()),
            },
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

fn wishes(venue: bellwether_model::Venue, wanted: &[(&str, Start)]) -> Wanted {
    let wish = |(symbol, start): &(&str, Start)| (Instrument::new(venue, symbol).unwrap(), *start);
    Wanted { instruments: wanted.iter().map(wish).collect(), ..Wanted::default() }
}

fn knowing(venue: bellwether_model::Venue, symbol: &str, price: &str) -> Wanted {
    let wanted = wishes(venue, &[after(symbol, 0)]);
    // Of another tick than the one after which it begins: its time is not known.
    let (position, time) = (Position(1), Timestamp::from_micros(0));
    let last = Known { position, time, price: price.parse().unwrap() };
    let known = wanted.instruments.keys().map(|instrument| (instrument.clone(), last));
    Wanted { known: known.collect(), ..wanted }
}
