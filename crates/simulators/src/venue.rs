//! What every simulated venue has in common: how it is set up and started, what goes wrong on command, what
//! is counted, and how a connection lives. What a venue says is its [`dialect::Dialect`] and its routes.

pub(crate) mod asked;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod control;
mod control_http;
pub(crate) mod counters;
pub(crate) mod dialect;
pub(crate) mod entrance;
pub(crate) mod fault;
pub(crate) mod inbound;
pub(crate) mod malformed;
mod outbox;
mod pings;
pub(crate) mod rest;
pub(crate) mod running;
mod seat;
pub(crate) mod stage;
