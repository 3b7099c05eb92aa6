//! `GET /api/alerts/{id}`: one alert, deleted ones too.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use bellwether_model::AlertId;

use super::view::answer;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// One alert.
#[utoipa::path(get, path = "/api/alerts/{id}", tag = "alerts", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = super::AlertAnswer),
    (status = 404, description = "No such alert, or somebody else's"),
))]
pub(in crate::http) async fn get_alert(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<AlertId>,
) -> Result<Response, ApiError> {
    let alert = api.store().alert(caller.user, id).await?.ok_or(ApiError::NotFound("alert"))?;
    Ok(answer(StatusCode::OK, alert, &api, None))
}
