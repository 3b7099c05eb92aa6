//! The feeds of single venues against those venues in a box: real sockets, real time, faults on command.
//!
//! What is the same for all venues is tried against the fake one in `tests/feed`, in paused time. Here stands
//! that each venue's protocol is spoken as the simulators speak it, which share no code with the feeds.
#![expect(clippy::unwrap_used, reason = "a test's support fails loudly")]

mod coinbase;
mod coingecko;
mod kraken;
mod rig;
mod suite;
mod uphold;
