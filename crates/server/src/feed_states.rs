//! How each venue's feed fares: what it said of itself last, for those who operate the service.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use bellwether_feeds::{FeedEvent, Vitals};
use bellwether_model::{Timestamp, Venue};

/// The states of all feeds, each written by the evaluator as it is told. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct FeedStates(Arc<RwLock<BTreeMap<Venue, FeedState>>>);

/// What a feed said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedState {
    /// Whether the venue can be reached; nothing before anything was tried.
    pub reach: Option<Reach>,
    /// Connections that are open; a polled venue has one while it answers.
    pub connections: u64,
    /// Connections that ended since the start.
    pub disconnects: u64,
    /// Requests that are left alone since they keep failing, with what they met last.
    pub breakers: BTreeMap<String, String>,
    /// Its figures as it said them last.
    pub vitals: Option<Vitals>,
}

/// Whether a venue can be reached, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// What the first failed attempt met, where it cannot.
    pub failure: Option<String>,
    /// Since when, by our clock.
    pub since: Timestamp,
}

impl FeedStates {
    /// Takes in what a feed says of itself.
    pub fn hear(&self, venue: Venue, event: &FeedEvent, now: Timestamp) {
        let mut states = self.0.write().unwrap_or_else(PoisonError::into_inner);
        states.entry(venue).or_default().hear(event, now);
    }

    /// Every venue that said anything.
    #[must_use]
    pub fn all(&self) -> BTreeMap<Venue, FeedState> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl FeedState {
    fn hear(&mut self, event: &FeedEvent, now: Timestamp) {
        match event {
            FeedEvent::Connected { .. } => {
                self.connections += 1;
                self.reached(None, now);
            }
            FeedEvent::Disconnected { .. } => {
                self.connections = self.connections.saturating_sub(1);
                self.disconnects += 1;
            }
            FeedEvent::Unreachable { reason } => {
                self.reached(Some(reason.clone()), now);
            }
            FeedEvent::Breaker { question, open: Some(reason) } => {
                self.breakers.insert(question.clone(), reason.clone());
            }
            FeedEvent::Breaker { question, open: None } => {
                self.breakers.remove(question);
            }
            FeedEvent::Vitals(vitals) => self.vitals = Some(vitals.clone()),
            // The evaluator publishes how each instrument is watched.
            FeedEvent::Coverage { .. } => {}
        }
    }

    /// The instant stays where nothing changed but the number of connections.
    fn reached(&mut self, failure: Option<String>, now: Timestamp) {
        if self.reach.as_ref().is_none_or(|reach| reach.failure.is_some() != failure.is_some()) {
            self.reach = Some(Reach { failure, since: now });
        }
    }
}

#[cfg(test)]
mod tests {
    use bellwether_feeds::Ending;

    use super::*;

    #[test]
    fn the_last_word_stands() {
        let states = FeedStates::default();
        let say = |second: i64, event: FeedEvent| {
            states.hear(Venue::Uphold, &event, Timestamp::from_micros(second * 1_000_000));
        };
        say(1, FeedEvent::Connected { connection: 1 });
        say(2, FeedEvent::Connected { connection: 2 });
        say(3, FeedEvent::Disconnected { connection: 1, ending: Ending::Closed });
        say(6, FeedEvent::Breaker { question: "USD".into(), open: Some("status 500".into()) });
        let state = states.all().remove(&Venue::Uphold).unwrap();
        assert_eq!((state.connections, state.disconnects), (1, 1));
        assert_eq!(state.reach, Some(Reach { failure: None, since: Timestamp::from_micros(1_000_000) }));
        assert_eq!(state.breakers.len(), 1);
        say(7, FeedEvent::Breaker { question: "USD".into(), open: None });
        say(8, FeedEvent::Unreachable { reason: "no answer".into() });
        let state = states.all().remove(&Venue::Uphold).unwrap();
        assert_eq!((state.connections, state.breakers.len()), (1, 0));
        assert_eq!(state.reach.unwrap().failure.as_deref(), Some("no answer"));
    }
}
