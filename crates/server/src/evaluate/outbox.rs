//! What waits to be committed, in the order in which it came about.
//!
//! Fires leave in bounded batches, and a checkpoint never overtakes a fire that came before it: the
//! position it stores would otherwise claim that the fire's tick had been dealt with.

use std::collections::VecDeque;

use bellwether_store::candle::{Hole, NewCandle};
use bellwether_store::coverage::Covered;
use bellwether_store::evaluation::{Commit, Cursor, MarketPosition, NewFire, StateChange};

/// Fires that one transaction takes at most.
const FIRES_PER_COMMIT: usize = 4_000;

/// Where alerts and instruments stand after everything that came before.
#[derive(Debug, Default)]
pub(super) struct Checkpoint {
    pub(super) states: Vec<StateChange>,
    pub(super) positions: Vec<MarketPosition>,
    /// Candles that are over there.
    pub(super) candles: Vec<NewCandle>,
    /// What the venue is to be asked for.
    pub(super) holes: Vec<Hole>,
    /// What was watched without a gap.
    pub(super) coverage: Vec<Covered>,
    /// Up to which batch of the tick log this is everything, where it moved.
    pub(super) log_number: Option<u64>,
    /// How far the change log was heard then.
    pub(super) heard: Option<Cursor>,
}

impl Checkpoint {
    fn is_empty(&self) -> bool {
        let Self { states, positions, candles, holes, coverage, log_number, heard: _ } = self;
        states.is_empty()
            && positions.is_empty()
            && candles.is_empty()
            && holes.is_empty()
            && coverage.is_empty()
            && log_number.is_none()
    }
}

enum Entry {
    Fire(Box<NewFire>),
    Checkpoint(Checkpoint),
}

/// What waits to be committed.
#[derive(Default)]
pub(super) struct Outbox {
    entries: VecDeque<Entry>,
    fires: usize,
    /// Up to which batch of the tick log everything was applied, where no checkpoint says so yet.
    reached: Option<u64>,
    /// What the store left out of a checkpoint, for the next one.
    left_out: Checkpoint,
}

impl Outbox {
    /// Notes up to which batch of the tick log everything was applied.
    pub(super) fn reached(&mut self, number: u64) {
        self.reached = Some(number);
    }

    pub(super) fn fire(&mut self, fire: NewFire) {
        self.fires += 1;
        self.entries.push_back(Entry::Fire(Box::new(fire)));
    }

    pub(super) fn checkpoint(&mut self, mut checkpoint: Checkpoint) {
        let left_out = std::mem::take(&mut self.left_out);
        checkpoint.log_number = self.reached.take().or(left_out.log_number);
        // What is newer counts, and stands last.
        checkpoint.candles.splice(..0, left_out.candles);
        checkpoint.holes.splice(..0, left_out.holes);
        checkpoint.coverage.splice(..0, left_out.coverage);
        if !checkpoint.is_empty() {
            self.entries.push_back(Entry::Checkpoint(checkpoint));
        }
    }

    /// Takes those checkpoints out that wait.
    pub(super) fn withdraw(&mut self) -> Vec<Checkpoint> {
        let entries = std::mem::take(&mut self.entries).into_iter();
        let mut withdrawn = Vec::new();
        self.entries.extend(entries.filter_map(|entry| match entry {
            Entry::Checkpoint(checkpoint) => {
                withdrawn.push(checkpoint);
                None
            }
            fire @ Entry::Fire(_) => Some(fire),
        }));
        withdrawn
    }

    /// Has the next checkpoint hold what is not in the store of this one, besides states and positions.
    pub(super) fn take_back(&mut self, checkpoint: Checkpoint) {
        self.left_out.candles.extend(checkpoint.candles);
        self.left_out.holes.extend(checkpoint.holes);
        self.left_out.coverage.extend(checkpoint.coverage);
        self.left_out.log_number = checkpoint.log_number.or(self.left_out.log_number);
    }

    /// Whether the last that waits is a checkpoint.
    pub(super) fn ends_with_checkpoint(&self) -> bool {
        matches!(self.entries.back(), Some(Entry::Checkpoint(_)))
    }

    /// Fires that wait.
    pub(super) fn fires(&self) -> usize {
        self.fires
    }

    /// The next transaction: everything that waits, up to the most fires that one takes; and how far the tick log
    /// is dealt with then, where that moves.
    pub(super) fn next_commit(&mut self) -> Option<(Option<u64>, Commit)> {
        let mut commit = Commit::default();
        let mut log_number = None;
        let mut empty = true;
        while let Some(entry) = self.entries.front() {
            if matches!(entry, Entry::Fire(_)) && commit.fires.len() == FIRES_PER_COMMIT {
                break;
            }
            empty = false;
            match self.entries.pop_front() {
                Some(Entry::Fire(fire)) => commit.fires.push(*fire),
                Some(Entry::Checkpoint(checkpoint)) => {
                    commit.states = checkpoint.states;
                    commit.positions = checkpoint.positions;
                    commit.candles = checkpoint.candles;
                    commit.holes = checkpoint.holes;
                    commit.coverage = checkpoint.coverage;
                    commit.heard = checkpoint.heard;
                    log_number = checkpoint.log_number;
                    // A fire after this one may belong to an alert whose state stands in it: fires are
                    // written first, so a later fire waits for the next transaction.
                    break;
                }
                None => break,
            }
        }
        self.fires -= commit.fires.len();
        (!empty).then_some((log_number, commit))
    }
}
