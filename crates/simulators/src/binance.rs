//! A Binance that needs no network: spot market data over REST and WebSocket, after the documentation of
//! 2026-07 (`binance-spot-api-docs`), with a market behind it and faults on command.
//!
//! It has no accounts, orders or user data, and no diff-depth streams.

pub(crate) mod catalogue;
mod limits;
mod rest;
mod running;
mod unit;
mod world;
mod ws;

pub use crate::market::fixed::{Fixed, FixedError};
pub use crate::market::recording::RecordingError;
pub use crate::market::trade::Trade as AggTrade;
pub use crate::venue::config::{Market, Replay, Speed, Stamps};
pub use crate::venue::control::{Control, ControlError};
pub use crate::venue::counters::Counters;
pub use crate::venue::fault::{Fault, Malformed};
pub use crate::venue::running::{Running, StartError};
pub use limits::Limits;
pub use running::BinanceSimulator;

/// How a simulated Binance is set up.
pub type Config = crate::venue::config::Config<Limits>;
