//! Searches of a marketplace: what is watched, how often it is asked, and what it finds.
//!
//! Equal searches are one for everybody who watches them. Who has no alert on one is told that there is none.

pub(super) mod get_search;
pub(super) mod list_days;
pub(super) mod list_search_listings;
pub(super) mod list_searches;

use bellwether_model::product::Search;
use bellwether_model::{SearchId, Timestamp, UserId};
use bellwether_store::search::SearchRecord;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::error::ApiError;
use super::{ApiState, schema};

/// A search with what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchRecord)]
pub(super) struct SearchView {
    id: Uuid,
    #[schema(value_type = schema::Search)]
    search: Search,
    /// In words.
    #[schema(example = "\"leica m6\" on eBay")]
    sentence: String,
    /// The currency of its prices: offers in others are not compared.
    #[schema(example = "USD")]
    currency: String,
    /// Listings that it finds now.
    listings: u64,
    /// How often it is asked.
    polling: PollingView,
    /// When the marketplace last answered; null before the first time.
    #[schema(value_type = Option<String>, format = DateTime)]
    polled_at: Option<Timestamp>,
    /// When an answer last brought something new.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<Timestamp>,
    /// Polls that were answered, and those of them that brought something new.
    polls: u64,
    changed_polls: u64,
    /// What the last poll met with, where it was not answered.
    error: Option<String>,
}

/// How often a search is asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Polling)]
pub(super) struct PollingView {
    /// Seconds between two polls as the alerts on it want it.
    wanted_seconds: u64,
    /// Seconds between two polls that the day's calls allow.
    seconds: u64,
    /// Whether it is asked less often than wanted, since the calls must last for all searches.
    stretched: bool,
    /// The same in words.
    #[schema(example = "asked every 10 minutes")]
    sentence: String,
}

impl PollingView {
    pub(super) fn new(wanted_s: u64, planned_s: u64, has_calls: bool) -> Self {
        let stretched = planned_s > wanted_s || !has_calls;
        let sentence = if !has_calls {
            "not asked again before the day's calls begin anew".to_owned()
        } else if stretched {
            format!(
                "asked every {} instead of every {}, so that the day's calls last for all searches",
                span(planned_s),
                span(wanted_s)
            )
        } else {
            format!("asked every {}", span(planned_s))
        };
        Self { wanted_seconds: wanted_s, seconds: planned_s, stretched, sentence }
    }
}

/// "10 minutes", "1 h 30 min".
fn span(seconds: u64) -> String {
    match (seconds, seconds % 3_600) {
        (60, _) => "minute".to_owned(),
        (3_600, _) => "hour".to_owned(),
        (..60, _) => format!("{seconds} s"),
        (61..3_600, _) => format!("{} minutes", seconds.div_ceil(60)),
        (_, ..60) => format!("{} hours", seconds / 3_600),
        (_, rest) => format!("{} h {} min", seconds / 3_600, rest / 60),
    }
}

impl SearchView {
    pub(super) fn of(api: &ApiState, record: SearchRecord) -> Self {
        let planned = api.products().and_then(|products| products.rhythms.of(record.id));
        let wanted_s = record.wanted_s.unwrap_or(crate::products::DEFAULT_INTERVAL_S);
        let polling = match planned {
            Some(rhythm) => {
                PollingView::new(rhythm.wanted.seconds(), rhythm.interval.seconds(), rhythm.has_calls)
            }
            None => PollingView::new(wanted_s, record.planned_s.unwrap_or(wanted_s), true),
        };
        Self {
            id: record.id.0,
            sentence: record.search.words(),
            currency: record.search.currency().to_string(),
            search: record.search,
            listings: record.listings,
            polling,
            polled_at: record.polled_at,
            changed_at: record.changed_at,
            polls: record.polls,
            changed_polls: record.changed_polls,
            error: record.error.filter(|_| record.failures > 0),
        }
    }
}

/// A search that the user has an alert on.
pub(super) async fn find(api: &ApiState, user: UserId, id: SearchId) -> Result<SearchRecord, ApiError> {
    api.store().search(user, id).await?.ok_or(ApiError::NotFound("search"))
}
