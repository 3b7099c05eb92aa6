//! One window of an instrument, shared by every alert of its length.
//!
//! The window keeps its extremes from tick to tick and asks the [`Memory`] only when one of them has
//! gone out of it. Its alerts stand in [`Gauge`]s, so a tick costs a few comparisons for all of them; and
//! most ticks not even those, because the window says beforehand which ones change nothing ([`Calm`]).

use bellwether_model::{Price, Shift, Side};

use crate::gauge::{Gauge, Unit};
use crate::key::{Quote, Rank, Reach};
use crate::memory::{Extremes, Mark, Memory};
use crate::record::Triggers;

/// A window and the alerts that look at it.
#[derive(Debug)]
pub(crate) struct Window {
    /// Its length in microseconds.
    pub(crate) span: i64,
    /// Alerts that look at it.
    pub(crate) users: usize,
    /// The extremes up to and with the newest tick.
    extremes: Extremes,
    /// The extremes as of the newest tick, without it.
    prior: Extremes,
    /// Whether the extremes are those of every tick so far: not so just after a time ran back.
    complete: bool,
    gauges: [[Option<Box<Gauge>>; 2]; 2],
    highs: Flips,
    lows: Flips,
}

/// Alerts on a fact that is the same for all of them. Each knows its place in its list, so it leaves
/// without being looked for.
#[derive(Debug, Default)]
pub(crate) struct Flips {
    holds: bool,
    waiting: Vec<u32>,
    holding: Vec<u32>,
}

/// Ticks that change nothing in a window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calm {
    /// The nearest prices that do.
    pub(crate) triggers: Triggers,
    /// The first time that does.
    pub(crate) until: i64,
}

impl Calm {
    const NONE: Calm = Calm { triggers: Triggers::ALL, until: i64::MIN };
}

/// Alerts that were taken out of a set because their condition may have changed.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// Those that measured a rise, or looked for a new high.
    pub(crate) rise: Vec<u32>,
    /// Those that measured a fall, or looked for a new low.
    pub(crate) fall: Vec<u32>,
}

impl Window {
    /// The window of a length as of the newest tick.
    pub(crate) fn new(span: i64, newest: Option<(Quote, i64)>, memory: &Memory) -> Self {
        let mut window = Self {
            span,
            users: 0,
            extremes: Extremes::default(),
            prior: Extremes::default(),
            complete: false,
            gauges: Default::default(),
            highs: Flips::default(),
            lows: Flips::default(),
        };
        if let Some((quote, time)) = newest {
            window.prior = memory.extremes(time, span, 1);
            window.extremes = window.prior;
            window.extremes.take_in(Mark::new(quote, time));
            window.judge_records(&quote);
        }
        window
    }

    /// Takes in a tick that the memory does not yet hold; alerts whose condition may have changed go to
    /// `due`.
    pub(crate) fn advance(&mut self, memory: &Memory, quote: &Quote, time: i64, due: &mut Due) {
        let newest = memory.is_newest(time);
        let kept = self.complete && newest && self.still_lasts(time);
        self.prior = if kept { self.extremes } else { memory.extremes(time, self.span, 0) };
        self.complete = newest;
        self.extremes = self.prior;
        self.extremes.take_in(Mark::new(*quote, time));
        self.judge_records(quote);
        self.highs.take_due(&mut due.rise);
        self.lows.take_due(&mut due.fall);
        self.measure(quote.reach(), due);
    }

    /// The gauge of those that measure a rise from the low, or a fall from the high.
    pub(crate) fn gauge(&mut self, side: Side, by: Shift) -> Option<&mut Gauge> {
        let base = self.base(side)?;
        let unit = Unit::of(by);
        let place = &mut self.gauges[side as usize][unit as usize];
        Some(place.get_or_insert_with(|| Box::new(Gauge::new(side, unit, base))))
    }

