//! How far a replay has come, on standard error where that is a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Ticks between two looks at the clock.
const STRIDE: u64 = 100_000;
/// The least time between two reports.
const INTERVAL: Duration = Duration::from_millis(200);

/// A line on the terminal that is written over again and again.
#[derive(Debug)]
pub(super) struct Progress {
    started: Instant,
    /// When the line was last written; absent where there is no terminal.
    shown: Option<Instant>,
}

impl Progress {
    pub(super) fn start() -> Self {
        let now = Instant::now();
        Self { started: now, shown: io::stderr().is_terminal().then_some(now) }
    }

    /// Time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// So many ticks were read and so many fires found.
    pub(super) fn note(&mut self, ticks: u64, fires: u64) {
        if let Some(shown) = &mut self.shown
            && ticks.is_multiple_of(STRIDE)
            && shown.elapsed() >= INTERVAL
        {
            *shown = Instant::now();
            // A terminal that cannot be written to is no reason to stop.
            let _ = write!(io::stderr(), "\r\x1b[K{ticks} ticks, {fires} fires");
        }
    }

    /// Takes the line away, so that what follows stands on a clean one.
    pub(super) fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
