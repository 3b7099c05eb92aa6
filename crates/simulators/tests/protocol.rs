//! The simulators as their clients meet them: over sockets, with clients that others have written.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "protocol/client.rs"]
mod client;
#[path = "protocol/coinbase.rs"]
mod coinbase;
#[path = "protocol/control.rs"]
mod control;
#[path = "protocol/ebay.rs"]
mod ebay;
#[path = "protocol/faults.rs"]
mod faults;
#[path = "protocol/inbox_page.rs"]
mod inbox_page;
#[path = "protocol/kraken.rs"]
mod kraken;
#[path = "protocol/limits.rs"]
mod limits;
#[path = "protocol/receivers.rs"]
mod receivers;
#[path = "protocol/replay.rs"]
mod replay;
#[path = "protocol/rest.rs"]
mod rest;
#[path = "protocol/smtp.rs"]
mod smtp;
#[path = "protocol/smtp_client.rs"]
mod smtp_client;
#[path = "protocol/smtp_faults.rs"]
mod smtp_faults;
#[path = "protocol/streams.rs"]
mod streams;
