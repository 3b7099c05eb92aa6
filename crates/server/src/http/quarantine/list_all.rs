//! `GET /api/admin/quarantine`: which prices were too far off, of all venues, for those who operate the service.

use axum::Json;
use axum::extract::State;
use bellwether_store::quarantine::QuarantineFilter;

use super::{QuarantinedView, list};
use crate::http::ApiState;
use crate::http::auth::Administrator;
use crate::http::error::ApiError;
use crate::http::paging::PageOf;
use crate::http::query::Query;

/// Prices that were too far off to be believed at once, the newest first.
#[utoipa::path(get, path = "/api/admin/quarantine", tag = "operation",
    params(
        ("venue" = Option<String>, Query, example = "binance"),
        ("outcome" = Option<Vec<String>>, Query,
            description = "Only of these outcomes: waiting, confirmed, contradicted, unanswered"),
        ("page" = Option<u32>, Query, minimum = 1),
        ("page_size" = Option<u32>, Query, minimum = 1, maximum = 100),
    ),
    responses(
        (status = 200, body = PageOf<QuarantinedView>),
        (status = 403, description = "You are no administrator"),
    ))]
pub(in crate::http) async fn list_all_quarantine(
    State(api): State<ApiState>,
    _: Administrator,
    mut query: Query,
) -> Result<Json<PageOf<QuarantinedView>>, ApiError> {
    let filter = QuarantineFilter { venue: query.one("venue"), ..QuarantineFilter::default() };
    list(&api, filter, query).await.map(Json)
}
