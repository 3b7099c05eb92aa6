//! The candles of one instrument as its ticks go by.
//!
//! It is synchronous and reads no clock: a candle is over when a tick comes that lies behind its end. Most
//! ticks touch the minute only, at the cost of three comparisons; the hour and the day take in a minute
//! when it is over, or when they are asked for.
//!
//! What was not watched is left to the venue: candles that may lack ticks are marked as partial, and the
//! stretch becomes a hole. It is tested in `tests` beside it and, over a restart, in the system tests.

#[cfg(test)]
mod tests;

use bellwether_model::{Candle, Instrument, Interval, Tick, Timestamp};
use bellwether_store::candle::{Hole, NewCandle, RunningCandles};

use super::outbox::Checkpoint;

const DAY_US: i64 = Interval::Day.micros();

/// How far back an instrument's past is wanted when it is watched for the first time, and fetched at most
/// after an interruption.
const fn reach_us(interval: Interval) -> i64 {
    match interval {
        Interval::Minute => 30 * DAY_US,
        Interval::Hour | Interval::Day => 365 * DAY_US,
    }
}

/// What is known of the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// It was never watched, and its past is not asked for yet.
    Never,
    /// Ticks may have been missed since this instant.
    LostSince(Timestamp),
    /// Every tick comes.
    Clear,
}

/// The candles of one instrument that run, and what waits to be stored of them.
#[derive(Debug)]
pub(super) struct Candles {
    running: RunningCandles,
    /// The end of the running minute, behind which a tick takes the long way. The beginning of time while
    /// the sight is not clear, so that the next tick does.
    minute_end: Timestamp,
    sight: Sight,
    finished: Vec<(Interval, Candle)>,
    holes: Vec<(Interval, Timestamp, Timestamp)>,
}

impl Candles {
    /// Of an instrument that was never watched.
    pub(super) fn new() -> Self {
        Self {
            running: RunningCandles::default(),
            minute_end: LONG_AGO,
            sight: Sight::Never,
            finished: Vec::new(),
            holes: Vec::new(),
        }
    }

    /// Going on from those that ran at a checkpoint.
    pub(super) fn resume(running: RunningCandles) -> Self {
        let mut candles = Self { running, ..Self::new() };
        if let Some(minute) = running.minute {
            candles.sight = Sight::Clear;
            candles.minute_end = Interval::Minute.end_of(minute.open_time);
        }
        candles
    }

    /// Takes in a tick that was applied. One whose time runs back counts in the minute that runs.
    pub(super) fn observe(&mut self, tick: &Tick) {
        match &mut self.running.minute {
            Some(minute) if tick.time < self.minute_end => minute.take_in(tick.price),
            _ => self.turn(tick),
        }
    }

    /// Notes that ticks may be missed from here to the next one that comes.
    pub(super) fn lose_sight(&mut self) {
        self.gather();
        let RunningCandles { minute, hour, day } = &mut self.running;
        for candle in [&mut *minute, hour, day].into_iter().flatten() {
            candle.partial = true;
        }
        if let (Some(minute), Sight::Clear) = (minute, self.sight) {
            self.sight = Sight::LostSince(minute.open_time);
        }
        self.minute_end = LONG_AGO;
    }

    /// The same, with the instant. Where the instrument was never watched its past is wanted, whether or
    /// not a tick ever comes.
    pub(super) fn interrupt(&mut self, now: Timestamp) {
        self.lose_sight();
        if self.sight == Sight::Never {
            for interval in Interval::ALL {
                let to = interval.open_of(now);
                self.holes.push((interval, reach(interval, to), to));
            }
            self.sight = Sight::LostSince(now);
        }
    }

    /// Those that run, each with everything that was taken in.
    pub(super) fn running(&mut self) -> RunningCandles {
        self.gather();
        self.running
    }

    /// Hands what waits to a checkpoint.
    pub(super) fn hand_over(&mut self, instrument: &Instrument, checkpoint: &mut Checkpoint) {
        let of = |(interval, candle)| NewCandle { instrument: instrument.clone(), interval, candle };
        checkpoint.candles.extend(self.finished.drain(..).map(of));
        let of = |(interval, from, to)| Hole { instrument: instrument.clone(), interval, from, to };
        checkpoint.holes.extend(self.holes.drain(..).map(of));
    }

    /// Takes in a tick that begins a minute, or the first one after ticks may have been missed.
    #[cold]
    fn turn(&mut self, tick: &Tick) {
        let missed = self.regain_sight(tick.time);
        self.gather();
        for interval in Interval::ALL {
            let running = slot(&mut self.running, interval);
            match running {
                Some(candle) if tick.time < interval.end_of(candle.open_time) => {
                    candle.take_in(tick.price);
                    candle.partial |= missed;
                }
                _ => {
                    let begun = Candle { partial: missed, ..Candle::of(interval, tick) };
                    self.finished.extend(running.replace(begun).map(|over| (interval, over)));
                }
            }
        }
        self.minute_end =
            self.running.minute.map_or(LONG_AGO, |minute| Interval::Minute.end_of(minute.open_time));
    }

    /// Makes a hole of what was not watched before a tick; whether there was something.
    fn regain_sight(&mut self, time: Timestamp) -> bool {
        let since = match self.sight {
            Sight::Clear => return false,
            Sight::LostSince(since) => Some(since.min(time)),
            Sight::Never => None,
        };
        for interval in Interval::ALL {
            let open = interval.open_of(time);
            let furthest = reach(interval, open);
            let from = since.map_or(furthest, |since| interval.open_of(since).max(furthest));
            self.holes.push((interval, from, interval.end_of(open)));
        }
        self.sight = Sight::Clear;
        true
    }

    /// Has the hour and the day take in the minute.
    fn gather(&mut self) {
        let RunningCandles { minute: Some(minute), hour, day } = &mut self.running else { return };
        for longer in [hour, day].into_iter().flatten() {
            longer.take_in_candle(minute);
        }
    }
}

const LONG_AGO: Timestamp = Timestamp::from_micros(i64::MIN);

fn reach(interval: Interval, until: Timestamp) -> Timestamp {
    Timestamp::from_micros(until.micros().saturating_sub(reach_us(interval)))
}

fn slot(running: &mut RunningCandles, interval: Interval) -> &mut Option<Candle> {
    match interval {
        Interval::Minute => &mut running.minute,
        Interval::Hour => &mut running.hour,
        Interval::Day => &mut running.day,
    }
}
