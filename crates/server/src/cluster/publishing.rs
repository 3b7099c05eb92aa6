//! What feeds hand on goes into the tick log: batch after batch, each only once the one before is durable.
//!
//! While one batch is on its way the next one fills, so that batches grow with what comes in and nothing waits
//! longer than the log takes. Where the log takes nothing, the feeds' queue fills, and their sockets wait.

use std::collections::BTreeMap;
use std::time::Duration;

use bellwether_bus::{Batch, TickLog, Topic};
use bellwether_feeds::{Coverage, FeedEvent, Interruption, Update, Wanted};
use bellwether_model::{Instrument, Venue};
use bellwether_store::share::Share;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::leases::Belief;
use super::wire::{TICKS_MAX, encode};
use crate::clock::Clock;

/// Updates that one round takes at most.
const ROUND_MAX: usize = 4_096;
/// How often it is said again how each instrument is watched: for processes that came later.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// Writes what one venue's feed hands on into the tick log.
pub(super) struct Publisher {
    pub(super) venue: Venue,
    pub(super) log: TickLog,
    pub(super) partitions: u16,
    pub(super) clock: Clock,
    /// What is wanted: of anything else nothing is said any more.
    pub(super) wanted: watch::Receiver<Wanted>,
    /// Ends it where the lease may be another's by now.
    pub(super) belief: Belief,
    pub(super) standing: Standing,
}

/// What was said last of each thing.
#[derive(Default)]
pub(super) struct Standing {
    coverage: BTreeMap<Instrument, Coverage>,
    reach: Option<FeedEvent>,
    /// Instruments that ticks are handed on of.
    told: BTreeMap<Instrument, ()>,
}

impl Publisher {
    /// Runs until the feed has ended, or the lease may be lost.
    pub(super) async fn run(mut self, mut updates: mpsc::Receiver<Update>) {
        let mut again = interval(SAID_EVERY);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Vec::new();
        loop {
            let mut round = Vec::new();
            tokio::select! {
                biased;
                count = updates.recv_many(&mut heard, ROUND_MAX) => {
                    if count == 0 {
                        return;
                    }
                    self.leave_unwanted(&mut round);
                    for update in heard.drain(..) {
                        if self.notes(&update) {
                            round.push(update);
                        }
                    }
                }
                changed = self.wanted.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.leave_unwanted(&mut round);
                }
                _ = again.tick() => self.say_again(&mut round),
            }
            for batches in batches(round, self.partitions) {
                if !self.belief.holds() {
                    tracing::warn!(venue = %self.venue, "the lease may be another's; this feed ends");
                    return;
                }
                self.log.append(batches).await;
            }
        }
    }

    /// Notes what an update says; whether it is to be handed on.
    fn notes(&mut self, update: &Update) -> bool {
        let wanted = self.wanted.borrow();
        let is_wanted = |instrument: &Instrument| wanted.instruments.contains_key(instrument);
        match update {
            Update::Ticks { instrument, .. } => {
                let is_wanted = is_wanted(instrument);
                if is_wanted && !self.standing.told.contains_key(instrument) {
                    self.standing.told.insert(instrument.clone(), ());
                }
                is_wanted
            }
            Update::Interrupted { instrument, .. } => is_wanted(instrument),
            Update::Feed { event: FeedEvent::Coverage { instrument, coverage }, .. } => {
                self.standing.coverage.insert(instrument.clone(), coverage.clone());
                true
            }
            Update::Feed { event, .. } => {
                if matches!(event, FeedEvent::Connected { .. } | FeedEvent::Unreachable { .. }) {
                    self.standing.reach = Some(event.clone());
                }
                true
            }
        }
    }

    /// Says of what is wanted no more that its price is no longer in force.
    fn leave_unwanted(&mut self, round: &mut Vec<Update>) {
        let wanted = self.wanted.borrow_and_update();
        self.standing.coverage.retain(|instrument, _| wanted.instruments.contains_key(instrument));
        self.standing.told.retain(|instrument, ()| {
            let is_wanted = wanted.instruments.contains_key(instrument);
            if !is_wanted {
                let instrument = instrument.clone();
                round.push(Update::Interrupted { instrument, why: Interruption::FirstWatch });
            }
            is_wanted
        });
    }

    fn say_again(&self, round: &mut Vec<Update>) {
        let at = self.clock.now();
        let said = |event| Update::Feed { venue: self.venue, at, event };
        let coverage = self.standing.coverage.iter().map(|(instrument, coverage)| FeedEvent::Coverage {
            instrument: instrument.clone(),
            coverage: coverage.clone(),
        });
        // How many connections there are is counted by what is said once; only an outage is said again.
        let outage =
            self.standing.reach.iter().filter(|event| matches!(event, FeedEvent::Unreachable { .. }));
        round.extend(coverage.chain(outage.cloned()).map(said));
    }
}

