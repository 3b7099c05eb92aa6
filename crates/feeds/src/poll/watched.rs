//! One wanted instrument of a polled venue: when it is asked for, and whether anything was missed.

use std::time::Duration;

use crate::guard::Guard;
use crate::{Coverage, Interruption};

/// One wanted instrument. Instants are by the clock that never goes back.
#[derive(Debug)]
pub(super) struct Watched {
    interval: Duration,
    /// When it is to be asked for next.
    pub(super) due: Duration,
    /// When its price was last heard.
    heard_at: Option<Duration>,
    /// Why the price before the next one is not in force then.
    gap: Option<Interruption>,
    /// What was last said of it.
    pub(super) coverage: Coverage,
    /// Keeps glitches out.
    pub(super) guard: Guard,
}

impl Watched {
    /// An instrument that is asked for at once. `why` its first price begins anew is said with that price.
    pub(super) fn new(now: Duration, interval: Duration, why: Interruption, guard: Guard) -> Self {
        Self { interval, due: now, heard_at: None, gap: Some(why), coverage: Coverage::Dark, guard }
    }

    /// Whether an answer that comes now is for it. One that others asked for a little early is.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.due <= now + self.interval / 10
    }

    /// Notes that its price came; why there is a gap before it, where there is one.
    pub(super) fn answered(&mut self, now: Duration) -> Option<Interruption> {
        self.heard_at = Some(now);
        self.step(now);
        self.gap.take()
    }

    /// Notes that an answer came without it.
    pub(super) fn unanswered(&mut self, now: Duration) {
        self.step(now);
        self.lose_sight();
    }

    /// When it counts as unwatched, where it is watched and nothing more is heard.
    pub(super) fn dark_at(&self, patience: Duration) -> Option<Duration> {
        self.heard_at.map(|heard_at| heard_at + self.interval * 3 + patience)
    }

    /// Notes that too much was missed for the last price to be in force.
    pub(super) fn lose_sight(&mut self) {
        if self.heard_at.take().is_some() {
            self.gap = self.gap.or(Some(Interruption::Unavailable));
        }
    }

    /// The next time it is asked for: in its own rhythm, or from now on where that was missed.
    fn step(&mut self, now: Duration) {
        self.due = (self.due + self.interval).max(now + self.interval / 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_rhythm_is_kept_and_a_missed_beat_is_not_made_up_for() {
        let mut watched = Watched::new(s(10), s(5), Interruption::FirstWatch, Guard::after(None, None));
        assert!(watched.is_due(s(10)) && !watched.is_due(s(9)));
        assert_eq!(watched.answered(s(11)), Some(Interruption::FirstWatch));
        assert_eq!(watched.due, s(15), "an answer that took a second does not shift the next");
        assert_eq!(watched.answered(s(40)), None);
        assert_eq!(watched.due, Duration::from_millis(42_500));
    }

    #[test]
    fn only_a_long_silence_is_a_gap() {
        let mut watched = Watched::new(s(0), s(5), Interruption::HistoryGone, Guard::after(None, None));
        assert_eq!(watched.dark_at(s(10)), None, "nothing was heard yet");
        watched.answered(s(1));
        assert_eq!(watched.dark_at(s(10)), Some(s(26)));
        assert_eq!(watched.answered(s(20)), None, "two beats were missed, and that is no gap");
        watched.lose_sight();
        assert_eq!(watched.dark_at(s(10)), None);
        assert_eq!(watched.answered(s(70)), Some(Interruption::Unavailable));
        assert_eq!(watched.answered(s(75)), None);
    }
}
