//! One refill under way: what waits meanwhile, and what is known of the end of the hole.

use std::collections::{BTreeMap, VecDeque};

use bellwether_model::{Interval, Observation, Tick};

use super::hole::{Aftermath, End, Hole};
use crate::feed::outbox::Outbox;
use crate::{Bounds, Numbered};

/// What happens while missed trades are being fetched.
#[derive(Debug, Default)]
pub(super) struct CatchUp {
    /// Live trades that wait, by number. Bounded; what does not fit is dropped and fetched later.
    pub(super) waiting: VecDeque<Observation>,
    /// One more page is due at the end, because something may have been missed since this began.
    pub(super) again: bool,
    /// The venue's newest trade, where it has named one since this began.
    pub(super) newest: Option<u64>,
    /// Trades fetched so far.
    pub(super) fetched: u64,
    /// Pages in a row that were short and still did not reach the waiting trades.
    pub(super) short_pages: u32,
    /// Live trades may have been missed since this began.
    pub(super) cut: bool,
    /// Set while candles are being fetched instead.
    pub(super) hole: Option<OpenHole>,
}

/// A hole that is being stood in for, and what comes after it.
#[derive(Debug)]
pub(super) struct OpenHole {
    pub(super) hole: Hole,
    /// Trades of the last page that come after it.
    pub(super) rest: VecDeque<Numbered>,
    /// Whether there are more behind those.
    pub(super) more: bool,
}

impl CatchUp {
    /// Has a live trade wait.
    pub(super) fn wait(
        &mut self,
        observation: Observation,
        last: Option<u64>,
        bounds: &Bounds,
        out: &mut Outbox,
    ) {
        let id = observation.tick.position.0;
        let newest = self.waiting.back().map(|back| back.tick.position.0).or(last);
        if newest.is_some_and(|newest| id <= newest) {
            out.tally.stale += 1;
        } else if self.waiting.len() < bounds.waiting_trades {
            self.waiting.push_back(observation);
        } else {
            self.again = true;
            out.tally.postponed += 1;
        }
    }

    /// What is known of the minute in which a hole ends. None where no trade after it is.
    pub(super) fn aftermath(&self, hole: &Hole, rest: &VecDeque<Numbered>, more: bool) -> Option<Aftermath> {
        let end = Interval::Minute.end_of(Interval::Minute.open_of(hole.far.at));
        let fetched = rest.iter().map(|trade| (trade.id, trade.observation.map(|seen| seen.tick)));
        let live = self.waiting.iter().map(|seen| (seen.tick.position.0, Some(seen.tick)));
        let known: BTreeMap<u64, Option<Tick>> = fetched.chain(live).collect();
        let mut after: Option<Aftermath> = None;
        for (expected, (&id, tick)) in (hole.far.id..).zip(known.range(hole.far.id..)) {
            let is_over = tick.is_some_and(|tick| tick.time >= end);
            if id != expected || is_over {
                let end = if id == expected { End::Reached } else { End::Missed };
                return after.map(|after| Aftermath { end, ..after });
            }
            if let Some(Tick { price, .. }) = *tick {
                let first = Aftermath { low: price, high: price, last: price, end: End::Missed };
                let after = after.get_or_insert(first);
                (after.low, after.high, after.last) = (after.low.min(price), after.high.max(price), price);
            }
        }
        // Candles come when their minute is over, and by then every trade of it has been heard that was not dropped,
        // where the stream held.
        let newest = known.keys().next_back().copied();
        let is_quiet = !more && !self.again && !self.cut && self.newest <= newest;
        let end = if is_quiet { End::Quiet } else { End::Missed };
        after.map(|after| Aftermath { end, ..after })
    }
}
