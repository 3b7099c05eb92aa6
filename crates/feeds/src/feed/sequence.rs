//! One instrument's trades brought into order: each once, none missing, or the hole declared.
//!
//! Pure: trades, pages and connections come in as calls, ticks go into the outbox, and a wish for a
//! page comes back. At most one page is on its way per instrument. While one is, live trades wait. Where the venue
//! does not serve the missed trades, its candles stand in for them. What is too far off is in order too, and waits for
//! the next trade to confirm it.

mod catch_up;
mod hole;
mod minute;
mod stand_in;

use std::collections::VecDeque;

use bellwether_model::{Instrument, Observation, Timestamp};

use self::catch_up::CatchUp;
use self::minute::Minute;
use self::stand_in::Abandoned;
use super::outbox::Outbox;
use crate::guard::Guard;
use crate::{Bounds, Interruption, Known, Numbered, Page, Start};

/// The order of one instrument's trades.
#[derive(Debug)]
pub(super) struct Sequence {
    instrument: Instrument,
    /// The number last handed on, or accounted for. None: the sequence is still to begin.
    last: Option<u64>,
    /// When the last trade happened that was handed on, unless there is a hole after it: what comes next
    /// is not earlier.
    last_at: Option<Timestamp>,
    /// Where it is to begin: with the first trade at or after this instant. None: with the next live one.
    since: Option<Timestamp>,
    /// Set while missed trades are being fetched.
    catch_up: Option<CatchUp>,
    /// What `last` was when coverage began anew. Trades happen after that, so a first live number
    /// that is not above it says that the venue began to count anew.
    floor: Option<u64>,
    /// What was heard of the minute that runs.
    minute: Minute,
    /// The last tick that was known when this began.
    known: Option<Known>,
    /// Set where what comes next could not be had: it begins where the sequence stands, and is to be stood in for
    /// once the next live trade tells where it ends.
    abandoned: Option<Abandoned>,
    /// Holds back what is too far off, until the next trade confirms it.
    guard: Guard,
}

/// A page that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fetch {
    /// Where it begins.
    pub(super) from: PageFrom,
    /// An instant not later than the trades of the page, where one is known.
    pub(super) not_before: Option<Timestamp>,
    /// How often in a row the venue's history was behind its stream; wait accordingly.
    pub(super) short_pages: u32,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageFrom {
    /// With the next number above this.
    After(u64),
    /// With the first trade at or after this instant.
    Since(Timestamp),
    /// With the candle of the minute that begins here, up to the other instant: the trades cannot be had.
    Candles(Timestamp, Timestamp),
}

/// Why a page did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPage {
    /// The venue refuses for good.
    Refused,
    /// The venue has not answered for as long as our patience goes.
    Unavailable,
}

impl Sequence {
    /// A sequence that begins there. Where that is no position, it says at once that nothing before
    /// counts.
    pub(super) fn new(
        instrument: Instrument,
        start: Start,
        known: Option<Known>,
        guard: Guard,
        out: &mut Outbox,
    ) -> Self {
        let (last, since) = match start {
            Start::After(position) => (Some(position.0), None),
            Start::Since(since) => (None, Some(since)),
            Start::Now => (None, None),
        };
        if last.is_none() {
            out.interrupted(&instrument, Interruption::FirstWatch);
        }
        let last_at = known.filter(|known| Some(known.position.0) == last).map(|known| known.time);
        Self {
            instrument,
            last,
            last_at,
            since,
            catch_up: None,
            floor: None,
            minute: Minute::default(),
            known,
            abandoned: None,
            guard,
        }
    }

    /// Nothing comes any more.
    pub(super) fn end(&mut self, out: &mut Outbox) {
        out.doubt(&self.instrument, self.guard.give_up());
    }

    /// Whether missed trades are being fetched.
    pub(super) fn is_catching_up(&self) -> bool {
        self.catch_up.is_some() || self.abandoned.is_some()
    }

    /// A connection covers the instrument where none did: live trades will come, and what happened
    /// before has to be fetched.
    pub(super) fn covered_anew(&mut self) -> Option<Fetch> {
        // What could not be had may be to be had now.
        self.abandoned = None;
        self.floor = self.last;
        self.check_history()
    }

    /// A connection that covered the instrument has ended: live trades may be missed.
    pub(super) fn uncovered(&mut self) {
        if let Some(catch_up) = &mut self.catch_up {
            catch_up.cut = true;
        }
    }

    /// Something may have been missed that no later trade will betray soon: fetch what there is.
    pub(super) fn check_history(&mut self) -> Option<Fetch> {
        if self.abandoned.is_some() {
            return None;
        }
        let from = self.next_from()?;
        match &mut self.catch_up {
            Some(catch_up) => {
                catch_up.again = true;
                None
            }
            None => {
                self.catch_up = Some(CatchUp::default());
                Some(Fetch { from, not_before: self.last_at, short_pages: 0 })
            }
        }
    }

