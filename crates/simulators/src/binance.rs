//! A Binance that needs no network: spot market data over REST and WebSocket, after the documentation of
//! 2026-07 (`binance-spot-api-docs`), with a market behind it and faults on command.
//!
//! It has no accounts, orders or user data, and no diff-depth streams.

pub(crate) mod config;
mod control;
mod control_http;
mod counters;
mod fault;
mod limits;
mod market;
mod rest;
mod running;
mod unit;
mod world;
mod ws;

pub use config::{Config, Market, Replay, Speed, Stamps};
pub use control::{Control, ControlError};
pub use counters::Counters;
pub use fault::{Fault, Malformed};
pub use limits::Limits;
pub use market::fixed::{Fixed, FixedError};
pub use market::recording::RecordingError;
pub use market::trade::AggTrade;
pub use running::{BinanceSimulator, Running, StartError};
