//! How a change looks in the API.

use bellwether_model::Timestamp;
use bellwether_model::product::{Availability, Money};
use bellwether_store::user_log::{Happened, ListingChange, ListingChangeKind, LogEntry};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::place::Place;
use crate::http::alerts::list_history::HistoryView;
use crate::http::fires::FireView;
use crate::http::schema;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(in crate::http) struct ChangeView {
    /// Its place: an `after` that goes on behind it.
    #[schema(example = "c1-0-2a")]
    cursor: String,
    /// When it was stored.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    #[serde(flatten)]
    what: WhatView,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangeWhat)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in crate::http) enum WhatView {
    /// An alert was made, changed, deleted or came to its end.
    #[schema(title = "AlertChange")]
    Alert { alert_id: Uuid, change: Box<HistoryView> },
    /// An alert went off.
    #[schema(title = "FireChange")]
    Fire { fire: Box<FireView> },
    /// Listings of a search on which one has an active alert are not as they were; at most 100 in one entry.
    #[schema(title = "ListingsChange")]
    Listings { search_id: Uuid, listings: Vec<ListingChangeView> },
}

/// How a listing is not as it was when its search was asked before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListingChange)]
pub(in crate::http) struct ListingChangeView {
    /// `new` (found for the first time, or again), `price`, `availability`, or `gone` (it ended, or is found no
    /// more).
    #[schema(value_type = String, example = "price")]
    change: ListingChangeKind,
    #[schema(example = "v1|110553|0")]
    id: String,
    #[schema(example = "EBAY_US")]
    marketplace: &'static str,
    /// Null where it is found no more.
    title: Option<String>,
    url: Option<String>,
    /// What it costs now; of one that is found no more, what it cost last.
    #[schema(value_type = Option<schema::Money>)]
    price: Option<Money>,
    #[schema(value_type = Option<schema::Money>)]
    previous_price: Option<Money>,
    /// `available`, `out_of_stock` or `ended`, as it was told last.
    #[schema(value_type = Option<String>, example = "available")]
    availability: Option<Availability>,
}

impl From<LogEntry> for ChangeView {
    fn from(entry: LogEntry) -> Self {
        let what = match entry.what {
            Happened::Alert(alert, change) => {
                WhatView::Alert { alert_id: alert.0, change: Box::new((*change).into()) }
            }
            Happened::Fire(fire) => WhatView::Fire { fire: Box::new((*fire).into()) },
            Happened::Listings(search, listings) => WhatView::Listings {
                search_id: search.0,
                listings: listings.into_iter().map(ListingChangeView::from).collect(),
            },
        };
        Self { cursor: Place(entry.cursor).to_string(), at: entry.at, what }
    }
}

impl From<ListingChange> for ListingChangeView {
    fn from(changed: ListingChange) -> Self {
        let ListingChange { kind, id, site, title, url, price, previous_price, availability } = changed;
        Self {
            change: kind,
            id: id.into(),
            marketplace: site.name(),
            title,
            url,
            price,
            previous_price,
            availability,
        }
    }
}
