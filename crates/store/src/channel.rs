//! Channels that users make: a webhook, a chat, another address of theirs.
//!
//! Where a channel leads is a secret more often than not (whoever has a webhook's address can write to it),
//! so the store keeps it sealed by its caller and cannot read it.

use std::fmt;

use bellwether_model::{ChannelId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::alert::Idempotency;
use crate::words::words;

/// What a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// An address besides the account's own.
    Email,
    /// A program of the user's.
    Webhook,
    /// A chat of Telegram.
    Telegram,
    /// A channel of Slack.
    Slack,
    /// A channel of Discord.
    Discord,
    /// A topic of ntfy.
    Ntfy,
}

words! {
    ChannelKind {
        Email = "email",
        Webhook = "webhook",
        Telegram = "telegram",
        Slack = "slack",
        Discord = "discord",
        Ntfy = "ntfy",
    }
}

/// How a message travels. Mails share one mail server and posts do not need it, so neither waits for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Medium {
    /// By mail: to an account's own address, or to a mailbox that is a channel.
    Mail,
    /// By a request to the receiver's own server: webhooks, chats, ntfy.
    Post,
}

impl ChannelKind {
    /// How messages travel over such a channel.
    #[must_use]
    pub const fn medium(self) -> Medium {
        match self {
            ChannelKind::Email => Medium::Mail,
            ChannelKind::Webhook
            | ChannelKind::Telegram
            | ChannelKind::Slack
            | ChannelKind::Discord
            | ChannelKind::Ntfy => Medium::Post,
        }
    }
}

/// What may be sent over a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelStatus {
    /// Nothing yet but checks and tests: its messages are held until its receiver has agreed.
    Unverified,
    /// Everything.
    Active,
    /// Nothing but tests: its receiver is gone, or wants no more. Its messages are dead letters.
    Disabled,
    /// Nothing, for ever.
    Deleted,
}

words! {
    ChannelStatus {
        Unverified = "unverified",
        Active = "active",
        Disabled = "disabled",
        Deleted = "deleted",
    }
}

/// Where a channel leads, sealed by whoever put it in. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(***)")
    }
}

/// A channel that a user made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserChannel {
    /// Which.
    pub id: ChannelId,
    /// Whose.
    pub user: UserId,
    /// What it is.
    pub kind: ChannelKind,
    /// What its user calls it; empty where they gave no name.
    pub name: String,
    /// What may be sent over it.
    pub status: ChannelStatus,
    /// Of a disabled one: what its receiver said.
    pub reason: Option<String>,
    /// Where it leads.
    pub target: Sealed,
    /// Grows with each change of its name, target or status.
    pub version: u64,
    /// Attempts that failed since the last one that did not.
    pub failures: u64,
    /// When its receiver last accepted a message.
    pub last_delivered_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name, target or status last changed.
    pub updated_at: Timestamp,
}

/// A channel as it is accepted.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Which.
    pub id: ChannelId,
    /// Whose.
    pub user: UserId,
    /// What it is.
    pub kind: ChannelKind,
    /// What its user calls it.
    pub name: String,
    /// What may be sent over it at first.
    pub status: ChannelStatus,
    /// Where it leads.
    pub target: Sealed,
    /// The key of the request, where it had one.
    pub idempotency: Option<Idempotency>,
}

/// What became of a wish to create a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelCreation {
    /// It is there.
    Created(Box<UserChannel>),
    /// The same request had created it before; the channel as it is now.
    Repeated(Box<UserChannel>),
    /// The key was used for another request, or for a channel that is deleted since.
    KeyConflict,
    /// The user has as many channels as allowed (deleted ones do not count).
    LimitReached,
    /// There is no such user, or no longer.
    NoUser,
}

/// A change of a channel by its user; `None` leaves what is.
#[derive(Debug, Clone, Default)]
pub struct ChannelChange {
    /// Another name.
    pub name: Option<String>,
    /// It leads elsewhere, or there with another secret.
    pub target: Option<Sealed>,
    /// What may be sent over it from now on. Active: what was held is released. Unverified: what waits is
    /// held.
    pub status: Option<ChannelStatus>,
    /// The version that the change was made from; another one in the store is a conflict.
    pub from_version: u64,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelChanged {
    /// It was made; the channel as it is now.
    Done(Box<UserChannel>),
    /// Somebody was first: look again.
    Conflict,
    /// No such channel of this user.
    NotFound,
}
