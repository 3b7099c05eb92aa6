//! `GET /api/instruments`: what can be watched, in the order of their ids.

use axum::Json;
use axum::extract::State;
use bellwether_store::instrument::InstrumentFilter;

use super::InstrumentView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::paging::PageOf;
use crate::http::query::Query;

/// What can be watched.
#[utoipa::path(get, path = "/api/instruments", tag = "markets",
    params(
        ("venue" = Option<String>, Query, example = "binance"),
        ("q" = Option<String>, Query, description = "A text that the symbol, base or quote contains"),
        ("page" = Option<u32>, Query),
        ("page_size" = Option<u32>, Query),
    ),
    responses((status = 200, body = PageOf<InstrumentView>)))]
pub(in crate::http) async fn list_instruments(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<PageOf<InstrumentView>>, ApiError> {
    let filter = InstrumentFilter {
        venue: query.one("venue"),
        text: query.search("q"),
        enabled: None,
        reader: Some(caller.user),
    };
    let page = query.page();
    let asked = query.finish()?;
    let listed = api.store().instruments(&filter, page).await?;
    let items = listed.items.into_iter().map(|info| InstrumentView::of(info, api.positions()));
    Ok(Json(PageOf {
        items: items.collect(),
        page: page.number,
        page_size: page.size,
        total: listed.total,
        next: asked.next_page(page, listed.total),
    }))
}
