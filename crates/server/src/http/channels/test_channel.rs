//! `POST /api/channels/{id}/test`: a message that says that it is a test, sent like any other, once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::{ChannelId, DeliveryId};
use bellwether_store::channel::ChannelStatus;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{find, throttle};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::InPath;

/// A test on its way.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ChannelTest {
    /// What came of it stands at `/api/deliveries/{id}`.
    delivery_id: Uuid,
}

/// Send a test message, also over a channel that is switched off. A mailbox that was not verified gets none: strangers
/// would get mail that they never asked for.
#[utoipa::path(post, path = "/api/channels/{id}/test", tag = "delivery", params(("id" = uuid::Uuid, Path)), responses(
    (status = 202, description = "It is on its way", body = ChannelTest),
    (status = 404, description = "No such channel, or somebody else's"),
    (status = 409, description = "A mailbox that was not verified"),
))]
pub(in crate::http) async fn test_channel(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ChannelId>,
) -> Result<(StatusCode, Json<ChannelTest>), ApiError> {
    throttle(&api, caller)?;
    let channel = find(&api, caller, id).await?;
    if channel.status == ChannelStatus::Unverified && api.accounts().require_verified_email {
        return Err(ApiError::Conflict(Conflict::MailboxUnverified));
    }
    let delivery = DeliveryId(Uuid::now_v7());
    if !api.store().queue_channel_test(caller.user, id, delivery, api.now()).await? {
        return Err(ApiError::NotFound("channel"));
    }
    Ok((StatusCode::ACCEPTED, Json(ChannelTest { delivery_id: delivery.0 })))
}
