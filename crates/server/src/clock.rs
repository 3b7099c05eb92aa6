//! What time it is, handed to everything that needs to know.

use std::sync::Arc;

/// The clock that a process runs by.
pub type Clock = Arc<dyn bellwether_feeds::world::Clock>;

/// The machine's own clock.
#[must_use]
pub fn system() -> Clock {
    Arc::new(bellwether_feeds::world::SystemClock::start())
}
