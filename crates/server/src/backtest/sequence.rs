//! Which rows are applied, and the place each gets in its instrument's sequence.
//!
//! A row without an id gets a number of our own, its place among the applied rows of its instrument.

use bellwether_model::{Position, Tick, Timestamp};

use super::tick_file::Row;

/// A place in the sequence of one instrument's applied ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Turn {
    /// How many ticks were applied up to there.
    pub(super) ordinal: u64,
    /// The position of the last of them.
    pub(super) position: Option<Position>,
}

impl Turn {
    /// The tick that a row states, in this place.
    pub(super) fn tick(&self, row: &Row) -> Tick {
        match row.id {
            Some(id) => Tick::numbered(row.price, row.time, id),
            None => Tick::unnumbered(row.price, row.time, Position(self.ordinal)),
        }
    }
}

/// An instrument's ticks have ids in one row and none in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an instrument's ticks either all have ids or all have none; here the two are mixed")]
pub(super) struct MixedIds;

/// How far each instrument's sequence has come.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    by_instrument: Vec<Option<Reached>>,
}

#[derive(Debug, Clone, Copy)]
struct Reached {
    id: Option<u64>,
    time: Timestamp,
    applied: u64,
}

impl Sequence {
    /// Applies a row: its place, or nothing where it is stale.
    pub(super) fn apply(&mut self, row: &Row) -> Result<Option<Turn>, MixedIds> {
        let index = row.instrument.0;
        if index >= self.by_instrument.len() {
            self.by_instrument.resize(index + 1, None);
        }
        let reached = &mut self.by_instrument[index];
        let applied = match reached {
            None => 1,
            Some(last) if last.is_followed_by(row)? => last.applied + 1,
            Some(_) => return Ok(None),
        };
        *reached = Some(Reached { id: row.id, time: row.time, applied });
        Ok(Some(Turn { ordinal: applied, position: Some(Position(row.id.unwrap_or(applied))) }))
    }
}

impl Reached {
    /// Whether a row is no stale one here.
    fn is_followed_by(&self, row: &Row) -> Result<bool, MixedIds> {
        match (self.id, row.id) {
            (Some(last), Some(id)) => Ok(id > last),
            (None, None) => Ok(row.time >= self.time),
            (Some(_), None) | (None, Some(_)) => Err(MixedIds),
        }
    }
}
