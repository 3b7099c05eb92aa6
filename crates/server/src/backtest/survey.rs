//! Where alerts with an `armed_at` are armed: "after the last tick with `time <= armed_at`", of each
//! instrument, in the sequence in which its ticks are applied.
//!
//! Where times run back that tick is known only once the last line was read, so the ticks are read once
//! before they are replayed. Without any `armed_at` none of this happens.

use std::collections::HashMap;

use bellwether_model::Timestamp;

use super::instruments::{InstrumentIndex, Instruments};
use super::lines::Source;
use super::merge::Merge;
use super::sequence::{Sequence, Turn};

/// What is asked of the survey, and its answers.
#[derive(Debug, Default)]
pub(super) struct Survey {
    by_instrument: HashMap<InstrumentIndex, Instants>,
}

/// The instants asked for of one instrument, in order, and for each the last tick applied whose time lies
/// after the instant before and not after this one.
#[derive(Debug, Default)]
struct Instants {
    asked: Vec<Timestamp>,
    last: Vec<Turn>,
    /// Where the last tick fell: the next one falls there or near.
    near: usize,
}

impl Survey {
    /// Asks where an instrument's ticks stand at an instant.
    pub(super) fn ask(&mut self, instrument: InstrumentIndex, at: Timestamp) {
        self.by_instrument.entry(instrument).or_default().asked.push(at);
    }

    /// Whether nothing was asked.
    pub(super) fn is_empty(&self) -> bool {
        self.by_instrument.is_empty()
    }

    /// Reads all ticks and finds the answers.
    ///
    /// # Errors
    /// Where the ticks cannot be read.
    pub(super) fn run(&mut self, sources: &[Source], instruments: &mut Instruments) -> anyhow::Result<()> {
        self.by_instrument.values_mut().for_each(Instants::prepare);
        let mut merge = Merge::open(sources, instruments)?;
        let mut sequence = Sequence::default();
        while let Some(row) = merge.next() {
            let turn = sequence.apply(&row).map_err(|mixed| merge.place().fault(mixed))?;
            if let Some(turn) = turn
                && let Some(instants) = self.by_instrument.get_mut(&row.instrument)
            {
                instants.note(row.time, turn);
            }
            merge.advance(instruments)?;
        }
        self.by_instrument.values_mut().for_each(Instants::conclude);
        Ok(())
    }

    /// The place just after the last tick of an instrument with a time not after an instant asked for.
    pub(super) fn turn(&self, instrument: InstrumentIndex, at: Timestamp) -> Turn {
        self.by_instrument
            .get(&instrument)
            .and_then(|instants| {
                let index = instants.asked.binary_search(&at).ok()?;
                instants.last.get(index).copied()
            })
            .unwrap_or_default()
    }
}

impl Instants {
    fn prepare(&mut self) {
        self.asked.sort_unstable();
        self.asked.dedup();
        self.last = vec![Turn::default(); self.asked.len()];
    }

    fn note(&mut self, time: Timestamp, turn: Turn) {
        let is_before = |index: usize| self.asked.get(index).is_some_and(|&at| at < time);
        let fits = !is_before(self.near) && (self.near == 0 || is_before(self.near - 1));
        if !fits {
            self.near = self.asked.partition_point(|&at| at < time);
        }
        if let Some(last) = self.last.get_mut(self.near) {
            *last = turn;
        }
    }

    /// The last tick up to an instant is the latest of those up to it and of those up to the one before.
    fn conclude(&mut self) {
        let mut latest = Turn::default();
        for turn in &mut self.last {
            latest = latest.max(*turn);
            *turn = latest;
        }
    }
}
