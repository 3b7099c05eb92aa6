//! `POST /api/channels/{id}/rotate-secret`: another secret for a webhook. The former one signs along for
//! 24 hours, so that its receiver can change over without losing a message.

use axum::Json;
use axum::extract::State;
use bellwether_model::ChannelId;
use bellwether_notify::WebhookSecret;
use bellwether_store::channel::{ChannelChange, ChannelChanged, ChannelKind};

use super::view::{ChannelView, ChannelWithSecret};
use super::{ATTEMPTS, find};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::InPath;

/// Give a webhook another secret.
#[utoipa::path(post, path = "/api/channels/{id}/rotate-secret", tag = "delivery", params(("id" = uuid::Uuid, Path)), responses(
    (status = 200, description = "The new secret, shown this once; the former one signs along for 24 hours",
        body = ChannelWithSecret),
    (status = 404, description = "No such channel, or somebody else's"),
    (status = 409, description = "It is no webhook"),
))]
pub(in crate::http) async fn rotate_secret(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ChannelId>,
) -> Result<Json<ChannelWithSecret>, ApiError> {
    let secret = WebhookSecret::draw(&mut rand::rng());
    for _ in 0..ATTEMPTS {
        let present = find(&api, caller, id).await?;
        if present.kind != ChannelKind::Webhook {
            return Err(ApiError::Conflict(Conflict::NoSecret));
        }
        let address = api.sealer().open(id, &present.target).map_err(ApiError::internal)?;
        let rotated = address.with_secret(&secret, api.now());
        let rotated = rotated.ok_or(ApiError::Conflict(Conflict::NoSecret))?;
        let change = ChannelChange {
            target: Some(api.sealer().seal(id, &rotated)),
            from_version: present.version,
            ..ChannelChange::default()
        };
        match api.store().change_channel(caller.user, id, change, api.now()).await? {
            ChannelChanged::Done(channel) => {
                let channel = ChannelView::of(*channel, api.sealer());
                return Ok(Json(ChannelWithSecret { channel, secret: Some(secret.reveal()) }));
            }
            ChannelChanged::Conflict => {}
            ChannelChanged::NotFound => return Err(ApiError::NotFound("channel")),
        }
    }
    Err(ApiError::Conflict(Conflict::KeepsChanging))
}
