//! What feeds hand on goes into the tick log: batch after batch, each only once the one before is durable.
//!
//! While one batch is on its way the next one fills, so that batches grow with what comes in and nothing waits
//! longer than the log takes. Where the log takes nothing, the feeds' queue fills, and their sockets wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bellwether_bus::{Batch, TickLog, Topic};
use bellwether_feeds::{Coverage, FeedEvent, Interruption, Update, Wanted};
use bellwether_model::{Instrument, Venue};
use bellwether_store::share::Share;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::leases::Belief;
use super::wire::{TICKS_MAX, encode};
use crate::attention::Attention;
use crate::clock::Clock;

/// Updates that one round takes at most.
const ROUND_MAX: usize = 4_096;
/// How long whoever doubts their lease waits before looking at it again.
const DOUBT: Duration = Duration::from_millis(50);
/// What one word of a feed counts for, in ticks: it is as long as so many.
const WORD: usize = 20;
/// How often it is said again how each instrument is watched: for processes that came later.
pub(super) const SAID_EVERY: Duration = Duration::from_secs(5);

/// Writes what one venue's feed hands on into the tick log.
pub(super) struct Publisher {
    pub(super) venue: Venue,
    pub(super) log: TickLog,
    pub(super) partitions: u16,
    pub(super) clock: Clock,
    /// What is wanted: of anything else nothing is said any more.
    pub(super) wanted: watch::Receiver<Wanted>,
    /// Whether the lease is ours beyond doubt.
    pub(super) belief: Belief,
    pub(super) standing: Standing,
    /// Whether it was held up, by the log for example: then what it hears is not of now.
    pub(super) attention: Attention,
}

/// What was said last of each thing.
#[derive(Default)]
pub(super) struct Standing {
    coverage: BTreeMap<Instrument, Coverage>,
    reach: Option<FeedEvent>,
    /// Instruments whose prices are in force for all that others know.
    watched: BTreeSet<Instrument>,
}

impl Standing {
    /// The feed begins where these instruments' prices are in force.
    pub(super) fn of(watched: BTreeSet<Instrument>) -> Self {
        Self { watched, ..Self::default() }
    }
}

impl Publisher {
    /// Runs until the feed has ended.
    pub(super) async fn run(mut self, mut updates: mpsc::Receiver<Update>) {
        let mut left = Vec::new();
        self.leave_unwanted(&mut left);
        for batches in batches(left, self.partitions) {
            self.append(batches).await;
        }
        let mut again = interval(SAID_EVERY);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Vec::new();
        loop {
            let mut round = Vec::new();
            tokio::select! {
                biased;
                // First, or a venue that always has something new would never come to it.
                _ = again.tick() => {
                    // What came before that is said, so that whoever hears it has heard everything up to then.
                    let waiting = updates.len();
                    for _ in 0..waiting {
                        heard.extend(updates.try_recv());
                    }
                    self.take_in(&mut heard, &mut round);
                    self.say_again(&mut round);
                }
                count = updates.recv_many(&mut heard, ROUND_MAX) => {
                    if count == 0 {
                        return;
                    }
                    self.take_in(&mut heard, &mut round);
                }
                changed = self.wanted.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.leave_unwanted(&mut round);
                }
            }
            for batches in batches(round, self.partitions) {
                self.append(batches).await;
            }
        }
    }

    /// Takes in what was heard, as far as it is wanted.
    fn take_in(&mut self, heard: &mut Vec<Update>, round: &mut Vec<Update>) {
        self.leave_unwanted(round);
        for update in heard.drain(..) {
            if self.notes(&update) {
                round.push(update);
            }
        }
    }

    /// Writes batches, as long as the lease is ours beyond doubt. Where it may be another's by now, it waits: the
    /// next beat shows whether it is, and then this feed is dropped.
    async fn append(&self, batches: Vec<Batch>) {
        let mut rest = batches;
        loop {
            rest = self.log.append_while(rest, || self.belief.holds()).await;
            if rest.is_empty() {
                return;
            }
            tokio::time::sleep(DOUBT).await;
        }
    }

    /// Notes what an update says; whether it is to be handed on.
    fn notes(&mut self, update: &Update) -> bool {
        let wanted = self.wanted.borrow();
        let is_wanted = |instrument: &Instrument| wanted.instruments.contains_key(instrument);
        match update {
            Update::Ticks { instrument, .. } | Update::Interrupted { instrument, .. } => {
                is_wanted(instrument)
            }
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
        let watched: BTreeSet<Instrument> = wanted.instruments.keys().cloned().collect();
        self.standing.coverage.retain(|instrument, _| watched.contains(instrument));
        for instrument in self.standing.watched.difference(&watched).cloned() {
            round.push(Update::Interrupted { instrument, why: Interruption::FirstWatch });
        }
        self.standing.watched = watched;
    }

    fn say_again(&mut self, round: &mut Vec<Update>) {
        let at = self.attention.heard_until(self.clock.now());
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
            let ticks =
                if let Update::Ticks { observations, .. } = &update { observations.len() } else { WORD };
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
