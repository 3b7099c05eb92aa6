//! `GET /api/keys`: one's keys, without their secrets.

use axum::Json;
use axum::extract::State;
use bellwether_store::page::Listed;

use super::KeyView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::paging::PageOf;
use crate::http::query::Query;

/// One's keys, the newest first.
#[utoipa::path(get, path = "/api/keys", tag = "accounts",
    params(
        ("page" = Option<u32>, Query),
        ("page_size" = Option<u32>, Query, description = "10 where absent"),
    ),
    responses((status = 200, body = PageOf<KeyView>)))]
pub(in crate::http) async fn list_keys(
    State(api): State<ApiState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<PageOf<KeyView>>, ApiError> {
    let page = query.page();
    let asked = query.finish()?;
    let Listed { items, total } = api.store().list_keys(caller.user, page).await?;
    Ok(Json(PageOf {
        items: items.into_iter().map(KeyView::from).collect(),
        page: page.number,
        page_size: page.size,
        total,
        next: asked.next_page(page, total),
    }))
}