    /// The venue says that its newest trade has this number. Where the stream has not shown it, it is fetched.
    pub(super) fn newest(&mut self, id: u64, out: &mut Outbox) -> Option<Fetch> {
        let waiting = self.catch_up.as_ref().and_then(|catch_up| catch_up.waiting.back());
        let shown = waiting.map(|newest| newest.tick.position.0).or(self.last)?;
        if id <= shown || self.abandoned.is_some() {
            return None;
        }
        match &mut self.catch_up {
            // A page that is on its way may bring it.
            Some(catch_up) => {
                catch_up.newest = catch_up.newest.max(Some(id));
                None
            }
            None => {
                out.tally.gaps += 1;
                self.check_history()
            }
        }
    }

    /// A live trade.
    pub(super) fn live(
        &mut self,
        observation: Observation,
        bounds: &Bounds,
        out: &mut Outbox,
    ) -> Option<Fetch> {
        let id = observation.tick.position.0;
        if let Some(floor) = self.floor.take()
            && id <= floor
        {
            self.forget(Interruption::Renumbered, out);
        }
        if let Some(catch_up) = &mut self.catch_up {
            catch_up.wait(observation, self.last, bounds, out);
            return None;
        }
        match self.last {
            Some(last) if id <= last => {
                out.tally.stale += 1;
                return None;
            }
            None if self.since.is_some() => {}
            Some(last) if id - last > 1 => out.tally.gaps += u64::from(self.abandoned.is_none()),
            _ => {
                self.abandoned = None;
                self.hand_on(observation, out);
                return None;
            }
        }
        self.catch_up = Some(CatchUp { waiting: VecDeque::from([observation]), ..CatchUp::default() });
        match self.abandoned.take() {
            Some(abandoned) => self.stand_in_or_declare(abandoned.why, bounds, out),
            None => self.next_page(true, bounds, out),
        }
    }

    /// The page that was wanted from there.
    pub(super) fn page(
        &mut self,
        from: PageFrom,
        page: Page,
        bounds: &Bounds,
        out: &mut Outbox,
    ) -> Option<Fetch> {
        let catch_up = self.expecting(from)?;
        catch_up.fetched += page.trades.len() as u64;
        if !page.trades.is_empty() {
            catch_up.short_pages = 0;
        }
        self.take_in(page.trades.into(), page.more, bounds, out)
    }

    /// Hands on trades that were fetched, and what waits, as far as nothing is missing.
    fn take_in(
        &mut self,
        mut trades: VecDeque<Numbered>,
        more: bool,
        bounds: &Bounds,
        out: &mut Outbox,
    ) -> Option<Fetch> {
        loop {
            self.begin(trades.front().map(|trade| trade.id));
            self.hand_on_waiting(out);
            let Some(last) = self.last else {
                let Some(first) = trades.pop_front() else { break };
                self.hand_on_numbered(first, out);
                continue;
            };
            match trades.front() {
                None => break,
                Some(trade) if trade.id <= last => {}
                Some(trade) if trade.id == last + 1 => self.hand_on_numbered(*trade, out),
                Some(trade) => {
                    // Neither the history nor the stream has what lies between.
                    let next = self.first_waiting().map_or(trade.id, |first| first.min(trade.id));
                    if let Some(fetch) = self.open_hole(Interruption::HistoryGone, &trades, more, bounds) {
                        return Some(fetch);
                    }
                    self.interrupt(Interruption::HistoryGone, out);
                    self.last = Some(next - 1);
                    continue;
                }
            }
            trades.pop_front();
        }
        self.next_page(more, bounds, out)
    }

    /// The page that was wanted from there does not come.
    pub(super) fn no_page(
        &mut self,
        from: PageFrom,
        why: NoPage,
        bounds: &Bounds,
        out: &mut Outbox,
    ) -> Option<Fetch> {
        let catch_up = self.expecting(from)?;
        if catch_up.hole.is_some() {
            return self.close_hole(bounds, out);
        }
        match why {
            NoPage::Unavailable if catch_up.waiting.is_empty() => self.fetch(),
            NoPage::Unavailable => self.give_up(Interruption::Unavailable, bounds, out),
            NoPage::Refused => self.give_up(Interruption::Refused, bounds, out),
        }
    }

    /// Where the next page begins; none where nothing can have been missed.
    fn next_from(&self) -> Option<PageFrom> {
        if let Some(open) = self.catch_up.as_ref().and_then(|catch_up| catch_up.hole.as_ref()) {
            let (from, to) = open.hole.wanted();
            return Some(PageFrom::Candles(from, to));
        }
        self.last.map(PageFrom::After).or(self.since.map(PageFrom::Since))
    }

