//! `POST /api/channels/{id}/verify`: bring a channel to where messages go over it.
//!
//! A mailbox is asked by mail (once more); any other channel that its receiver had switched off is on again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bellwether_model::ChannelId;
use bellwether_store::channel::{ChannelChange, ChannelChanged, ChannelStatus};

use super::view::ChannelView;
use super::{ask_mailbox, find, throttle};
use crate::channels::Address;
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::InPath;

/// Verify a channel, or switch it on again.
#[utoipa::path(post, path = "/api/channels/{id}/verify", tag = "delivery", params(("id" = uuid::Uuid, Path)), responses(
    (status = 202, description = "The channel as it is; a mailbox is asked by mail, others are active now",
        body = ChannelView),
    (status = 404, description = "No such channel, or somebody else's"),
))]
pub(in crate::http) async fn verify_channel(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ChannelId>,
) -> Result<(StatusCode, Json<ChannelView>), ApiError> {
    let mut channel = find(&api, caller, id).await?;
    if channel.status != ChannelStatus::Active {
        let address = api.sealer().open(id, &channel.target).ok();
        match address.as_ref().and_then(Address::mailbox) {
            Some(mailbox) => {
                throttle(&api, caller)?;
                ask_mailbox(&api, &channel, mailbox).await?;
            }
            None => {
                let change = ChannelChange {
                    status: Some(ChannelStatus::Active),
                    from_version: channel.version,
                    ..ChannelChange::default()
                };
                channel = match api.store().change_channel(caller.user, id, change, api.now()).await? {
                    ChannelChanged::Done(channel) => *channel,
                    ChannelChanged::Conflict => return Err(ApiError::Conflict(Conflict::KeepsChanging)),
                    ChannelChanged::NotFound => return Err(ApiError::NotFound("channel")),
                };
            }
        }
    }
    Ok((StatusCode::ACCEPTED, Json(ChannelView::of(channel, api.sealer()))))
}
