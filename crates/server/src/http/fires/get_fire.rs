//! `GET /api/fires/{id}`: one fire with its evidence.

use axum::Json;
use axum::extract::State;
use bellwether_model::FireId;

use super::view::FireView;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// One fire.
#[utoipa::path(get, path = "/api/fires/{id}", tag = "fires", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = FireView),
    (status = 404, description = "No such fire, or somebody else's"),
))]
pub(in crate::http) async fn get_fire(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<FireId>,
) -> Result<Json<FireView>, ApiError> {
    let fire = api.store().fire(caller.user, id).await?.ok_or(ApiError::NotFound("fire"))?;
    Ok(Json(fire.into()))
}