    /// The page that is wanted next, at once.
    fn fetch(&self) -> Option<Fetch> {
        Some(Fetch { from: self.next_from()?, not_before: self.last_at, short_pages: 0 })
    }

    /// The refill under way, if it still waits for the page from there: that stands still while a page is
    /// on its way, so any other page belongs to a sequence that was given up.
    fn expecting(&mut self, from: PageFrom) -> Option<&mut CatchUp> {
        let expected = self.next_from() == Some(from);
        self.catch_up.as_mut().filter(|_| expected)
    }

    /// Lets the sequence begin with the waiting trades where the history, of which this is the first trade
    /// since the instant asked for, has none before them. Trades from before the instant are dropped where
    /// the history does not go on from them: what lies between was not asked for.
    fn begin(&mut self, first_fetched: Option<u64>) {
        let (Some(since), None, Some(catch_up)) = (self.since, self.last, &mut self.catch_up) else { return };
        let waiting = &mut catch_up.waiting;
        if let Some(fetched) = first_fetched {
            while waiting
                .front()
                .is_some_and(|first| first.tick.time < since && first.tick.position.0 < fetched)
            {
                waiting.pop_front();
            }
        }
        let comes_first = waiting.front().is_some_and(|first| match first_fetched {
            Some(fetched) => first.tick.position.0 <= fetched,
            // An empty history may only be late; but nothing lies between the instant and a trade before it.
            None => first.tick.time < since,
        });
        if comes_first {
            self.since = None;
        }
    }

    /// Decides what follows a page, or the discovery of a gap (`more`: there is certainly more).
    fn next_page(&mut self, more: bool, bounds: &Bounds, out: &mut Outbox) -> Option<Fetch> {
        let from = self.next_from()?;
        let first_waiting = self.first_waiting();
        let known_gap = match (from, first_waiting) {
            (PageFrom::After(last), Some(first)) => first.saturating_sub(last + 1),
            _ => 0,
        };
        let catch_up = self.catch_up.as_mut()?;
        if catch_up.fetched.saturating_add(known_gap) > bounds.refill_trades {
            return self.give_up(Interruption::TooFar, bounds, out);
        }
        let behind = catch_up.newest > self.last;
        if first_waiting.is_none() && !more && !catch_up.again && !behind {
            self.catch_up = None;
            return None;
        }
        if first_waiting.is_none() {
            catch_up.again = more && catch_up.again;
            // One more page for it; where the history is later than that, the venue will name it again.
            catch_up.newest = catch_up.newest.filter(|_| more);
        } else if !more {
            catch_up.short_pages += 1;
            if catch_up.short_pages > bounds.short_pages {
                return self.give_up(Interruption::HistoryGone, bounds, out);
            }
        }
        Some(Fetch { from, not_before: self.last_at, short_pages: catch_up.short_pages })
    }

    /// Says that what came before no longer counts. Waiting trades of another numbering go with it.
    fn interrupt(&mut self, why: Interruption, out: &mut Outbox) {
        // What waits belongs before the hole, and nothing after it says whether it was real.
        out.doubt(&self.instrument, self.guard.give_up());
        out.interrupted(&self.instrument, why);
        self.last_at = None;
        self.minute = Minute::default();
        if why == Interruption::Renumbered {
            self.catch_up = None;
        }
    }

    fn first_waiting(&self) -> Option<u64> {
        let first = self.catch_up.as_ref()?.waiting.front()?;
        Some(first.tick.position.0)
    }

    /// Hands on the waiting trades that follow without a hole.
    fn hand_on_waiting(&mut self, out: &mut Outbox) {
        while let Some(first) = self.catch_up.as_ref().and_then(|catch_up| catch_up.waiting.front().copied())
        {
            let id = first.tick.position.0;
            match self.last {
                Some(last) if id <= last => {}
                Some(last) if id > last + 1 => break,
                None if self.since.is_some() => break,
                _ => self.hand_on(first, out),
            }
            self.catch_up.as_mut().and_then(|catch_up| catch_up.waiting.pop_front());
        }
    }

    fn hand_on_numbered(&mut self, trade: Numbered, out: &mut Outbox) {
        match trade.observation {
            Some(observation) => self.hand_on(observation, out),
            None => self.last = Some(trade.id),
        }
    }

    fn hand_on(&mut self, observation: Observation, out: &mut Outbox) {
        self.last = Some(observation.tick.position.0);
        self.last_at = Some(observation.tick.time);
        self.minute.hear(&observation.tick);
        if self.guard.believes(observation.tick.price) {
            return out.tick(&self.instrument, observation);
        }
        let passed = self.guard.pass(observation);
        out.doubt(&self.instrument, passed.doubts);
        for believed in passed.on {
            out.tick(&self.instrument, believed);
        }
    }
}

#[cfg(test)]
mod tests;
