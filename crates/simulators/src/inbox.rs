//! An inbox for mail that must not leave the machine: a real SMTP server, a JSON interface, and a page that
//! shows each mail as its reader sees it. Faults happen on command.
//!
//! It takes mail for anyone and passes none on. It checks no signatures and judges no spam.

mod certificate;
mod config;
mod counts;
mod fault;
mod letter;
mod mail;
mod mailbox;
mod running;
mod smtp;
mod web;

pub use config::{Credentials, InboxConfig, Keep};
pub use counts::Counts;
pub use fault::{Action, Fault, FaultError, Stage};
pub use letter::{Inline, Letter};
pub use mail::Mail;
pub use mailbox::{InVain, Mailbox};
pub use running::{Faults, Inbox, Running, StartError};
