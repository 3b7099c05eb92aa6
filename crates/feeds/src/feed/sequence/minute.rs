//! What was heard of the minute that runs.

use bellwether_model::{Candle, Interval, Tick, Timestamp};

/// The minute of the last trade.
#[derive(Debug)]
pub(super) struct Minute {
    candle: Option<Candle>,
    /// When it is over. The beginning of time where there is none.
    end: Timestamp,
}

impl Default for Minute {
    fn default() -> Self {
        Self { candle: None, end: Timestamp::from_micros(i64::MIN) }
    }
}

impl Minute {
    /// Takes in the next trade. One whose time runs back counts in the minute that runs.
    #[inline]
    pub(super) fn hear(&mut self, tick: &Tick) {
        match &mut self.candle {
            Some(candle) if tick.time < self.end => candle.take_in(tick.price),
            _ => self.turn(tick),
        }
    }

    /// What was heard of it, where anything was: partial where that does not reach back to its beginning.
    pub(super) fn heard(&self) -> Option<Candle> {
        self.candle
    }

    #[cold]
    fn turn(&mut self, tick: &Tick) {
        let partial = self.candle.is_none();
        let candle = Candle { partial, ..Candle::of(Interval::Minute, tick) };
        self.end = Interval::Minute.end_of(candle.open_time);
        self.candle = Some(candle);
    }
}
