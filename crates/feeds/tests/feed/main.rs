//! The feed's loop against a whole fake venue: sockets, REST, faults, and a clock of its own.
//!
//! Time is tokio's paused time, chance is seeded, nothing leaves the process.
#![expect(clippy::unwrap_used, reason = "a test's support fails loudly")]

mod counts;
mod exchange;
mod exchange_http;
mod exchange_socket;
mod rig;
mod silence;
mod standing_in;

mod back_pressure;
mod following;
mod limits;
mod outages;
mod reconnecting;
mod refilling;
