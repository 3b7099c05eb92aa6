//! A CoinGecko that needs no network: the prices of coins over REST, after the documentation (`/coins/markets`,
//! `/simple/price`, "Rate Limits", state of 2026-11), with a market behind it and faults on command.
//!
//! It has no accounts and takes any key. A coin that is priced by hand keeps that price, to the last digit, until it is
//! priced anew.

mod catalogue;
mod limits;
mod market;
mod prices;
mod rest;
mod running;

pub use crate::venue::config::Market;
pub use crate::venue::control::{Control, ControlError};
pub use crate::venue::counters::Counters;
pub use crate::venue::fault::{Fault, Malformed};
pub use crate::venue::running::StartError;
pub use limits::Limits;
pub use running::{CoingeckoSimulator, Running};

/// How a simulated CoinGecko is set up.
pub type Config = crate::venue::config::Config<Limits>;
