//! A Kraken that needs no network: spot market data over WebSocket version 2 and REST, after the
//! documentation (`spot-websocket-v2`, `rest-api`, state of 2026-11), with a market behind it and faults on
//! command.
//!
//! It has no accounts, orders or order books. Its trades have microseconds; where the venue writes finer
//! times, digits are made up.

mod catalogue;
mod limits;
mod payload;
mod rest;
mod running;
mod ws;

pub use crate::market::fixed::{Fixed, FixedError};
pub use crate::market::recording::RecordingError;
pub use crate::market::trade::Trade;
pub use crate::venue::config::{Market, Replay, Speed, Stamps};
pub use crate::venue::control::{Control, ControlError};
pub use crate::venue::counters::Counters;
pub use crate::venue::fault::{Fault, Malformed};
pub use crate::venue::running::{Running, StartError};
pub use limits::Limits;
pub use running::KrakenSimulator;

/// How a simulated Kraken is set up.
pub type Config = crate::venue::config::Config<Limits>;
