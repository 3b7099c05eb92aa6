//! The world is told: a message is rendered, sent over its channel, and what the receiver answered is
//! sorted into an [`Outcome`].
//!
//! One file per channel: [`mail`], [`webhook`]. Each holds, in this order, its settings, its sender, what it
//! sends, and how it reads the answers; what is said stands in [`mod@render`] and `templates/`.
//!
//! This crate keeps nothing and decides nothing: which deliveries are due, under which lease, and
//! whether they are still wanted is the caller's business. When a failed one is tried again is a pure
//! table, [`schedule`]. No wall clock is read here: the time of sending comes in with each message.

pub mod http;
pub mod mail;
pub mod message;
pub mod outcome;
mod plain;
pub mod render;
pub mod schedule;
mod tls;
pub mod webhook;

pub use http::{AllowedNetworks, Endpoint, HttpClient, HttpSettings};
pub use mail::{MailSettings, MailUrl, Mailer};
pub use message::{AlertFired, Links, Message, Reader, VerifyAddress};
pub use outcome::Outcome;
pub use render::{Rendered, render};
pub use schedule::{Lane, next_attempt};
pub use webhook::{WebhookSecret, WebhookSender, WebhookTarget};
