//! The time as the simulated world sees it. Whoever starts a simulator decides what that is.

/// What time it is. A closure will do; tests pass one that they turn by hand.
///
/// It dates trades, answers and mails. Waiting (ping intervals, paced replay) uses the runtime's timers.
pub trait Clock: Send + Sync + 'static {
    /// Microseconds since the Unix epoch.
    fn now_us(&self) -> i64;
}

impl<F: Fn() -> i64 + Send + Sync + 'static> Clock for F {
    fn now_us(&self) -> i64 {
        self()
    }
}
