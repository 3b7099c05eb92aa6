//! `GET /api/admin/instruments`: which instruments may be watched here, for those who operate the service.

use axum::Json;
use axum::extract::State;
use bellwether_store::instrument::InstrumentFilter;

use super::InstrumentView;
use crate::http::ApiState;
use crate::http::auth::{Administrator, Caller};
use crate::http::error::ApiError;
use crate::http::paging::PageOf;
use crate::http::query::Query;

/// Which instruments may be watched.
#[utoipa::path(get, path = "/api/admin/instruments", tag = "operation",
    params(
        ("venue" = Option<String>, Query, example = "binance"),
        ("q" = Option<String>, Query, description = "A text that the symbol, base or quote contains"),
        ("enabled" = Option<bool>, Query, description = "Only those that are switched on, or off"),
        ("page" = Option<u32>, Query),
        ("page_size" = Option<u32>, Query),
    ),
    responses(
        (status = 200, body = PageOf<InstrumentView>),
        (status = 403, description = "You are no administrator"),
    ))]
pub(in crate::http) async fn list_switches(
    State(api): State<ApiState>,
    _: Administrator,
    caller: Caller,
    mut query: Query,
) -> Result<Json<PageOf<InstrumentView>>, ApiError> {
    // What others push privately is theirs, also for an administrator.
    let filter = InstrumentFilter {
        venue: query.one("venue"),
        text: query.search("q"),
        enabled: query.one("enabled"),
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