    /// What a rise or a fall is measured from.
    pub(crate) fn base(&self, side: Side) -> Option<Price> {
        let mark = match side {
            Side::Up => self.extremes.low,
            Side::Down => self.extremes.high,
        };
        mark.map(|mark| mark.rank.price)
    }

    /// Whether the newest price is a new high, or a new low.
    pub(crate) fn record(&self, side: Side) -> bool {
        match side {
            Side::Up => self.highs.holds,
            Side::Down => self.lows.holds,
        }
    }

    /// The extreme that a new high or low is measured against.
    pub(crate) fn former(&self, side: Side) -> Option<Price> {
        let mark = match side {
            Side::Up => self.prior.high,
            Side::Down => self.prior.low,
        };
        mark.map(|mark| mark.rank.price)
    }

    /// Those who wait for a new high, or for a new low.
    pub(crate) fn flips(&mut self, side: Side) -> &mut Flips {
        match side {
            Side::Up => &mut self.highs,
            Side::Down => &mut self.lows,
        }
    }

    /// The prices and times of ticks that change nothing here: newer ones, strictly between the extremes, before
    /// one of these goes out of the window, and short of what any alert measures to. There are none while the
    /// newest tick's own effects last.
    pub(crate) fn calm(&self) -> Calm {
        let is_settled = self.complete
            && self.extremes == self.prior
            && [&self.highs, &self.lows].into_iter().all(|flips| !flips.holds && flips.holding.is_empty());
        let extremes = self.extremes.high.zip(self.extremes.low);
        let Some((high, low)) = extremes.filter(|_| is_settled) else { return Calm::NONE };
        let gauges = self.gauges.iter().flatten().flatten().map(|gauge| gauge.triggers());
        let borders = Triggers { up: Reach::of(high.rank.key()).up, down: Reach::of(low.rank.key()).down };
        Calm {
            triggers: gauges.fold(borders, Triggers::nearer),
            until: high.end().min(low.end()).saturating_add(self.span),
        }
    }

    fn still_lasts(&mut self, time: i64) -> bool {
        let opening = time.saturating_sub(self.span);
        [&mut self.extremes.high, &mut self.extremes.low].into_iter().all(|mark| {
            mark.as_mut().is_some_and(|mark| {
                mark.follow(time);
                mark.lasts(opening)
            })
        })
    }

    fn judge_records(&mut self, quote: &Quote) {
        self.highs.holds = self.prior.high.is_some_and(|mark| Rank::from(*quote) > mark.rank);
        self.lows.holds = self.prior.low.is_some_and(|mark| Rank::from(*quote) < mark.rank);
    }

    fn measure(&mut self, reach: Reach, due: &mut Due) {
        let bases = [(self.extremes.low, &mut due.rise), (self.extremes.high, &mut due.fall)];
        for (gauges, (base, due)) in self.gauges.iter_mut().zip(bases) {
            let Some(base) = base else { continue };
            for gauge in gauges.iter_mut().flatten() {
                gauge.rebase(base.rank.price);
                if gauge.is_due(reach) {
                    gauge.take_due(reach, due);
                }
            }
        }
    }
}

impl Flips {
    /// Takes out those for whom the fact is no longer what it was.
    fn take_due(&mut self, due: &mut Vec<u32>) {
        due.append(self.list(!self.holds));
    }

    /// Adds an alert for which the fact is so; gives its place.
    pub(crate) fn join(&mut self, holds: bool, slot: u32) -> u32 {
        let list = self.list(holds);
        list.push(slot);
        u32::try_from(list.len() - 1).expect("no machine has memory for 2^32 alerts")
    }

    /// Takes the alert at a place out; gives the one that stands there from now on.
    pub(crate) fn leave(&mut self, holds: bool, place: u32) -> Option<u32> {
        let list = self.list(holds);
        list.swap_remove(place as usize);
        list.get(place as usize).copied()
    }

    fn list(&mut self, holds: bool) -> &mut Vec<u32> {
        if holds { &mut self.holding } else { &mut self.waiting }
    }
}
