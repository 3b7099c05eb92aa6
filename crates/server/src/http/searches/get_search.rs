//! `GET /api/searches/{id}`: one search, and how often it is asked.

use axum::Json;
use axum::extract::State;
use bellwether_model::SearchId;

use super::{SearchView, find};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// One search.
#[utoipa::path(get, path = "/api/searches/{id}", tag = "products", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = SearchView),
    (status = 404, description = "No such search, or one that none of your alerts watches"),
))]
pub(in crate::http) async fn get_search(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<SearchId>,
) -> Result<Json<SearchView>, ApiError> {
    let record = find(&api, caller.user, id).await?;
    Ok(Json(SearchView::of(&api, record)))
}
