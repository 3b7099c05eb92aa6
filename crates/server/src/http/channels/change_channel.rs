//! `PATCH /api/channels/{id}`: another name, another target.
//!
//! What is absent stays as it is, a webhook's secret too. A new target switches a disabled channel on
//! again; a new mailbox is asked first, and what waits is held until then.

use axum::Json;
use axum::extract::State;
use bellwether_model::input::{Faults, Fields};
use bellwether_model::{ChannelId, Node};
use bellwether_store::channel::{ChannelChange, ChannelChanged, UserChannel};
use utoipa::ToSchema;

use super::view::ChannelView;
use super::{ATTEMPTS, ask_mailbox, check_target, find, first_status, read_name, throttle};
use crate::channels::{Address, read_address};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict};
use crate::http::input::{InPath, JsonBody};

/// A change of a channel. What is absent stays as it is; the fields are those of its kind.
#[derive(ToSchema)]
#[schema(as = ChannelChanges)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct ChannelChanges {
    name: Option<String>,
    address: Option<String>,
    url: Option<String>,
    token: Option<String>,
    chat_id: Option<String>,
    topic_id: Option<i64>,
    topic: Option<String>,
}

struct Wish {
    name: Option<String>,
    /// Where it leads from now on, where that is elsewhere.
    address: Option<Address>,
}

/// Change a channel.
#[utoipa::path(patch, path = "/api/channels/{id}", tag = "delivery", request_body = ChannelChanges,
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = ChannelView),
        (status = 404, description = "No such channel, or somebody else's"),
    ))]
pub(in crate::http) async fn change_channel(
    State(api): State<ApiState>,
    caller: Caller,
    InPath(id): InPath<ChannelId>,
    body: JsonBody,
) -> Result<Json<ChannelView>, ApiError> {
    for attempt in 0..ATTEMPTS {
        let present = find(&api, caller, id).await?;
        let Wish { name, address } = read(&api, &present, &body)?;
        if let Some(address) = &address {
            check_target(&api, address).await?;
            if address.mailbox().is_some() && attempt == 0 {
                throttle(&api, caller)?;
            }
        }
        if address.is_none() && name.as_ref().is_none_or(|name| *name == present.name) {
            return Ok(Json(ChannelView::of(present, api.sealer())));
        }
        let change = ChannelChange {
            name,
            target: address.as_ref().map(|address| api.sealer().seal(id, address)),
            status: address.as_ref().map(first_status),
            from_version: present.version,
        };
        match api.store().change_channel(caller.user, id, change, api.now()).await? {
            ChannelChanged::Done(channel) => {
                if let Some(mailbox) = address.as_ref().and_then(Address::mailbox) {
                    ask_mailbox(&api, &channel, mailbox).await?;
                }
                return Ok(Json(ChannelView::of(*channel, api.sealer())));
            }
            ChannelChanged::Conflict => {}
            ChannelChanged::NotFound => return Err(ApiError::NotFound("channel")),
        }
    }
    Err(ApiError::Conflict(Conflict::KeepsChanging))
}

fn read(api: &ApiState, present: &UserChannel, body: &JsonBody) -> Result<Wish, ApiError> {
    let changes_target =
        matches!(&body.node, Node::Object(fields) if fields.iter().any(|(name, _)| name != "name"));
    // Where it can no longer be read, everything about it has to be said anew.
    let before = api.sealer().open(present.id, &present.target).ok();
    body.read(|fields: &mut Fields<'_>, faults: &mut Faults| {
        let name = read_name(fields, faults);
        let address = if changes_target {
            Some(read_address(present.kind, fields, faults, before.as_ref())?)
        } else {
            None
        };
        Some(Wish { name, address: address.filter(|address| before.as_ref() != Some(address)) })
    })
}
