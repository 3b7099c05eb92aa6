//! A Coinbase Exchange that needs no network: market data over its WebSocket feed and REST, after the
//! documentation (`exchange/websocket-feed`, `exchange/rest-api`, state of 2026-11), with a market behind it
//! and faults on command.
//!
//! It has no accounts and orders, and no order books: the channels `level2`, `level3` and `full` are refused,
//! as the venue refuses them without a login.

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
pub use running::CoinbaseSimulator;

/// How a simulated Coinbase is set up.
pub type Config = crate::venue::config::Config<Limits>;
