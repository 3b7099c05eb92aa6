//! The recent past of each instrument: what newcomers are run over.
//!
//! An alert is armed at the position that the API read, and reaches the evaluator a moment later,
//! after its row is committed; ticks applied in between must count for it. So each instrument keeps its
//! observations since a few checkpoints ago, and where it stood before them.

use std::collections::VecDeque;
use std::sync::Arc;

use bellwether_engine::Market;
use bellwether_model::{Observation, Position};

/// Checkpoints that stay reachable: a change has this many checkpoint intervals to arrive in.
const CHECKPOINTS_KEPT: usize = 16;
/// Observations of one instrument that are kept at most; older stretches go first.
const OBSERVATIONS_MAX: usize = 200_000;

/// An observation that was applied, with its place among those of all instruments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Applied {
    pub(super) place: u64,
    pub(super) observation: Observation,
}

/// Where an instrument stood, and what it remembered of its prices there.
#[derive(Debug, Clone)]
pub(super) struct Stood {
    pub(super) market: Market,
    pub(super) memory: Arc<[u8]>,
}

/// A stretch between two checkpoints: where the instrument stood, and what was applied then.
struct Stretch {
    from: Option<Stood>,
    applied: Vec<Applied>,
}

/// The recent past of one instrument.
pub(super) struct Ring {
    stretches: VecDeque<Stretch>,
    kept: usize,
}

impl Ring {
    /// A past that begins here.
    pub(super) fn new(from: Option<Stood>) -> Self {
        Self { stretches: VecDeque::from([Stretch { from, applied: Vec::new() }]), kept: 0 }
    }

    /// Notes an observation that was applied.
    pub(super) fn push(&mut self, applied: Applied) {
        if let Some(last) = self.stretches.back_mut() {
            last.applied.push(applied);
            self.kept += 1;
        }
    }

    /// Whether anything was applied since the last checkpoint.
    pub(super) fn moved(&self) -> bool {
        self.stretches.back().is_some_and(|stretch| !stretch.applied.is_empty())
    }

    /// Begins a new stretch at a checkpoint, and forgets the oldest ones.
    pub(super) fn checkpoint(&mut self, standing: Option<Stood>) {
        if self.moved() {
            self.stretches.push_back(Stretch { from: standing, applied: Vec::new() });
        }
        let over = |ring: &Self| ring.stretches.len() > CHECKPOINTS_KEPT || ring.kept > OBSERVATIONS_MAX;
        while over(self) && self.stretches.len() > 1 {
            let gone = self.stretches.pop_front().map_or(0, |stretch| stretch.applied.len());
            self.kept -= gone;
        }
    }

    /// Where to begin, and what to apply, to live through everything after a position once more; `None`
    /// where that is further back than is kept.
    pub(super) fn since(&self, position: Option<Position>) -> Option<Past<'_>> {
        let reaches = |stretch: &Stretch| match (&stretch.from, position) {
            (None, _) => true,
            (Some(stood), Some(position)) => stood.market.position <= position,
            (Some(_), None) => false,
        };
        let first = self.stretches.iter().rposition(reaches)?;
        let applied = self.stretches.range(first..).flat_map(|stretch| &stretch.applied).copied().collect();
        Some(Past { from: self.stretches[first].from.as_ref(), applied })
    }
}

/// A stretch of an instrument's past to be lived through once more.
pub(super) struct Past<'a> {
    /// Where the instrument stood before.
    pub(super) from: Option<&'a Stood>,
    /// What was applied since, in order.
    pub(super) applied: Vec<Applied>,
}
