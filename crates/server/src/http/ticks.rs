//! Ticks that are pushed: JSON lines from any source that has a price.

mod feeds;
mod line;
mod lines;
pub(super) mod push_ticks;

pub(super) use feeds::{is_seen_by, parts};
pub use line::read as read_tick;
