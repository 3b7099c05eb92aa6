//! `GET /api/alerts/{id}/reports`: what a product alert told, newest first.

use axum::Json;
use axum::extract::State;
use bellwether_model::AlertId;
use bellwether_store::page::Stretched;

use super::ReportView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;
use crate::http::paging::StretchOf;
use crate::http::query::Query;

/// What a product alert told.
#[utoipa::path(get, path = "/api/alerts/{id}/reports", tag = "products",
    params(
        ("id" = uuid::Uuid, Path),
        ("after" = Option<uuid::Uuid>, Query, description = "The last report of the page before"),
        ("page_size" = Option<u32>, Query),
    ),
    responses(
        (status = 200, body = StretchOf<ReportView>),
        (status = 404, description = "No such alert, or somebody else's"),
    ))]
pub(in crate::http) async fn list_reports(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
    mut query: Query,
) -> Result<Json<StretchOf<ReportView>>, ApiError> {
    let stretch = query.stretch();
    let asked = query.finish()?;
    api.store().alert(caller.user, id).await?.ok_or(ApiError::NotFound("alert"))?;
    let limit = stretch.limit;
    let Stretched { items, more, total, total_capped } =
        api.store().reports(caller.user, id, stretch).await?;
    let last = items.last().map(|report| report.id.to_string());
    Ok(Json(StretchOf {
        items: items.into_iter().map(ReportView::from).collect(),
        page_size: limit,
        total,
        total_capped,
        next: last.filter(|_| more).map(|last| asked.with("after", &last)),
    }))
}
