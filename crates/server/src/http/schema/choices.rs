//! What parameters of lists may be.

use utoipa::ToSchema;

pub(in crate::http) use super::words::{CandleLength, DeliveryStatus};

/// What an alert watches.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(in crate::http) enum AlertKind {
    /// The price of an instrument.
    Price,
    /// What happens to listings.
    Search,
    /// The cheapest, by schedule.
    Digest,
    /// How prices move, by schedule.
    Insights,
}

/// What is told of an alert beyond itself.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(in crate::http) enum AlertExtra {
    /// How far it is from firing.
    Outlook,
}

/// In which order listings come.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(in crate::http) enum ListingOrder {
    /// The cheapest first.
    Price,
    /// The newest first.
    Newest,
}
