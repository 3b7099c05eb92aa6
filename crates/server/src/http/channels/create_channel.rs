//! `POST /api/channels`: a webhook, a chat, another mailbox.
//!
//! A webhook's secret is drawn here and answered this once. A mailbox is asked by mail whether it wants
//! alerts; everything else is active at once.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bellwether_model::ChannelId;
use bellwether_model::input::{Faults, Fields};
use bellwether_store::channel::{ChannelCreation, ChannelKind, NewChannel};
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::{ChannelView, ChannelWithSecret};
use super::{ask_mailbox, check_target, first_status, read_name, throttle};
use crate::channels::{Address, read_address};
use crate::http::ApiState;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, Conflict, Unauthenticated};
use crate::http::idempotency;
use crate::http::input::JsonBody;

/// A channel to be made: what every kind has, and what its kind needs.
#[derive(ToSchema)]
#[schema(as = NewChannel)]
#[expect(dead_code, reason = "describes what `read` reads")]
pub(in crate::http) struct ChannelWish {
    /// `email`, `webhook`, `telegram`, `slack`, `discord` or `ntfy`.
    #[schema(example = "webhook")]
    kind: String,
    /// What one calls it.
    #[schema(example = "desk")]
    name: Option<String>,
    /// `email`: the mailbox.
    address: Option<String>,
    /// `webhook`, `slack`, `discord`: where it is posted to. `ntfy`: the server.
    #[schema(example = "https://example.org/hooks/prices")]
    url: Option<String>,
    /// `telegram`: the bot's token. `ntfy`: an access token, where the server asks for one.
    token: Option<String>,
    /// `telegram`: the chat's number, or `@name` of a public channel.
    chat_id: Option<String>,
    /// `telegram`: the number of a topic within the chat.
    topic_id: Option<i64>,
    /// `ntfy`: the topic.
    topic: Option<String>,
}

struct Wish {
    name: String,
    address: Address,
}

/// Make a channel.
#[utoipa::path(post, path = "/api/channels", tag = "delivery", request_body = ChannelWish,
    params(("Idempotency-Key" = Option<String>, Header, description = idempotency::DESCRIPTION)),
    responses(
        (status = 201, body = ChannelWithSecret, description = "Made, or made before under the same key; the secret \
            of a webhook is shown in these answers alone"),
        (status = 409, description = "The user has as many channels as allowed"),
        (status = 422, description = "The idempotency key was used for another body, or for a channel that is \
            deleted since"),
    ))]
pub(in crate::http) async fn create_channel(
    State(api): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<(StatusCode, HeaderMap, Json<ChannelWithSecret>), ApiError> {
    let Wish { name, address } = body.read(read)?;
    let idempotency = idempotency::key(&headers, &body)?;
    if let Some(asked) = &idempotency
        && let Some(before) = api.store().channel_made_before(caller.user, asked, api.now()).await?
    {
        return answer(&api, before);
    }
    check_target(&api, &address).await?;
    if address.mailbox().is_some() {
        throttle(&api, caller)?;
    }
    let id = ChannelId(Uuid::now_v7());
    let new = NewChannel {
        id,
        user: caller.user,
        kind: address.kind(),
        name,
        status: first_status(&address),
        target: api.sealer().seal(id, &address),
        idempotency,
    };
    let made = api.store().create_channel(new, api.limits().channels_per_user, api.now()).await?;
    if let ChannelCreation::Created(channel) = &made
        && let Some(mailbox) = address.mailbox()
    {
        ask_mailbox(&api, channel, mailbox).await?;
    }
    answer(&api, made)
}

/// What is told of a channel that was made just now, or by the same request before.
fn answer(
    api: &ApiState,
    made: ChannelCreation,
) -> Result<(StatusCode, HeaderMap, Json<ChannelWithSecret>), ApiError> {
    let mut headers = HeaderMap::new();
    let channel = match made {
        ChannelCreation::Created(channel) => *channel,
        ChannelCreation::Repeated(channel) => {
            idempotency::mark_replayed(&mut headers);
            *channel
        }
        ChannelCreation::KeyConflict => return Err(ApiError::KeyReused),
        ChannelCreation::LimitReached => return Err(ApiError::Conflict(Conflict::TooManyChannels)),
        ChannelCreation::NoUser => {
            return Err(ApiError::Unauthenticated(Unauthenticated::InvalidToken));
        }
    };
    // What was sealed: of a request that is repeated, the secret that was drawn then.
    let secret = match api.sealer().open(channel.id, &channel.target) {
        Ok(Address::Webhook { secret, .. }) => Some(secret),
        _ => None,
    };
    let channel = ChannelView::of(channel, api.sealer());
    Ok((StatusCode::CREATED, headers, Json(ChannelWithSecret { channel, secret })))
}

fn read(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Wish> {
    let name = if fields.has("name") { read_name(fields, faults) } else { Some(String::new()) };
    fields.take("name");
    let kinds: Vec<_> = ChannelKind::ALL.iter().map(|kind| kind.name()).collect();
    let Some(kind) = fields.word(faults, "kind", &kinds).and_then(|kind| kind.parse::<ChannelKind>().ok())
    else {
        // Which fields belong to it nobody knows, so none of them is told to be wrong.
        for field in ["address", "url", "token", "chat_id", "topic_id", "topic"] {
            fields.take(field);
        }
        return None;
    };
    let address = read_address(kind, fields, faults, None);
    Some(Wish { name: name?, address: address? })
}
