//! Deliveries: one message to one channel, its attempts, and the claims of workers.

use std::fmt;

use bellwether_model::{AttemptId, Channel, ChannelId, DeliveryId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::channel::{ChannelKind, ChannelStatus, Sealed};
use crate::fire::Fire;
use crate::words::words;

/// A queue of its own, so that a flood in one never delays another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Fires and account mail.
    Urgent,
    /// Digests.
    Digest,
    /// Insights.
    Insights,
}

words! {
    Lane { Urgent = "urgent", Digest = "digest", Insights = "insights" }
}

/// What a delivery says.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// An alert fired.
    Fired(Box<Fire>),
    /// Please show that this address is yours; holds the token of the link.
    VerifyAddress {
        /// The token that the link carries. A secret: masked in `Debug`, kept out of the API.
        token: String,
    },
    /// Something about a channel.
    Notice(Notice),
}

/// What is said about a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Notice {
    /// Over the channel: this is how messages look that come here.
    ChannelTest,
    /// To its owner's own address: nothing is sent over it any more.
    ChannelDisabled {
        /// What it is.
        kind: ChannelKind,
        /// What its owner called it then; empty where it had no name.
        name: String,
        /// What its receiver said.
        reason: String,
    },
}

/// What a delivery tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A fire.
    Fire,
    /// A check of an address.
    Verification,
    /// A test of its channel.
    Test,
    /// A channel that was disabled.
    ChannelDisabled,
}

words! {
    About {
        Fire = "fire",
        Verification = "verification",
        Test = "test",
        ChannelDisabled = "channel_disabled",
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Fired(fire) => f.debug_tuple("Fired").field(fire).finish(),
            Content::VerifyAddress { token: _ } => f.write_str("VerifyAddress { token: *** }"),
            Content::Notice(notice) => f.debug_tuple("Notice").field(notice).finish(),
        }
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryStatus {
    /// It waits for the verification of the address.
    Held,
    /// It waits for its next attempt.
    Pending,
    /// A worker has claimed it.
    Sending,
    /// Its receiver accepted it.
    Delivered,
    /// It was given up: a dead letter.
    Dead,
    /// Its alert or its channel was deleted before it was sent.
    Cancelled,
}

words! {
    DeliveryStatus {
        Held = "held",
        Pending = "pending",
        Sending = "sending",
        Delivered = "delivered",
        Dead = "dead",
        Cancelled = "cancelled",
    }
}

/// A delivery as the API sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which; the same for every attempt.
    pub id: DeliveryId,
    /// To whom.
    pub user: UserId,
    /// The fire that it tells of, where it tells of one: (fire, alert).
    pub fire: Option<(bellwether_model::FireId, bellwether_model::AlertId)>,
    /// What it tells of.
    pub about: About,
    /// Over which channel.
    pub channel: Channel,
    /// In which queue.
    pub lane: Lane,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// Attempts made.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub next_at: Option<Timestamp>,
    /// When it was owed.
    pub created_at: Timestamp,
    /// When its receiver accepted it.
    pub delivered_at: Option<Timestamp>,
    /// What the last attempt met with, in words fit for the owner.
    pub last_error: Option<String>,
}

/// A delivery that a worker may send now, and everything needed to write its message.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Which.
    pub id: DeliveryId,
    /// The claim's own token: recording needs it, so that a worker that lost its lease records nothing.
    pub token: uuid::Uuid,
    /// When the lease ends.
    pub lease_until: Timestamp,
    /// The number of this attempt: 1, 2, ...
    pub attempt: u32,
    /// To whom.
    pub user: UserId,
    /// The account's address.
    pub email: String,
    /// The reader's time zone.
    pub time_zone: String,
    /// Over which channel.
    pub channel: Channel,
    /// The channel itself; `None` where it goes to the account's own address.
    pub via: Option<Via>,
    /// When it was owed.
    pub created_at: Timestamp,
    /// What it says.
    pub content: Content,
}

/// The channel of a claim, as it was when it was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// Which.
    pub id: ChannelId,
    /// What it is.
    pub kind: ChannelKind,
    /// What its user calls it.
    pub name: String,
    /// What may be sent over it. Never deleted: such deliveries are not claimed.
    pub status: ChannelStatus,
    /// Where it leads.
    pub target: Sealed,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Accepted.
    Delivered,
    /// To be tried again at this instant.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// Given up.
    Dead,
    /// Not sent: the alert or the channel was deleted meanwhile.
    Cancelled,
}

impl AttemptOutcome {
    /// The outcome's name in the API and in the store: `delivered`, `retry`, `dead`, `cancelled`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            AttemptOutcome::Delivered => "delivered",
            AttemptOutcome::Retry { .. } => "retry",
            AttemptOutcome::Dead => "dead",
            AttemptOutcome::Cancelled => "cancelled",
        }
    }
}

/// An attempt to be recorded.
#[derive(Debug, Clone)]
pub struct NewAttempt {
    /// Which attempt.
    pub id: AttemptId,
    /// At which delivery.
    pub delivery: DeliveryId,
    /// Over which channel, as the claim says.
    pub channel: Channel,
    /// The claim under which it was made.
    pub token: uuid::Uuid,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What the receiver said, or what went wrong; no secrets.
    pub detail: String,
}

/// An attempt as the API sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which attempt.
    pub id: AttemptId,
    /// Its number: 1, 2, ...
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What the receiver said, or what went wrong.
    pub detail: String,
}

/// Which deliveries of a user are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryFilter {
    /// Any of these; empty does not filter.
    pub statuses: Vec<DeliveryStatus>,
    /// Of this alert only.
    pub alert: Option<bellwether_model::AlertId>,
    /// Of this fire only.
    pub fire: Option<bellwether_model::FireId>,
}
