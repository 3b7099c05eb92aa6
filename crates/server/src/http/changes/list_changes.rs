//! `GET /api/changes`: what happened to what is one's own, in order, none missing.

use axum::Json;
use axum::extract::State;
use bellwether_store::user_log::LogPage;
use serde::Serialize;
use utoipa::ToSchema;

use super::place::{After, Place};
use super::view::ChangeView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::query::Query;

/// Entries of an answer where the request does not say.
const LIMIT: u32 = 100;
/// Entries that an answer may have.
const LIMIT_MAX: u32 = 1_000;

/// A part of what happened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Changes {
    /// What happened, the oldest first.
    items: Vec<ChangeView>,
    /// Where to go on: the `after` of the next request. Always there, also where nothing happened.
    #[schema(example = "c1-0-2a")]
    next: String,
    /// Whether there is more already.
    more: bool,
}

/// What happened to one's alerts and to the listings that they watch, in order.
///
/// For other services: keep `next`, and ask again with it as `after`. Nothing is missing, also after days, as
/// long as it is kept (`history.keep_changes`, 30 days unless set otherwise). Without `after` it begins with the
/// oldest that is kept; with `now`, behind everything that happened so far. To begin with what there is, ask for
/// `after=now` first, then read the lists, then go on from there.
#[utoipa::path(get, path = "/api/changes", tag = "live",
    params(
        ("after" = Option<String>, Query, description = "The `next` of the answer before, the `cursor` of an item, or `now`"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Items of the answer at most; 100 where absent"),
    ),
    responses(
        (status = 200, body = Changes),
        (status = 410, description = "What came after that place is no longer all kept: read the lists, then go on from `after=now`"),
    ))]
pub(in crate::http) async fn list_changes(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<Changes>, ApiError> {
    let (after, limit) = (query.one::<After>("after"), query.limit(LIMIT, LIMIT_MAX));
    query.finish()?;
    let after = match after {
        None => None,
        Some(After::Place(Place(cursor))) => Some(cursor),
        Some(After::Now) => {
            let end = Place(api.store().user_log_end().await?);
            return Ok(Json(Changes { items: Vec::new(), next: end.to_string(), more: false }));
        }
    };
    let page = api.store().user_log(caller.user, after, limit).await?;
    let LogPage { entries, next, more } = page.ok_or(ApiError::ChangesForgotten)?;
    let items = entries.into_iter().map(ChangeView::from).collect();
    Ok(Json(Changes { items, next: Place(next).to_string(), more }))
}
