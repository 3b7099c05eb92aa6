//! Deliveries: one message to one channel, its attempts, and the claims of workers.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use bellwether_model::{
    AlertId, AttemptId, Channel, ChannelId, DeliveryId, FireId, ReportId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::channel::{ChannelKind, ChannelStatus, Medium, Sealed};
use crate::fire::PriceFire;
use crate::report::ReportRecord;
use crate::user::QuietHours;
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
    Fired(Box<PriceFire>),
    /// A product alert tells something.
    Report(Box<ReportRecord>),
    /// Please show that this address is yours; holds the token of the link.
    VerifyAddress {
        /// The token that the link carries. A secret: masked in `Debug`, kept out of the API.
        token: String,
    },
    /// Something about a channel or an alert.
    Notice(Notice),
}

/// What is said about a channel or an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Notice {
    /// Over the channel: this is how messages look that come here.
    ChannelTest,
    /// To its owner's own address: an alert fires so often that its messages are combined.
    AlertThrottled {
        /// Which.
        alert: AlertId,
        /// What its owner called it then; empty where it had no name.
        name: String,
    },
    /// Over the alert's channels: its time is over.
    AlertExpired {
        /// Which.
        alert: AlertId,
        /// What its owner called it then; empty where it had no name.
        name: String,
        /// What it waited for, in words.
        watched: String,
        /// How often it fired in its life.
        fires: u64,
    },
    /// To its owner's own address: nothing is sent over it any more.
    ChannelDisabled {
        /// What it is.
        kind: ChannelKind,
        /// What its owner called it then; empty where it had no name.
        name: String,
        /// What its receiver said.
        reason: String,
    },
    /// Over another channel of its owner: nothing goes to their own address any more.
    AddressSuppressed {
        /// What came back from there.
        reason: String,
    },
    /// To its owner's own address: how to replace a forgotten password. The link is made when it is sent.
    PasswordLink,
}

/// How a lane's queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneState {
    /// Which.
    pub lane: Lane,
    /// Deliveries that wait: for their turn, or for the time of their next attempt.
    pub waiting: u64,
    /// Since when the one that waits longest for its turn has been due.
    pub due_since: Option<Timestamp>,
    /// Deliveries that are being sent.
    pub sending: u64,
    /// Deliveries that wait until their address is verified.
    pub held: u64,
    /// Deliveries that were given up.
    pub dead: u64,
}

/// What a delivery tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A fire.
    Fire,
    /// What happened to listings.
    Listings,
    /// The cheapest offers.
    Digest,
    /// How prices moved.
    Insights,
    /// A check of an address.
    Verification,
    /// A test of its channel.
    Test,
    /// A channel that was disabled.
    ChannelDisabled,
    /// An alert that fires too often.
    AlertThrottled,
    /// An alert whose time is over.
    AlertExpired,
    /// An account's own address that gets nothing any more.
    AddressSuppressed,
    /// A link that replaces a forgotten password.
    PasswordLink,
}

words! {
    About {
        Fire = "fire",
        Listings = "listings",
        Digest = "digest",
        Insights = "insights",
        Verification = "verification",
        Test = "test",
        ChannelDisabled = "channel_disabled",
        AlertThrottled = "alert_throttled",
        AlertExpired = "alert_expired",
        AddressSuppressed = "address_suppressed",
        PasswordLink = "password_link",
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Fired(fire) => f.debug_tuple("Fired").field(fire).finish(),
            Content::Report(report) => f.debug_tuple("Report").field(report).finish(),
            Content::VerifyAddress { token: _ } => f.write_str("VerifyAddress { token: *** }"),
            Content::Notice(notice) => f.debug_tuple("Notice").field(notice).finish(),
        }
    }
}

/// Whom deliveries go to: a user's channel. Claims go in turn among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// Whose.
    pub user: UserId,
    /// Which of their channels.
    pub channel: Channel,
}

/// Whose deliveries are not claimed for now, because their receivers are to be spared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PassOver {
    /// Nothing of these users.
    pub users: HashSet<UserId>,
    /// Nothing to these.
    pub destinations: HashSet<Destination>,
}

impl PassOver {
    /// Whether nothing goes there now.
    #[must_use]
    pub fn has(&self, destination: &Destination) -> bool {
        self.users.contains(&destination.user) || self.destinations.contains(destination)
    }
}

/// What a worker is ready to send.
#[derive(Debug, Clone)]
pub struct ClaimWish {
    /// From which queue.
    pub lane: Lane,
    /// Only what travels like this; anything where none is named.
    pub medium: Option<Medium>,
    /// Deliveries at most.
    pub limit: u32,
    /// Who claims; an id of its own.
    pub worker: Uuid,
    /// How long the claim holds without being renewed.
    pub lease: Duration,
    /// Who had their turn last; the one after them is next.
    pub after: Option<Destination>,
    /// Who has no turn now.
    pub pass_over: PassOver,
    /// Deliveries to one user at most, over all of their channels.
    pub each_user: u32,
}

impl ClaimWish {
    /// A wish for any medium that passes over nobody, begins anywhere, and gives everything to one user where no
    /// other waits.
    #[must_use]
    pub fn new(lane: Lane, limit: u32, worker: Uuid, lease: Duration) -> Self {
        let (medium, after, pass_over) = (None, None, PassOver::default());
        Self { lane, medium, limit, worker, lease, after, pass_over, each_user: limit }
    }

