//! Fires as the API and the messages see them.

use bellwether_model::product::ListingEvidence;
use bellwether_model::{AlertId, AlertSpec, Evidence, FireId, ReportId, Spec, Timestamp, UserId};

/// A fire, with the alert as it was at that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fire {
    /// Which.
    pub id: FireId,
    /// Of which alert.
    pub alert: AlertId,
    /// Whose.
    pub user: UserId,
    /// Its number in the alert's life.
    pub number: u64,
    /// Why.
    pub cause: Cause,
    /// The alert's configuration at that moment.
    pub spec: Spec,
    /// When it was evaluated.
    pub evaluated_at: Timestamp,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// Whether it came late, from ticks fetched afterwards.
    pub late: bool,
    /// Whether it ended the alert.
    pub ends: bool,
    /// The report that tells of it, where it is of a listing.
    pub report: Option<ReportId>,
}

/// A fire of a price alert, as its message needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceFire {
    /// Which.
    pub id: FireId,
    /// Of which alert.
    pub alert: AlertId,
    /// Whose.
    pub user: UserId,
    /// Its number in the alert's life.
    pub number: u64,
    /// Why.
    pub evidence: Evidence,
    /// First and last trade of an aggregated tick.
    pub trades: Option<(u64, u64)>,
    /// The alert's configuration at that moment.
    pub spec: AlertSpec,
    /// When it was evaluated.
    pub evaluated_at: Timestamp,
    /// When it was committed.
    pub committed_at: Timestamp,
    /// Whether it came late, from ticks fetched afterwards.
    pub late: bool,
    /// Whether it ended the alert.
    pub ends: bool,
}

/// What made an alert fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A tick.
    Tick {
        /// The tick, and what it was measured against.
        evidence: Box<Evidence>,
        /// First and last trade of an aggregated tick.
        trades: Option<(u64, u64)>,
    },
    /// An observation of a listing.
    Listing(Box<ListingEvidence>),
}

impl Cause {
    /// The time of the tick, or of the observation.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Cause::Tick { evidence, .. } => evidence.time,
            Cause::Listing(evidence) => evidence.time,
        }
    }
}

/// By what fires are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FireGroup {
    /// The instrument of the tick; those of listings are left out.
    Instrument,
    /// The alert.
    Alert,
    /// The day of UTC of the tick or the observation.
    Day,
}

/// Fires that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FireCount {
    /// What they have in common.
    pub of: Counted,
    /// How many there are.
    pub count: u64,
    /// The time of the newest tick or observation among them.
    pub last: Timestamp,
}

/// What counted fires have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// The instrument.
    Instrument(bellwether_model::Instrument),
    /// The alert.
    Alert(AlertId),
    /// When the day of UTC begins.
    Day(Timestamp),
}

/// How many fires there are of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FireCounts {
    /// Those with the most fires first; days in their order, the newest first.
    pub items: Vec<FireCount>,
    /// How many fires were counted, also those in groups beyond the limit.
    pub total: u64,
    /// Whether older fires were not looked at: see [`FIRES_COUNTED`].
    pub capped: bool,
}

/// So many of the newest fires are looked at when they are counted.
pub const FIRES_COUNTED: u32 = 100_000;

/// Which fires of a user are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FireFilter {
    /// Of this alert only.
    pub alert: Option<AlertId>,
    /// Of ticks of this instrument only; for a composite it may be another than the alert's own.
    pub instrument: Option<bellwether_model::Instrument>,
    /// With a tick at or after this instant.
    pub from: Option<Timestamp>,
    /// With a tick before this instant.
    pub to: Option<Timestamp>,
}
