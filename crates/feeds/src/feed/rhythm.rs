//! How often an instrument usually trades, and whether it is silent for longer than that explains.
//!
//! No constant fits both a pair that trades a hundred times a second and one that trades once an hour. What is usual
//! is how long a trade is to be waited for at any moment: the mean of the gaps, each weighted by its length, so that
//! bursts do not make every pause look long. What was long ago counts less.

use std::time::Duration;

/// After this long what was observed counts half.
const HALF_LIFE_S: f64 = 1_800.0;
/// Gaps before anything is held to be usual.
const GAPS_LEAST: u32 = 32;
/// So many times the usual gap is no pause any more. Of a pair whose trades come at random, one pause in e³² is so long.
const TIMES: f64 = 16.0;

/// The rhythm of one instrument, by the clock that never goes back.
#[derive(Debug, Default)]
pub(super) struct Rhythm {
    /// When it was heard last, or could be heard again.
    since: Option<Duration>,
    /// Sums over the gaps, in seconds: of their lengths, and of their squares.
    gaps: f64,
    squares: f64,
    count: u32,
    /// Whether something was done about the present silence.
    is_told: bool,
}

impl Rhythm {
    /// A live trade came.
    pub(super) fn heard(&mut self, now: Duration) {
        match self.since.replace(now) {
            // Several in one batch are one.
            Some(before) if before == now => return,
            Some(before) => self.note(now.saturating_sub(before)),
            None => {}
        }
        self.is_told = false;
    }

    /// It can be heard from now on, or cannot: what it is silent while nobody listens says nothing.
    pub(super) fn listen(&mut self, now: Option<Duration>) {
        self.since = now;
    }

    /// Whether it is silent for longer than its own rhythm explains, and longer than `least`. Says so once; the
    /// silence counts among its gaps from then on, so that a market that goes to sleep is not found silent again
    /// and again.
    pub(super) fn falls_silent(&mut self, now: Duration, least: Duration) -> bool {
        let Some(silent) = self.since.map(|since| now.saturating_sub(since)) else { return false };
        let is_silent = !self.is_told
            && silent > least
            && self.usual_s().is_some_and(|usual_s| silent.as_secs_f64() > usual_s * TIMES);
        if is_silent {
            self.is_told = true;
            self.note(silent);
        }
        is_silent
    }

    fn usual_s(&self) -> Option<f64> {
        (self.count >= GAPS_LEAST && self.gaps > 0.0).then(|| self.squares / self.gaps)
    }

    fn note(&mut self, gap: Duration) {
        let gap_s = gap.as_secs_f64();
        let fades = (-gap_s / HALF_LIFE_S).exp2();
        self.gaps = self.gaps * fades + gap_s;
        self.squares = self.squares * fades + gap_s * gap_s;
        self.count = self.count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Duration = Duration::from_secs(1);

    /// A rhythm after gaps of so many milliseconds, and the time.
    fn after(gaps_ms: impl IntoIterator<Item = u64>) -> (Rhythm, Duration) {
        let (mut rhythm, mut now) = (Rhythm::default(), Duration::from_secs(100));
        rhythm.heard(now);
        for gap in gaps_ms {
            now += Duration::from_millis(gap);
            rhythm.heard(now);
        }
        (rhythm, now)
    }

    #[track_caller]
    fn check(gaps_ms: impl IntoIterator<Item = u64>, silent_s: u64, expected: bool) {
        let (mut rhythm, now) = after(gaps_ms);
        assert_eq!(rhythm.falls_silent(now + Duration::from_secs(silent_s), LEAST), expected);
    }

    #[test]
    fn each_is_measured_by_its_own_rhythm() {
        let every = |ms: u64, times: usize| std::iter::repeat_n(ms, times);
        check(every(100, 100), 2, true);
        check(every(100, 100), 1, false);
        check(every(60_000, 100), 900, false);
        check(every(60_000, 100), 1_000, true);
        check(every(100, 31), 3_600, false);
        // Bursts of fifty within a second, a minute apart: a minute's silence is usual, and so are ten.
        let bursts = || (0..20).flat_map(|_| std::iter::repeat_n(20, 50).chain([60_000]));
        check(bursts(), 600, false);
        check(bursts(), 1_200, true);
    }

    #[test]
    fn a_silence_is_told_once_and_again_only_after_a_trade() {
        let (mut rhythm, now) = after(std::iter::repeat_n(100, 100));
        let at = |seconds: u64| now + Duration::from_secs(seconds);
        assert!(rhythm.falls_silent(at(5), LEAST));
        assert!(!rhythm.falls_silent(at(500), LEAST));
        rhythm.heard(at(501));
        // The long silence is part of what is usual now.
        assert!(!rhythm.falls_silent(at(600), LEAST));
    }

    #[test]
    fn while_nobody_listens_nobody_is_silent() {
        let (mut rhythm, now) = after(std::iter::repeat_n(100, 100));
        rhythm.listen(None);
        assert!(!rhythm.falls_silent(now + Duration::from_secs(60), LEAST));
        rhythm.listen(Some(now + Duration::from_secs(60)));
        assert!(!rhythm.falls_silent(now + Duration::from_secs(61), LEAST));
        assert!(rhythm.falls_silent(now + Duration::from_secs(63), LEAST));
    }
}
