//! One connection's place in the world: its number, and what it hears from the rest.

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::fault::Strike;
use super::stage::Stage;
use crate::market::exchange::Traded;

/// A place that is given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) stage: Arc<Stage>,
    pub(super) trades: broadcast::Receiver<Traded>,
    pub(super) strikes: broadcast::Receiver<Strike>,
    pub(super) cut: CancellationToken,
    number: u64,
}

impl Seat {
    /// Takes the next place. Trades and faults from now on are heard.
    pub(super) fn take(stage: &Arc<Stage>) -> Self {
        let (strikes, cut) = stage.faults.watch();
        let trades = stage.exchange.listen();
        let number = stage.tally.note(|counters| {
            counters.connections_made += 1;
            counters.connections_open += 1;
            counters.connections_made
        });
        Self { stage: Arc::clone(stage), trades, strikes, cut, number }
    }

    /// Tells the counters what this connection is subscribed to.
    pub(super) fn note_streams(&self, names: Vec<String>) {
        self.stage.tally.note(|counters| counters.streams.insert(self.number, names));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.stage.tally.note(|counters| {
            counters.connections_open -= 1;
            counters.streams.remove(&self.number);
        });
    }
}
