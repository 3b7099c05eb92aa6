//! `GET /api/channels`: one's channels, newest first.

use axum::Json;
use axum::extract::State;
use bellwether_store::page::Listed;

use super::view::ChannelView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::paging::PageOf;
use crate::http::query::Query;

/// One's channels, newest first.
#[utoipa::path(get, path = "/api/channels", tag = "delivery",
    params(
        ("page" = Option<u32>, Query),
        ("page_size" = Option<u32>, Query),
    ),
    responses((status = 200, body = PageOf<ChannelView>)))]
pub(in crate::http) async fn list_channels(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<PageOf<ChannelView>>, ApiError> {
    let page = query.page();
    let asked = query.finish()?;
    let Listed { items, total } = api.store().list_channels(caller.user, page).await?;
    Ok(Json(PageOf {
        items: items.into_iter().map(|channel| ChannelView::of(channel, api.sealer())).collect(),
        page: page.number,
        page_size: page.size,
        total,
        next: asked.next_page(page, total),
    }))
}
