//! `GET /api/admin/feeds`: how each venue's feed fares.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use bellwether_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::feed_states::FeedState;
use crate::http::ApiState;
use crate::http::auth::Administrator;
use crate::http::error::ApiError;

/// The feeds of all venues.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct FeedStatesView {
    items: Vec<FeedStateView>,
}

/// How one venue's feed fares.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedState)]
pub(in crate::http) struct FeedStateView {
    #[schema(example = "binance")]
    venue: &'static str,
    /// `reached`, `unreachable`, or `idle` where nothing is wanted of it yet.
    #[schema(example = "reached")]
    state: &'static str,
    /// Since when; null where it is idle.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// What the first failed attempt met, where it cannot be reached.
    reason: Option<String>,
    /// Connections that are open; a polled venue has one while it answers.
    connections: u64,
    /// Connections that ended since the service started.
    disconnects: u64,
    /// How many instruments are `watched`, `catching_up`, `dark` and `refused`.
    instruments: BTreeMap<&'static str, u64>,
    /// Requests that are left alone but for one attempt now and then, since they keep failing, with what they
    /// met last.
    breakers: BTreeMap<String, String>,
}

/// How each venue's feed fares.
#[utoipa::path(get, path = "/api/admin/feeds", tag = "operation", responses(
    (status = 200, body = FeedStatesView),
    (status = 403, description = "You are no administrator"),
))]
pub(in crate::http) async fn list_feed_states(
    State(api): State<ApiState>,
    _: Administrator,
) -> Result<Json<FeedStatesView>, ApiError> {
    let view = |(venue, state): (bellwether_model::Venue, FeedState)| {
        let instruments = api.positions().counts(venue);
        let FeedState { reach, connections, disconnects, breakers } = state;
        let (name, since, reason) = match reach {
            None => ("idle", None, None),
            Some(reach) if reach.failure.is_none() => ("reached", Some(reach.since), None),
            Some(reach) => ("unreachable", Some(reach.since), reach.failure),
        };
        FeedStateView {
            venue: venue.name(),
            state: name,
            since,
            reason,
            connections,
            disconnects,
            instruments,
            breakers,
        }
    };
    Ok(Json(FeedStatesView { items: api.feed_states().all().into_iter().map(view).collect() }))
}
