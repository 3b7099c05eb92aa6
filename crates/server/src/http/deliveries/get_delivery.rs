//! `GET /api/deliveries/{id}`: one delivery with every attempt.

use axum::Json;
use axum::extract::State;
use bellwether_model::DeliveryId;

use super::view::{AttemptView, DeliveryWithAttempts};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// One delivery with its attempts.
#[utoipa::path(get, path = "/api/deliveries/{id}", tag = "delivery", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, body = DeliveryWithAttempts),
    (status = 404, description = "No such delivery, or somebody else's"),
))]
pub(in crate::http) async fn get_delivery(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<DeliveryId>,
) -> Result<Json<DeliveryWithAttempts>, ApiError> {
    let found = api.store().delivery(caller.user, id).await?;
    let (delivery, attempts) = found.ok_or(ApiError::NotFound("delivery"))?;
    let attempts = attempts.into_iter().map(AttemptView::from).collect();
    Ok(Json(DeliveryWithAttempts { delivery: delivery.into(), attempts }))
}
