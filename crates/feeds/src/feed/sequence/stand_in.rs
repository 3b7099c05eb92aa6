//! Trades that cannot be had: what their candles say in their place, or the word that they are missing.

use std::collections::VecDeque;
use std::time::Duration;

use bellwether_model::{Observation, Origin, Tick};

use super::catch_up::OpenHole;
use super::hole::{Edge, Far, Hole};
use super::{Fetch, PageFrom, Sequence};
use crate::feed::outbox::Outbox;
use crate::{Bounds, CandlePage, Interruption, Numbered};

/// A stretch that could not be had, and whose end no trade has told yet.
#[derive(Debug)]
pub(super) struct Abandoned {
    pub(super) why: Interruption,
    /// When it is given up where no trade comes, by the clock that never goes back. None: not looked at yet.
    until: Option<Duration>,
}

impl Sequence {
    /// Gives up what could not be had where no trade has told for so long where it ends.
    pub(in crate::feed) fn look_after(&mut self, now: Duration, patience: Duration, out: &mut Outbox) {
        let Some(abandoned) = &mut self.abandoned else { return };
        if now >= *abandoned.until.get_or_insert(now + patience) {
            let why = abandoned.why;
            self.forget(why, out);
        }
    }

    /// Candles that were wanted in place of trades.
    pub(in crate::feed) fn candles(
        &mut self,
        from: PageFrom,
        page: CandlePage,
        bounds: &Bounds,
        out: &mut Outbox,
    ) -> Option<Fetch> {
        let open = self.expecting(from)?.hole.as_mut()?;
        open.hole.take(page);
        if open.hole.is_covered() { self.close_hole(bounds, out) } else { self.fetch() }
    }

    /// Gives up the trades that come next. What waits tells where they end, or else the next live trade will.
    pub(super) fn give_up(&mut self, why: Interruption, bounds: &Bounds, out: &mut Outbox) -> Option<Fetch> {
        if self.first_waiting().is_some() {
            return self.stand_in_or_declare(why, bounds, out);
        }
        self.catch_up = None;
        if self.edge().is_some() && bounds.stand_in_minutes > 0 {
            self.abandoned = Some(Abandoned { why, until: None });
        } else {
            self.forget(why, out);
        }
        None
    }

    /// Has candles stand in up to the first trade that waits, or else declares the gap.
    pub(super) fn stand_in_or_declare(
        &mut self,
        why: Interruption,
        bounds: &Bounds,
        out: &mut Outbox,
    ) -> Option<Fetch> {
        let opened = self.open_hole(why, &VecDeque::new(), false, bounds);
        opened.or_else(|| self.declare(why, bounds, out))
    }

    /// Begins to fetch candles for the stretch up to the first trade of `rest` or of those that wait; the first page
    /// of them. None where none can stand in.
    pub(super) fn open_hole(
        &mut self,
        why: Interruption,
        rest: &VecDeque<Numbered>,
        more: bool,
        bounds: &Bounds,
    ) -> Option<Fetch> {
        let near = self.edge()?;
        let catch_up = self.catch_up.as_mut()?;
        let fetched = rest.iter().find_map(|trade| trade.observation);
        let first = [fetched.as_ref(), catch_up.waiting.front()].into_iter().flatten();
        let Tick { position, time, price, .. } = first.min_by_key(|first| first.tick.position)?.tick;
        let far = Far { id: position.0, at: time, price };
        let hole = Hole::new(why, near, far, bounds.stand_in_minutes)?;
        catch_up.hole = Some(OpenHole { hole, rest: rest.clone(), more });
        self.fetch()
    }

    /// Hands on what stands in for the hole, says what is missing all the same, and goes on behind it.
    pub(super) fn close_hole(&mut self, bounds: &Bounds, out: &mut Outbox) -> Option<Fetch> {
        let catch_up = self.catch_up.as_mut()?;
        let OpenHole { hole, rest, more } = catch_up.hole.take()?;
        let why = hole.why;
        let after = catch_up.aftermath(&hole, &rest, more);
        match after.and_then(|after| hole.stand_in(after)) {
            None => self.interrupt(why, out),
            Some(stand_in) => {
                let is_said_once = stand_in.ticks.is_empty() && stand_in.misses_first;
                if stand_in.misses_first {
                    self.interrupt(why, out);
                }
                for tick in stand_in.ticks {
                    self.hand_on(Observation { tick, trades: None, origin: Origin::Candle }, out);
                }
                if stand_in.misses_last && !is_said_once {
                    self.interrupt(why, out);
                }
            }
        }
        self.go_on_with(hole.far.id);
        self.take_in(rest, more, bounds, out)
    }

    /// Says that trades are missing, and goes on with what waits.
    fn declare(&mut self, why: Interruption, bounds: &Bounds, out: &mut Outbox) -> Option<Fetch> {
        self.interrupt(why, out);
        let first = self.first_waiting()?;
        if let Some(catch_up) = &mut self.catch_up {
            // Where the venue serves nothing, one more page would only be refused again.
            catch_up.again &= why != Interruption::Refused;
        }
        self.go_on_with(first);
        self.take_in(VecDeque::new(), false, bounds, out)
    }

    /// Says that trades are missing, and goes on with the next live one, whatever that is.
    pub(super) fn forget(&mut self, why: Interruption, out: &mut Outbox) {
        self.interrupt(why, out);
        (self.last, self.since, self.abandoned) = (None, None, None);
    }

    /// Where a stretch begins that cannot be had from here on. None where nothing is known of it.
    fn edge(&self) -> Option<Edge> {
        let Some(last) = self.last else {
            return Some(Edge { id: None, at: self.since?, price: None, heard: None });
        };
        let (heard, known) = (self.minute.heard(), self.known.filter(|known| known.position.0 == last));
        let price = heard.map(|heard| heard.close).or(known.map(|known| known.price));
        Some(Edge { id: Some(last), at: self.last_at?, price, heard })
    }

    /// Makes this the next trade, whatever was before it.
    fn go_on_with(&mut self, first: u64) {
        (self.last, self.since) = (Some(first.saturating_sub(1)), None);
        if let Some(catch_up) = &mut self.catch_up {
            catch_up.fetched = 0;
            catch_up.short_pages = 0;
        }
    }
}
