//! An Uphold that needs no network: its public tickers over REST, after the documentation (`_tickers.md`,
//! `_ratelimits.md`, `_errors.md`, state of 2026-05), with a market behind it and faults on command.
//!
//! It has no accounts and no cards. A pair that is quoted by hand keeps that quote, to the last digit, until it
//! is quoted anew.

mod catalogue;
mod limits;
mod quotes;
mod rest;
mod running;
mod ticker;

pub use crate::venue::config::Market;
pub use crate::venue::control::{Control, ControlError};
pub use crate::venue::counters::Counters;
pub use crate::venue::fault::{Fault, Malformed};
pub use crate::venue::running::StartError;
pub use limits::Limits;
pub use running::{Running, UpholdSimulator};

/// How a simulated Uphold is set up.
pub type Config = crate::venue::config::Config<Limits>;
