//! Alerts as the API sees them.

use bellwether_model::product::{ProductSpec, Schedule};
use bellwether_model::{AlertId, AlertState, Instrument, SearchId, Spec, Status, Timestamp, UserId};

use crate::evaluation::Cursor;
use crate::words::words;

/// An alert with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Which.
    pub id: AlertId,
    /// Whose.
    pub user: UserId,
    /// What was asked for.
    pub spec: Spec,
    /// The search that it watches, where it is a product alert.
    pub search: Option<SearchId>,
    /// What became of it.
    pub status: Status,
    /// No tick before this instant fires it.
    pub snoozed_until: Option<Timestamp>,
    /// Grows with every change of what its user can set, and of its status; not with a fire that leaves it
    /// active.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its user last changed it, or its status changed.
    pub updated_at: Timestamp,
    /// When it was last armed.
    pub armed_at: Timestamp,
    /// Fires in its whole life.
    pub fires: u64,
    /// The time of the tick of its last fire.
    pub last_fired_at: Option<Timestamp>,
    /// When a message of it was last accepted by its receiver.
    pub last_sent_at: Option<Timestamp>,
}

/// What an alert watches, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The price of an instrument.
    Price,
    /// Events of a search's listings.
    Search,
    /// The cheapest of a search, by schedule.
    Digest,
    /// How the prices of a search move, by schedule.
    Insights,
}

words! {
    Kind { Price = "price", Search = "search", Digest = "digest", Insights = "insights" }
}

/// A product alert, as what is done by time needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductAlert {
    /// Which.
    pub id: AlertId,
    /// Whose.
    pub user: UserId,
    /// What it watches.
    pub search: SearchId,
    /// What was asked for.
    pub spec: ProductSpec,
    /// Only active ones are told.
    pub status: Status,
    /// Grows with every change that what is done by time must know of.
    pub revision: u64,
    /// Nothing is told before this instant.
    pub snoozed_until: Option<Timestamp>,
    /// From where its schedule is counted.
    pub armed_at: Timestamp,
}

/// How often an active product alert wants its search to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductWish {
    /// Which.
    pub alert: AlertId,
    /// What it watches.
    pub search: SearchId,
    /// When it is told, where it goes by time; nothing of a search alert.
    pub schedule: Option<Schedule>,
}

/// A change of an alert, as far as it concerns what is wanted of searches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductChange {
    /// Its place in the change log.
    pub cursor: Cursor,
    /// Which alert.
    pub alert: AlertId,
    /// What it wants now (not what it wanted then); nothing where it is not active, or of a price.
    pub wish: Option<ProductWish>,
}

/// An alert as it is accepted.
#[derive(Debug, Clone)]
pub struct NewAlert {
    /// Which.
    pub id: AlertId,
    /// Whose.
    pub user: UserId,
    /// What was asked for.
    pub spec: Spec,
    /// Its state at the position from which it is in force; of a product alert, which has none, the default.
    pub state: AlertState,
    /// When it is told for the first time, where it goes by a schedule.
    pub next_at: Option<Timestamp>,
    /// The key of the request, where it had one.
    pub idempotency: Option<Idempotency>,
}

/// The key under which a request may be repeated for 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The caller's key.
    pub key: String,
    /// SHA-256 of the request's body.
    pub body_hash: [u8; 32],
}

/// What became of a wish to create an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creation {
    /// It is in force.
    Created(Box<Alert>),
    /// The same request had created it before.
    Repeated(Box<Alert>),
    /// The key was used for another body.
    KeyConflict,
    /// The user has as many alerts as allowed (deleted ones do not count).
    LimitReached,
    /// The user has an alert of the same kind on the same search already: this one.
    SameSearch(AlertId),
    /// There is no such user, or no longer.
    NoUser,
    /// It is armed at a position that the last checkpoint has passed. Arm it at a newer one.
    Passed,
}

/// What became of a wish to create many alerts, all of them or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreatedTogether {
    /// All of them are there.
    Created,
    /// The same request had created them before: the one that its key was kept with.
    Repeated(AlertId),
    /// None was created. Those that may not be, by their place from 0, each with why.
    Refused(Vec<(usize, Creation)>),
}

/// A change of an alert by its user.
#[derive(Debug, Clone)]
pub struct AlertChange {
    /// What happens, for the history: `updated`, `paused`, `resumed`, `rearmed`, `snoozed`.
    pub action: Action,
    /// The spec from now on.
    pub spec: Spec,
    /// The status from now on.
    pub status: Status,
    /// The snooze from now on.
    pub snoozed_until: Option<Timestamp>,
    /// The state from now on where the change arms the alert anew (its life-long count of fires is kept
    /// by the store); `None` where it does not.
    pub rearm: Option<AlertState>,
    /// When it is told next, where it goes by a schedule and is active.
    pub next_at: Option<Timestamp>,
    /// The version that the change was made from; another one in the store is a conflict.
    pub from_version: u64,
}

/// What a user or the service did to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Made it.
    Created,
    /// Changed its fields.
    Updated,
    /// Stopped it for now.
    Paused,
    /// Let it go on.
    Resumed,
    /// Armed it anew.
    Rearmed,
    /// Kept it quiet until an instant.
    Snoozed,
    /// Deleted it.
    Deleted,
    /// It fired for the last time.
    Triggered,
    /// Its time was over.
    Expired,
}

words! {
    Action {
        Created = "created",
        Updated = "updated",
        Paused = "paused",
        Resumed = "resumed",
        Rearmed = "rearmed",
        Snoozed = "snoozed",
        Deleted = "deleted",
        Triggered = "triggered",
        Expired = "expired",
    }
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It was made; the alert as it is now.
    Done(Box<Alert>),
    /// Somebody else, or a fire, was first: look again.
    Conflict,
    /// The user has an alert of the same kind on the same search already: this one.
    SameSearch(AlertId),
    /// No such alert of this user.
    NotFound,
    /// It is armed at a position that the last checkpoint has passed. Arm it at a newer one.
    Passed,
}

/// Which alerts of a user are wanted. Empty lists do not filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct AlertFilter {
    /// Any of these statuses; where empty, every status but deleted.
    pub statuses: Vec<Status>,
    /// Any of these kinds.
    pub kinds: Vec<Kind>,
    /// Any of these instruments.
    pub instruments: Vec<Instrument>,
    /// A text that the name, note, instrument or a tag contains, without regard to case.
    pub text: Option<String>,
}

/// One entry of an alert's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The place in the change log.
    pub seq: u64,
    /// What happened.
    pub action: Action,
    /// Who did it; `None` is the service itself.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// The spec after it.
    pub spec: Spec,
    /// The status after it.
    pub status: Status,
}
