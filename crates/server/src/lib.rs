//! Everything that the binary `bellwether` is made of: configuration, command line, HTTP API, workers
//! and their wiring. The crates below it are pure or know one part of the world; here they meet.

pub mod accounts;
pub mod backtest;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crash;
pub mod deliver;
pub mod demo;
pub mod evaluate;
pub mod feeding;
mod history;
pub mod http;
pub mod json;
pub mod logging;
pub mod run;
pub mod simulate;
