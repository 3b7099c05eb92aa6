//! The services that messages are posted to, in a box: a webhook's receiver, Telegram, Slack, Discord and
//! ntfy, with their answers, limits and errors. Faults happen on command, and what came is listed.
//!
//! All of them stand behind one address, told apart by their paths as the real ones have them, so that a
//! client needs another base address and nothing else. Each reads what comes by rules of its own.
//!
//! | path | service |
//! |---|---|
//! | `/hooks/…` | a receiver of Standard Webhooks, which verifies signatures |
//! | `/bot<token>/sendMessage` | Telegram |
//! | `/services/T…/B…/…` | Slack |
//! | `/api/webhooks/<id>/<token>` | Discord |
//! | `/` | ntfy |

mod config;
mod discord;
mod fault;
mod flow;
mod markup;
mod ntfy;
mod post;
mod postbox;
mod running;
mod serving;
mod slack;
mod telegram;
mod web;
mod webhook;

pub use config::ReceiversConfig;
pub use fault::{Action, Fault, FaultError};
pub use post::{Post, Service};
pub use postbox::{InVain, Postbox};
pub use running::{Receivers, Running};
