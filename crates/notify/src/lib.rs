//! The world is told: a message is rendered, sent over its channel, and what the receiver answered is
//! sorted into an [`Outcome`]. [`Sender`] is the one face for all channels.
//!
//! One file per channel: [`mail`], [`webhook`], [`telegram`], [`slack`], [`discord`], [`ntfy`]. Each
//! holds, in this order, its settings, its sender, what it sends, and how it reads the answers; what is
//! said stands in [`mod@render`] and `templates/`. All but mail leave by the one client of [`http`].
//!
//! This crate keeps nothing and decides nothing: which deliveries are due, under which lease, and
//! whether they are still wanted is the caller's business. When a failed one is tried again is a pure
//! table, [`schedule`]. No wall clock is read here: the time of sending comes in with each message.

pub mod discord;
pub mod http;
pub mod mail;
pub mod message;
pub mod ntfy;
pub mod outcome;
mod plain;
pub mod preview;
pub mod render;
pub mod schedule;
mod sender;
pub mod slack;
pub mod telegram;
mod tls;
pub mod webhook;

pub use discord::{DiscordSender, DiscordTarget};
pub use http::{AllowedNetworks, Endpoint, HttpClient, HttpSettings};
pub use mail::{MailSettings, MailUrl, Mailer};
pub use message::{
    About, AlertFired, Combined, Links, Message, Notice, Reader, ReportMessage, SecretLink, Together,
    VerifyAddress,
};
pub use ntfy::{NtfySender, NtfyTarget, NtfyTopic};
pub use outcome::Outcome;
pub use preview::{Previews, Push, previews};
pub use render::{Picture, PriceChart, Rendered, render};
pub use schedule::{Lane, next_attempt};
pub use sender::{Sender, Target};
pub use slack::{SlackSender, SlackTarget};
pub use telegram::{TelegramSender, TelegramTarget, TelegramToken};
pub use webhook::{WebhookSecret, WebhookSender, WebhookTarget};
