//! What one step of the feed hands on, and the counts that go with it.

use bellwether_model::{Instrument, Observation, Origin, Timestamp, Venue};

use crate::quarantine::Doubt;
use crate::{FeedEvent, Interruption, Update};

/// Observations in one update at most: a batch of frames, or a page.
const RUN: usize = 4_096;

/// Updates in the order in which they are to go out.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) updates: Vec<Update>,
    /// What is to be told of prices that are too far off, in its order.
    pub(super) doubts: Vec<(Instrument, Doubt)>,
    pub(super) tally: Tally,
}

/// Counts of one step, added to the metrics once per step and not once per trade.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) live: u64,
    pub(super) refilled: u64,
    pub(super) stood_in: u64,
    pub(super) stale: u64,
    pub(super) gaps: u64,
    pub(super) postponed: u64,
}

impl Outbox {
    pub(super) fn tick(&mut self, instrument: &Instrument, observation: Observation) {
        match observation.origin {
            Origin::Live => self.tally.live += 1,
            Origin::Refilled => self.tally.refilled += 1,
            Origin::Candle => self.tally.stood_in += 1,
        }
        match self.updates.last_mut() {
            Some(Update::Ticks { instrument: same, observations })
                if same == instrument && observations.len() < RUN =>
            {
                observations.push(observation)
            }
            _ => self
                .updates
                .push(Update::Ticks { instrument: instrument.clone(), observations: vec![observation] }),
        }
    }

    pub(super) fn doubt(&mut self, instrument: &Instrument, doubts: impl IntoIterator<Item = Doubt>) {
        self.doubts.extend(doubts.into_iter().map(|doubt| (instrument.clone(), doubt)));
    }

    pub(super) fn interrupted(&mut self, instrument: &Instrument, why: Interruption) {
        self.updates.push(Update::Interrupted { instrument: instrument.clone(), why });
    }

    /// Whether it says that trades of an instrument are missing.
    pub(super) fn has_lost(&self, instrument: &Instrument) -> bool {
        self.updates.iter().any(|update| {
            matches!(update, Update::Interrupted { instrument: of, why }
                if of == instrument && *why != Interruption::FirstWatch)
        })
    }

    pub(super) fn event(&mut self, venue: Venue, at: Timestamp, event: FeedEvent) {
        self.updates.push(Update::Feed { venue, at, event });
    }
}
