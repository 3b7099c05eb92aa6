//! `POST /api/deliveries/{id}/retry`: a dead or waiting delivery is due now.

use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::DeliveryId;

use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::InPath;

/// Try a delivery again now.
#[utoipa::path(post, path = "/api/deliveries/{id}/retry", tag = "delivery", params(("id" = uuid::Uuid, Path)), responses(
    (status = 202, description = "It is due now"),
    (status = 404, description = "No such delivery, or somebody else's"),
    (status = 409, description = "It neither waits nor was given up"),
))]
pub(in crate::http) async fn retry_delivery(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<DeliveryId>,
) -> Result<StatusCode, ApiError> {
    match api.store().retry_delivery(caller.user, id, api.now()).await? {
        Some(true) => Ok(StatusCode::ACCEPTED),
        Some(false) => Err(ApiError::Conflict(Conflict::NotRetriable)),
        None => Err(ApiError::NotFound("delivery")),
    }
}
