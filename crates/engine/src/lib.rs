//! The evaluation engine: alerts and ticks in, fires out. Pure: no clock, no I/O, no randomness.
//!
//! [`Engine::arm`] takes an alert, [`Engine::apply`] a tick. A tick costs what it fires, not what is
//! armed: every alert stands in an ordered structure from which exactly the ticks that matter to it wake
//! it. The table in [`seat`] says which structure serves which kind and what that costs.
//!
//! - [`Engine`] is the face.
//! - `key`, `exact`: prices as ordered 64-bit keys, thresholds as exact numbers.
//! - `record`, `detail`, `alerts`, `pages`: what is kept of an alert.
//! - `ladder`, `band`, `gauge`, `window`, `memory`, `trail`, `compound`: the structures that wake alerts.
//! - `book`, `last`: all of one instrument. `enlist`, `seat`, `judge`, `group`, `part`: the life of an alert.
//! - `silence`: alerts on instruments of which no tick comes.
//! - `outlook`: why an alert has not fired, and what it would take.
//! - `advice`: how often a price was reached in the past.
//! - `renumber`: a venue that counts anew.
//! - `products`: the rules of product alerts, each a function of what it is given.
//! - `figures`, `summary`: figures of several prices, rounded from their exact values.
//! - `carry`: what an instrument remembers, as bytes that outlive the process.

mod advice;
mod alerts;
mod arming;
mod band;
mod book;
mod carry;
mod compound;
mod detail;
mod engine;
mod enlist;
mod exact;
mod figures;
mod fire;
mod gauge;
mod group;
mod judge;
mod key;
mod ladder;
mod last;
mod market;
mod memory;
mod outlook;
mod pages;
mod part;
pub mod products;
mod record;
mod renumber;
mod seat;
mod silence;
mod summary;
mod trail;
mod truth;
mod window;

pub use advice::{Reached, reached};
pub use arming::{Arming, Policy, Unsupported};
pub use carry::BadMemory;
pub use engine::{Engine, InstrumentKey, Slot};
pub use fire::{Applied, Fire};
pub use market::Market;
pub use outlook::{Hindrance, Nearest, Outlook, Target};
pub use summary::{Change, Summary, summary};
