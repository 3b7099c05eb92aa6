//! What product alerts told.

use bellwether_model::product::{ProductSpec, Report};
use bellwether_model::{AlertId, DeliveryId, ReportId, Timestamp, UserId};

use crate::job::HeldJob;
use crate::words::words;

/// What a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportKind {
    /// What happened to listings.
    Listings,
    /// The cheapest offers.
    Digest,
    /// How prices moved.
    Insights,
}

words! {
    ReportKind { Listings = "listings", Digest = "digest", Insights = "insights" }
}

impl ReportKind {
    /// What a report is.
    #[must_use]
    pub const fn of(report: &Report) -> Self {
        match report {
            Report::Listings(_) => ReportKind::Listings,
            Report::Digest(_) => ReportKind::Digest,
            Report::Insights(_) => ReportKind::Insights,
        }
    }
}

/// A report, with the alert as it was at that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRecord {
    /// Which.
    pub id: ReportId,
    /// Of which alert.
    pub alert: AlertId,
    /// Whose.
    pub user: UserId,
    /// The instant that it was made for, or of the observation that it tells of.
    pub slot_at: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
    /// The alert's configuration at that moment.
    pub spec: ProductSpec,
    /// What it tells.
    pub content: Report,
}

/// A digest, or insights, to be brought in: all of it, or nothing.
#[derive(Debug, Clone)]
pub struct ReportCommit {
    /// The claim under which it was made; it names the alert.
    pub held: HeldJob,
    /// The instant of the schedule that it is made for.
    pub slot: Timestamp,
    /// When the next one is due.
    pub next_at: Timestamp,
    /// The alert's revision that was seen.
    pub revision: u64,
    /// Which report.
    pub id: ReportId,
    /// What it tells: a digest or insights.
    pub content: Report,
    /// One id for each channel of the alert, in their order; the store makes the deliveries.
    pub deliveries: Vec<DeliveryId>,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportOutcome {
    /// It was brought in; whose list changed.
    Committed(UserId),
    /// There is one of this alert for this instant. Nothing was brought in; where the job was still the
    /// caller's, it goes on to the next instant.
    Repeated,
    /// The alert is not active any more, or was changed: nothing was brought in, and the job is as it was.
    Dropped,
    /// The job is no longer the caller's: nothing was brought in.
    LeaseLost,
}
