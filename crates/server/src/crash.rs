//! Points at which a test can kill the process, to show that nothing is lost there.
//!
//! `BELLWETHER_CRASH=committed:17` kills the process, as `kill -9` would, the seventeenth time it passes
//! that point. `BELLWETHER_CRASH=committed:17:panic` panics there instead, as a fault of the program would. Builds without
//! debug assertions have none of this.

/// A step on the way from a tick to a recorded delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Ticks that nobody can repeat were written to their log; they are not yet evaluated.
    Logged,
    /// Ticks were applied to the engine; their fires are not yet stored.
    Applied,
    /// Fires and the deliveries they owe were stored.
    Committed,
    /// Deliveries were claimed by a worker.
    Claimed,
    /// The receiver accepted a message; this is not yet recorded.
    Accepted,
    /// Attempts were recorded.
    Recorded,
}

impl Point {
    /// Every point, in the order in which a tick and its fire pass them.
    pub const ALL: [Point; 6] =
        [Point::Logged, Point::Applied, Point::Committed, Point::Claimed, Point::Accepted, Point::Recorded];
    /// Those that every fire passes.
    pub const OF_A_FIRE: [Point; 5] =
        [Point::Applied, Point::Committed, Point::Claimed, Point::Accepted, Point::Recorded];

    /// The point's name in the variable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Point::Logged => "logged",
            Point::Applied => "applied",
            Point::Committed => "committed",
            Point::Claimed => "claimed",
            Point::Accepted => "accepted",
            Point::Recorded => "recorded",
        }
    }
}

/// Passes a point.
#[cfg(not(debug_assertions))]
#[inline]
pub(crate) fn point(_: Point) {}

/// Passes a point, and kills the process or panics where this is the passage that was asked for.
#[cfg(debug_assertions)]
pub(crate) fn point(point: Point) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Plan {
        point: &'static str,
        left: AtomicU64,
        panics: bool,
    }
    static PLAN: LazyLock<Option<Plan>> = LazyLock::new(|| {
        let text = std::env::var("BELLWETHER_CRASH").ok()?;
        let (name, passages) = text.split_once(':')?;
        let (passages, panics) =
            passages.strip_suffix(":panic").map_or((passages, false), |passages| (passages, true));
        let point = Point::ALL.into_iter().map(Point::name).find(|known| *known == name)?;
        Some(Plan { point, left: AtomicU64::new(passages.parse().ok()?), panics })
    });
    let Some(plan) = &*PLAN else { return };
    if plan.point == point.name() && plan.left.fetch_sub(1, Ordering::Relaxed) == 1 {
        assert!(!plan.panics, "a test asked for this");
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        loop {
            std::thread::park();
        }
    }
}
