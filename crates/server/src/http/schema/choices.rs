//! What parameters of lists may be.

use utoipa::ToSchema;

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

/// Where a delivery stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(in crate::http) enum DeliveryStatus {
    /// Kept back by its reader's wishes.
    Held,
    /// Waits for its time.
    Pending,
    /// On its way.
    Sending,
    /// Accepted by the receiver.
    Delivered,
    /// Given up.
    Dead,
    /// Of no use any more.
    Expired,
    /// No longer wanted.
    Cancelled,
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

/// How long a candle is.
#[derive(ToSchema)]
pub(in crate::http) enum CandleLength {
    /// A minute.
    #[serde(rename = "1m")]
    Minute,
    /// An hour.
    #[serde(rename = "1h")]
    Hour,
    /// A day.
    #[serde(rename = "1d")]
    Day,
}
