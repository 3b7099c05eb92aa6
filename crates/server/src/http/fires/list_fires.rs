//! `GET /api/fires`: what went off, newest first.

use axum::Json;
use axum::extract::State;
use bellwether_model::UserId;
use bellwether_store::fire::FireFilter;
use bellwether_store::page::Stretched;

use super::view::FireView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::catalogue::canonical;
use crate::http::error::ApiError;
use crate::http::paging::StretchOf;
use crate::http::query::Query;
use crate::http::schema;

/// One's fires, newest first.
#[utoipa::path(get, path = "/api/fires", tag = "fires",
    params(
        ("alert" = Option<uuid::Uuid>, Query),
        ("instrument" = Option<schema::Instrument>, Query),
        ("from" = Option<String>, Query, format = DateTime, description = "Fired by a tick at or after this instant"),
        ("to" = Option<String>, Query, format = DateTime, description = "Fired by a tick before this instant"),
        ("after" = Option<uuid::Uuid>, Query, description = "The last fire of the page before"),
        ("page_size" = Option<u32>, Query),
    ),
    responses((status = 200, body = StretchOf<FireView>)))]
pub(in crate::http) async fn list_fires(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<StretchOf<FireView>>, ApiError> {
    let filter = FireFilter { alert: query.one("alert"), ..read_filter(&mut query) };
    list(&api, caller.user, filter, query).await.map(Json)
}

/// The filters that every list of fires takes.
pub(super) fn read_filter(query: &mut Query) -> FireFilter {
    let instrument = query.one("instrument");
    let filter = FireFilter {
        alert: None,
        instrument: instrument.map(|asked| canonical(&asked).unwrap_or(asked)),
        from: query.one("from"),
        to: query.one("to"),
    };
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from >= to) {
        query.refuse("to", "must lie after from");
    }
    filter
}

/// A stretch of a user's fires.
pub(super) async fn list(
    api: &ApiState,
    user: UserId,
    filter: FireFilter,
    mut query: Query,
) -> Result<StretchOf<FireView>, ApiError> {
    let stretch = query.stretch();
    let asked = query.finish()?;
    let Stretched { items, more, total, total_capped } =
        api.store().list_fires(user, &filter, stretch).await?;
    let last = items.last().map(|fire| fire.id.to_string());
    Ok(StretchOf {
        items: items.into_iter().map(FireView::from).collect(),
        page_size: stretch.limit,
        total,
        total_capped,
        next: last.filter(|_| more).map(|last| asked.with("after", &last)),
    })
}
