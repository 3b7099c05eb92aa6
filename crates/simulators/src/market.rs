//! The market behind a simulated venue: what was traded, what is traded, and what it adds up to.
//!
//! Nothing here knows HTTP or WebSockets.

pub(crate) mod candle;
pub(crate) mod catalogue;
pub(crate) mod driver;
pub(crate) mod exchange;
pub(crate) mod fixed;
pub(crate) mod interval;
pub(crate) mod ledger;
pub(crate) mod noise;
pub(crate) mod nudge;
pub(crate) mod quote;
pub(crate) mod recording;
pub(crate) mod seeded;
pub(crate) mod statistics;
pub(crate) mod symbol;
pub(crate) mod tape;
pub(crate) mod trade;
pub(crate) mod walk;
