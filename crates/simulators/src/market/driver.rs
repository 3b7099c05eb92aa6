//! Makes trades happen when they are due: those of the lively market, or those of a recording.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::exchange::Exchange;
use super::nudge::Nudge;

mod lively;
mod replay;

pub(crate) use lively::Lively;
pub(crate) use replay::{Playback, Replaying};

/// How often what is due is looked for. Trades are at most this late; their times stay exact.
const BEAT: Duration = Duration::from_millis(5);

/// What the control turns and the driver reads.
#[derive(Debug)]
pub(crate) struct Dials {
    paused: AtomicBool,
    nudges: Mutex<Vec<Nudge>>,
    /// Recorded trades still to be played.
    remaining: AtomicU64,
}

impl Dials {
    /// Dials for `pairs` pairs, with so many recorded trades to play.
    pub(crate) fn new(pairs: usize, paused: bool, remaining: usize) -> Self {
        Self {
            paused: AtomicBool::new(paused),
            nudges: Mutex::new(vec![Nudge::default(); pairs]),
            remaining: AtomicU64::new(u64::try_from(remaining).unwrap_or(u64::MAX)),
        }
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::SeqCst);
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    pub(crate) fn remaining(&self) -> u64 {
        self.remaining.load(Ordering::SeqCst)
    }

    pub(crate) fn nudge(&self, pair: usize, change: impl FnOnce(Nudge) -> Nudge) {
        let mut nudges = self.nudges.lock().unwrap_or_else(PoisonError::into_inner);
        nudges[pair] = change(nudges[pair]);
    }

    fn nudge_of(&self, pair: usize) -> Nudge {
        self.nudges.lock().unwrap_or_else(PoisonError::into_inner)[pair]
    }
}

/// What makes trades without being asked.
#[derive(Debug)]
pub(crate) enum Driver {
    /// Nothing does.
    Idle,
    /// The seeded process.
    Lively(Lively),
    /// A recording.
    Replaying(Replaying),
}

impl Driver {
    /// Runs until it is dropped.
    pub(crate) async fn run(mut self, exchange: &Exchange, dials: &Dials) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            match &mut self {
                Self::Idle => return,
                Self::Lively(lively) => lively.beat(exchange, dials),
                Self::Replaying(replaying) => replaying.beat(exchange, dials),
            }
        }
    }
}