/// Updates as batches by topic; what does not fit into one of each topic comes in the next ones.
pub(super) fn batches(updates: Vec<Update>, partitions: u16) -> Vec<Vec<Batch>> {
    let mut rounds: Vec<BTreeMap<Topic, (Vec<Update>, usize)>> = vec![BTreeMap::new()];
    let mut at: BTreeMap<Topic, usize> = BTreeMap::new();
    for update in updates {
        let topic = topic(&update, partitions);
        for update in pieces(update) {
            let ticks = if let Update::Ticks { observations, .. } = &update { observations.len() } else { 1 };
            let at = at.entry(topic).or_default();
            if rounds[*at].get(&topic).is_some_and(|(_, full)| full + ticks > TICKS_MAX) {
                *at += 1;
                if rounds.len() == *at {
                    rounds.push(BTreeMap::new());
                }
            }
            let (held, count) = rounds[*at].entry(topic).or_default();
            held.push(update);
            *count += ticks;
        }
    }
    let written = |round: BTreeMap<Topic, (Vec<Update>, usize)>| -> Vec<Batch> {
        round.into_iter().map(|(topic, (updates, _))| Batch { topic, bytes: encode(&updates) }).collect()
    };
    rounds.into_iter().filter(|round| !round.is_empty()).map(written).collect()
}

/// An update whose ticks fit into a batch.
fn pieces(update: Update) -> Vec<Update> {
    match update {
        Update::Ticks { instrument, observations } if observations.len() > TICKS_MAX => observations
            .chunks(TICKS_MAX)
            .map(|chunk| Update::Ticks { instrument: instrument.clone(), observations: chunk.to_vec() })
            .collect(),
        other => vec![other],
    }
}

fn topic(update: &Update, partitions: u16) -> Topic {
    match update {
        Update::Ticks { instrument, .. }
        | Update::Interrupted { instrument, .. }
        | Update::Feed { event: FeedEvent::Coverage { instrument, .. }, .. } => {
            Topic::Partition(Share::partition_of(instrument, partitions))
        }
        Update::Feed { .. } => Topic::Feeds,
    }
}

#[cfg(test)]
mod tests {
    use bellwether_model::{Observation, Origin, Tick, Timestamp};

    use super::super::wire::decode;
    use super::*;

    fn ticks(name: &str, ids: std::ops::Range<u64>) -> Update {
        let observation = |id| Observation {
            tick: Tick::numbered("1".parse().unwrap(), Timestamp::EPOCH, id),
            trades: None,
            origin: Origin::Live,
        };
        Update::Ticks { instrument: name.parse().unwrap(), observations: ids.map(observation).collect() }
    }

    #[test]
    fn each_topic_has_one_batch_a_round_and_keeps_its_order() {
        let sent = vec![
            ticks("binance:A", 0..3_000),
            ticks("binance:B", 0..10),
            ticks("binance:A", 3_000..6_000),
            ticks("binance:A", 6_000..15_000),
        ];
        let rounds = batches(sent, 1);
        let mut next = 0;
        for round in &rounds {
            assert_eq!(round.len(), 1, "one partition, one batch");
            let mut count = 0;
            for update in decode(&round[0].bytes, 1).unwrap() {
                let Update::Ticks { instrument, observations } = update else { panic!("no ticks") };
                count += observations.len();
                for observation in observations.iter().filter(|_| instrument.symbol() == "A") {
                    assert_eq!(observation.tick.id, Some(next));
                    next += 1;
                }
            }
            assert!(count <= TICKS_MAX);
        }
        assert_eq!(next, 15_000);
        assert_eq!(batches(vec![], 8), Vec::<Vec<Batch>>::new());
    }
}
