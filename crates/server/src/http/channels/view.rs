//! How a channel looks in the API. Where it leads is told by its host alone.

use bellwether_model::Timestamp;
use bellwether_store::channel::UserChannel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::channels::Sealer;

/// Where messages go besides the account's own address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChannelInfo)]
pub(in crate::http) struct ChannelView {
    id: Uuid,
    /// `email`, `webhook`, `telegram`, `slack`, `discord` or `ntfy`.
    #[schema(example = "webhook")]
    kind: &'static str,
    name: String,
    /// `unverified` (messages wait), `active` or `disabled` (its receiver is gone).
    #[schema(example = "active")]
    status: &'static str,
    /// Of a disabled one: what its receiver said.
    reason: Option<String>,
    /// Where it leads, by its host alone; null where that can no longer be read.
    #[schema(example = "https://example.org")]
    target: Option<String>,
    /// Attempts that failed since the last one that did not.
    failures: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_delivered_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A channel, and the secret of a webhook that was just drawn.
#[derive(Serialize, ToSchema)]
#[schema(as = ChannelWithSecret)]
pub(in crate::http) struct ChannelWithSecret {
    #[serde(flatten)]
    pub(super) channel: ChannelView,
    /// What a webhook's messages are signed with. It is shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub(super) secret: Option<String>,
}

impl ChannelView {
    pub(super) fn of(channel: UserChannel, sealer: &Sealer) -> Self {
        let address = sealer.open(channel.id, &channel.target);
        Self {
            id: channel.id.0,
            kind: channel.kind.name(),
            name: channel.name,
            status: channel.status.name(),
            reason: channel.reason,
            target: address.ok().map(|address| address.host()),
            failures: channel.failures,
            last_delivered_at: channel.last_delivered_at,
            created_at: channel.created_at,
            updated_at: channel.updated_at,
        }
    }
}
