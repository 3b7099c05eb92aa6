//! Which alerts are armed when, as a replay goes on.

use super::instruments::InstrumentIndex;

/// The alerts that wait for their turn, by the instrument whose sequence they wait in.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// Of each instrument: after how many applied ticks, and the alert's place in its file. Latest first,
    /// so that the next one stands at the end.
    waiting: Vec<Vec<(u64, usize)>>,
}

impl Agenda {
    /// An alert waits until so many ticks of an instrument were applied.
    pub(super) fn add(&mut self, instrument: InstrumentIndex, ordinal: u64, place: usize) {
        if instrument.0 >= self.waiting.len() {
            self.waiting.resize_with(instrument.0 + 1, Vec::new);
        }
        self.waiting[instrument.0].push((ordinal, place));
    }

    /// To be called when all have been added.
    pub(super) fn sort(&mut self) {
        for waiting in &mut self.waiting {
            waiting.sort_unstable_by(|a, b| b.cmp(a));
        }
    }

    /// The next alert that waits for this many ticks of the instrument, or fewer.
    pub(super) fn due(&mut self, instrument: InstrumentIndex, applied: u64) -> Option<usize> {
        let waiting = self.waiting.get_mut(instrument.0)?;
        let &(ordinal, place) = waiting.last()?;
        if ordinal > applied {
            return None;
        }
        waiting.pop();
        Some(place)
    }
}
