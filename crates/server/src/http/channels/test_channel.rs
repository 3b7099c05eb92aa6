//! `POST /api/channels/{id}/test`: a message that says that it is a test, sent like any other, once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::{ChannelId, DeliveryId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::throttle;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::ApiError;
use crate::http::input::InPath;

/// A test on its way.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ChannelTest {
    /// What came of it stands at `/api/deliveries/{id}`.
    delivery_id: Uuid,
}

/// Send a test message, whatever the channel's status.
#[utoipa::path(post, path = "/api/channels/{id}/test", tag = "delivery", params(("id" = uuid::Uuid, Path)), responses(
    (status = 202, description = "It is on its way", body = ChannelTest),
    (status = 404, description = "No such channel, or somebody else's"),
))]
pub(in crate::http) async fn test_channel(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ChannelId>,
) -> Result<(StatusCode, Json<ChannelTest>), ApiError> {
    throttle(&api, caller)?;
    let delivery = DeliveryId(Uuid::now_v7());
    if !api.store().queue_channel_test(caller.user, id, delivery, api.now()).await? {
        return Err(ApiError::NotFound("channel"));
    }
    Ok((StatusCode::ACCEPTED, Json(ChannelTest { delivery_id: delivery.0 })))
}
