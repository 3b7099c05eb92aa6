//! Everything that the binary `bellwether` is made of: configuration, command line, HTTP API, workers
//! and their wiring. The crates below it are pure or know one part of the world; here they meet.

pub mod accounts;
mod apply;
mod attention;
pub mod backtest;
pub mod channels;
pub mod cli;
pub mod clock;
mod cluster;
pub mod config;
pub mod crash;
pub mod deliver;
pub mod demo;
mod doctor;
pub mod evaluate;
pub mod feed_states;
pub mod feeding;
mod history;
pub mod http;
pub mod journal;
pub mod json;
pub mod links;
pub mod logging;
mod loopback;
mod meters;
pub mod pictures;
mod preview;
pub mod products;
mod quarantine;
mod remote;
pub mod run;
pub mod simulate;
pub mod single_user;
mod switches;
mod tls;
pub mod traces;
pub mod watch;
