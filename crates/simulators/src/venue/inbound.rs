//! How fast a client may talk: so many frames a second, pings and pongs included.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// The frames of the last second.
#[derive(Debug)]
pub(crate) struct Inbound {
    most: usize,
    recent: VecDeque<Instant>,
}

impl Inbound {
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, recent: VecDeque::new() }
    }

    /// Counts a frame at `now`; false where it is one too many.
    pub(crate) fn admits(&mut self, now: Instant) -> bool {
        while self.recent.front().is_some_and(|at| now.duration_since(*at) >= SECOND) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.recent.len() <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_frame_within_a_second_is_one_too_many() {
        let start = Instant::now();
        let mut inbound = Inbound::new(5);
        let admitted: Vec<_> =
            [0, 100, 200, 300, 400, 999].map(|ms| inbound.admits(start + Duration::from_millis(ms))).into();
        assert_eq!(admitted, [true, true, true, true, true, false]);
        assert!(inbound.admits(start + Duration::from_millis(1_500)));
    }
}
