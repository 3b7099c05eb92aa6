//! Everything that one instrument ever said, and what follows from it.

use bellwether_model::{Position, Price, Span, Tick, Timestamp};

/// What became of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was applied.
    Fresh,
    /// It came too late and changed nothing.
    Stale,
    /// It has an id on an instrument whose ticks have none, or the reverse, and changed nothing.
    Mixed,
}

/// Every tick of one instrument that was applied, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    ticks: Vec<Tick>,
    /// Whether an unfilled gap follows the newest tick.
    gap: bool,
}

impl History {
    /// Applies a tick, where it may be.
    pub(crate) fn apply(&mut self, tick: Tick) -> Verdict {
        let verdict = self.judge(&tick);
        if verdict == Verdict::Fresh {
            self.ticks.push(tick);
            self.gap = false;
        }
        verdict
    }

    fn judge(&self, tick: &Tick) -> Verdict {
        let Some(last) = self.ticks.last() else {
            return Verdict::Fresh;
        };
        let stale = match (last.id, tick.id) {
            // "With ids: a tick whose id is not greater than the last applied id is stale."
            (Some(last_id), Some(id)) => id <= last_id,
            // "Without ids: a tick whose time is before the last applied time is stale (an equal time is
            // applied, in order of arrival)", and the number that it got where it entered is there "so
            // that a redelivery can never be applied twice".
            (None, None) => tick.time < last.time || tick.position <= last.position,
            // "An instrument's ticks either all have ids or all have none; a mixture is refused."
            (Some(_), None) | (None, Some(_)) => return Verdict::Mixed,
        };
        if stale { Verdict::Stale } else { Verdict::Fresh }
    }

    /// Notes that the instrument was not watched from its newest tick on, and that nobody can tell what
    /// was missed.
    pub(crate) fn interrupt(&mut self) {
        self.gap = true;
    }

    /// Every tick up to now.
    pub(crate) fn ticks(&self) -> &[Tick] {
        &self.ticks
    }

    /// The position of the newest tick.
    pub(crate) fn position(&self) -> Option<Position> {
        self.ticks.last().map(|tick| tick.position)
    }

    /// Whether "the instrument has been watched without an unfilled gap since" its newest tick.
    pub(crate) fn is_in_force(&self) -> bool {
        !self.ticks.is_empty() && !self.gap
    }

    /// The price of the last tick up to a position.
    pub(crate) fn price_at(&self, position: Option<Position>) -> Option<Price> {
        let position = position?;
        let upto = self.ticks.iter().rev().find(|tick| tick.position <= position);
        upto.map(|tick| tick.price)
    }
}

/// The prices in force at some moment of `[t-w, t]`, t being the time of the newest tick: "every tick
/// with time in `(t-w, t]` up to and with the current one, and the last tick with time `<= t-w`".
pub(crate) fn window(ticks: &[Tick], window: Span) -> Vec<Price> {
    match ticks.last() {
        Some(now) => prices_during(ticks, now.time, window),
        None => Vec::new(),
    }
}

/// "The window of `new_high` and `new_low` is the same without the current tick."
pub(crate) fn window_before(ticks: &[Tick], window: Span) -> Vec<Price> {
    match ticks.split_last() {
        Some((now, before)) => prices_during(before, now.time, window),
        None => Vec::new(),
    }
}

fn prices_during(ticks: &[Tick], now: Timestamp, window: Span) -> Vec<Price> {
    let (now, opening) = (micros(now), micros(now) - i128::from(window.micros()));
    let inside = ticks.iter().filter(|tick| opening < micros(tick.time) && micros(tick.time) <= now);
    // "Windows go by time; where a venue's times run back while its ids go on, the opener is the last
    // tick applied with time `<= t-w`."
    let opener = ticks.iter().rev().find(|tick| micros(tick.time) <= opening);
    opener.into_iter().chain(inside).map(|tick| tick.price).collect()
}

/// An instant in microseconds, wide enough to add any span to it.
pub(crate) fn micros(time: Timestamp) -> i128 {
    i128::from(time.micros())
}
