//! Which instruments go on which line.
//!
//! An instrument stays on its line for as long as it is wanted, so that a change never disturbs the
//! others. A line that carries nothing any more is ended.

use std::collections::HashMap;
use std::sync::Arc;

use bellwether_model::Instrument;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::line::Line;
use super::shared::Shared;
use super::subscriptions::Routes;
use crate::Venue;

/// The lines of one feed.
pub(super) struct Lines<V> {
    shared: Arc<Shared<V>>,
    lines: Vec<Slot>,
    /// The index in `lines` of each instrument's line.
    placed: HashMap<Instrument, usize>,
}

/// The place of one line; it may stand empty.
#[derive(Default)]
struct Slot {
    routes: HashMap<Box<str>, Instrument>,
    changed: bool,
    running: Option<Running>,
}

struct Running {
    routes: watch::Sender<Routes>,
    cancel: CancellationToken,
}

impl<V: Venue> Lines<V> {
    pub(super) fn new(shared: Arc<Shared<V>>) -> Self {
        Self { shared, lines: Vec::new(), placed: HashMap::new() }
    }

    /// Places an instrument on the first line with room. Nothing happens before [`Lines::publish`].
    pub(super) fn add(&mut self, instrument: &Instrument) {
        let room = self.shared.venue.rules().instruments_per_connection.max(1);
        let index = match self.lines.iter().position(|line| line.routes.len() < room) {
            Some(index) => index,
            None => {
                self.lines.push(Slot::default());
                self.lines.len() - 1
            }
        };
        let line = &mut self.lines[index];
        line.routes.insert(instrument.symbol().into(), instrument.clone());
        line.changed = true;
        self.placed.insert(instrument.clone(), index);
    }

    /// Takes an instrument off its line. Nothing happens before [`Lines::publish`].
    pub(super) fn remove(&mut self, instrument: &Instrument) {
        if let Some(index) = self.placed.remove(instrument) {
            let line = &mut self.lines[index];
            line.routes.remove(instrument.symbol());
            line.changed = true;
        }
    }

    /// Tells the lines what has changed; starts and ends lines as needed.
    pub(super) fn publish(&mut self) {
        for line in self.lines.iter_mut().filter(|line| line.changed) {
            line.changed = false;
            line.publish(&self.shared);
        }
    }
}

impl Slot {
    fn publish<V: Venue>(&mut self, shared: &Arc<Shared<V>>) {
        if self.routes.is_empty() {
            if let Some(running) = self.running.take() {
                running.cancel.cancel();
            }
            return;
        }
        let routes = Arc::new(self.routes.clone());
        match &self.running {
            Some(running) => {
                running.routes.send_replace(routes);
            }
            None => self.running = Some(start(shared, routes)),
        }
    }
}

fn start<V: Venue>(shared: &Arc<Shared<V>>, routes: Routes) -> Running {
    let (sender, receiver) = watch::channel(routes);
    let cancel = shared.cancel.child_token();
    shared.start(Line::new(shared.clone(), receiver, cancel.clone()).run());
    Running { routes: sender, cancel }
}
