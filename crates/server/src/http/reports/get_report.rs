//! `GET /api/reports/{id}`: one report.

use axum::Json;
use axum::extract::State;
use bellwether_model::ReportId;

use super::ReportView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// One report.
#[utoipa::path(get, path = "/api/reports/{id}", tag = "products", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = ReportView),
    (status = 404, description = "No such report, or somebody else's"),
))]
pub(in crate::http) async fn get_report(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ReportId>,
) -> Result<Json<ReportView>, ApiError> {
    let report = api.store().report(caller.user, id).await?.ok_or(ApiError::NotFound("report"))?;
    Ok(Json(report.into()))
}
