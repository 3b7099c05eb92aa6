//! The outside world in a box: venues that trade without the network, an inbox that shows the mail, and the
//! services that messages are posted to.
//!
//! Everything here speaks the real protocols on loopback sockets, so that the product, its tests and other
//! people's clients use it unchanged but for the address. Faults happen on command.
//!
//! It deliberately uses none of the product's crates: a field name that is wrong here and there alike would
//! pass every test and fail at the venue.

pub mod binance;
mod clock;
pub mod coinbase;
pub mod coingecko;
mod door;
pub mod ebay;
pub mod inbox;
pub mod kraken;
mod market;
pub mod receivers;
mod rfc3339;
mod tasks;
pub mod uphold;
mod venue;

pub use clock::Clock;