    /// Whether something for a destination, to which messages travel like this, is wanted now.
    pub(crate) fn wants(&self, destination: &Destination, medium: Medium) -> bool {
        self.medium.is_none_or(|only| only == medium) && !self.pass_over.has(destination)
    }
}

/// What was claimed.
#[derive(Debug, Clone, Default)]
pub struct Claimed {
    /// The claims: first one of each destination whose turn it was, then their second ones, and so on.
    pub claims: Vec<Claim>,
    /// Who had their turn last, for the next wish.
    pub last: Option<Destination>,
    /// How far around the circle it went.
    pub way: Way,
}

/// How far around the circle of destinations a claim went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// It ended somewhere after where it began: the next one goes on from there.
    #[default]
    Onward,
    /// It ended past the last destination of all, having begun again at the first, but not where it began.
    PastTheEnd,
    /// All the way: nothing else could be claimed.
    Around,
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
    /// It was refused for good: a dead letter.
    Dead,
    /// It was tried for as long as the schedule says: a dead letter, too.
    Expired,
    /// Its alert or its channel was deleted before it was sent; or a newer digest took its place in quiet hours.
    Cancelled,
}

words! {
    DeliveryStatus {
        Held = "held",
        Pending = "pending",
        Sending = "sending",
        Delivered = "delivered",
        Dead = "dead",
        Expired = "expired",
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
    pub fire: Option<(FireId, AlertId)>,
    /// The report that it brings, where it brings one: (report, alert).
    pub report: Option<(ReportId, AlertId)>,
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
    /// The message that told of it together with others, where one did.
    pub combined_in: Option<DeliveryId>,
    /// Why it waits although nothing has failed.
    pub deferred: Option<Deferred>,
    /// What the last attempt met with, in words fit for the owner.
    pub last_error: Option<String>,
}

/// A delivery that a worker may send now, and everything needed to write its message.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Which.
    pub id: DeliveryId,
    /// The claim's own token: recording needs it, so that a worker that lost its lease records nothing.
    pub token: Uuid,
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
    /// When they want to have their peace.
    pub quiet: Option<QuietHours>,
    /// Over which channel.
    pub channel: Channel,
    /// The channel itself; `None` where it goes to the account's own address.
    pub via: Option<Via>,
    /// When it was owed.
    pub created_at: Timestamp,
    /// Why it waited although nothing had failed.
    pub deferred: Option<Deferred>,
    /// What it says.
    pub content: Content,
}

impl Claim {
    /// How its message travels.
    #[must_use]
    pub fn medium(&self) -> Medium {
        self.via.as_ref().map_or(Medium::Mail, |via| via.kind.medium())
    }
}

/// How a claim stands just before its message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastLook {
    /// The message is to be sent.
    Wanted,
    /// Its alert or its channel was deleted since.
    Deleted,
    /// It is this worker's claim no longer: its lease is over, or another has it. Nothing is to be said of it.
    Lost,
}

/// Why a delivery waits although nothing has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deferred {
    /// Its receiver has got as much as may be sent to it for now.
    Pace,
    /// Its alert fires too often.
    Throttled,
    /// Its receiver wants to have their peace.
    QuietHours,
}

words! {
    Deferred { Pace = "pace", Throttled = "throttled", QuietHours = "quiet_hours" }
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

/// Where a mail went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailed {
    /// Whose it was.
    pub user: UserId,
    /// The account's own address now.
    pub email: String,
    /// The channel that it went over, where it did not go to that address.
    pub channel: Option<ChannelId>,
}

/// An address that is to get nothing more.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// Whose own address.
    pub user: UserId,
    /// The address that came to grief: nothing happens where it is another one by now.
    pub email: String,
    /// Why, in words fit for its owner.
    pub reason: String,
    /// The delivery that tells them over another channel.
    pub notice: DeliveryId,
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
    /// Refused for good.
    Dead,
    /// Given up: it was tried for as long as the schedule says.
    Expired,
    /// Not sent: the alert or the channel was deleted meanwhile.
    Cancelled,
}

impl AttemptOutcome {
    /// The outcome's name in the API and in the store: `delivered`, `retry`, `dead`, `expired`,
    /// `cancelled`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            AttemptOutcome::Delivered => "delivered",
            AttemptOutcome::Retry { .. } => "retry",
            AttemptOutcome::Dead => "dead",
            AttemptOutcome::Expired => "expired",
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
    pub token: Uuid,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Whether the receiver may have the message although it did not say so: its answer was lost.
    pub ambiguous: bool,
    /// What the receiver said, or what went wrong; no secrets.
    pub detail: String,
    /// The message that was sent for this delivery and others at once, where it was no message of its own.
    pub combined_in: Option<DeliveryId>,
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
    /// Whether the receiver may have the message although it did not say so: its answer was lost.
    pub ambiguous: bool,
    /// What the receiver said, or what went wrong.
    pub detail: String,
    /// The message that was sent for this delivery and others at once, where it was no message of its own.
    pub combined_in: Option<DeliveryId>,
}

/// Which deliveries of a user are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryFilter {
    /// Any of these; empty does not filter.
    pub statuses: Vec<DeliveryStatus>,
    /// Of this alert only.
    pub alert: Option<AlertId>,
    /// Of this fire only.
    pub fire: Option<FireId>,
    /// Of this report only.
    pub report: Option<ReportId>,
}
