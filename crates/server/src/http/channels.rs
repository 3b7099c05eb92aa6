//! Channels: where messages go besides the account's own address.

pub(super) mod change_channel;
pub(super) mod create_channel;
pub(super) mod delete_channel;
pub(super) mod get_channel;
pub(super) mod list_channels;
pub(super) mod rotate_secret;
pub(super) mod test_channel;
pub(super) mod verify_channel;
mod view;

use bellwether_model::input::{Faults, Fields};
use bellwether_model::{ChannelId, DeliveryId, limits};
use bellwether_store::channel::{ChannelStatus, UserChannel};
use uuid::Uuid;

use super::ApiState;
use super::auth::Caller;
use super::error::ApiError;
use crate::channels::Address;

/// How often a change is made anew where somebody else was first.
const ATTEMPTS: u32 = 5;

async fn find(api: &ApiState, caller: Caller, id: ChannelId) -> Result<UserChannel, ApiError> {
    api.store().channel(caller.user, id).await?.ok_or(ApiError::NotFound("channel"))
}

/// Reads what a channel is called.
fn read_name(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<String> {
    let name = fields.bounded_text(faults, "name", limits::NAME_CHARS)?.trim();
    if name.contains(char::is_control) {
        faults.add("name", "character", "must stand on one line");
        return None;
    }
    Some(name.to_owned())
}

/// What may be sent to a new address at once. Whoever knows where a webhook or a chat is reached may write
/// there: the address or its token is the key, and messages are signed or come from the user's own bot.
/// A mailbox is known to everybody, so its reader has to agree.
fn first_status(address: &Address) -> ChannelStatus {
    match address {
        Address::Email { .. } => ChannelStatus::Unverified,
        Address::Webhook { .. }
        | Address::Telegram { .. }
        | Address::Slack { .. }
        | Address::Discord { .. }
        | Address::Ntfy { .. } => ChannelStatus::Active,
    }
}

/// Refuses an address that may not be called.
async fn check_target(api: &ApiState, address: &Address) -> Result<(), ApiError> {
    let Some(endpoint) = address.endpoint() else { return Ok(()) };
    match api.guard().refusal(&endpoint).await {
        Some(why) => Err(ApiError::field("url", "private_address", why)),
        None => Ok(()),
    }
}

/// Takes one of the few messages per minute that people may have sent wherever they say.
fn throttle(api: &ApiState, caller: Caller) -> Result<(), ApiError> {
    let key = format!("channel {}", caller.user);
    let taken = api.throttles().logins_of_account.take(&key, api.now());
    taken.map_err(|retry_after| ApiError::TooMany { retry_after })
}

/// Queues the mail that asks a mailbox whether alerts may come.
async fn ask_mailbox(api: &ApiState, channel: &UserChannel, mailbox: &str) -> Result<(), ApiError> {
    let (now, lasts) = (api.now(), api.accounts().verification_lasts);
    let token = api.tokens().channel_verification(channel.user, channel.id, mailbox, now, lasts);
    let delivery = DeliveryId(Uuid::now_v7());
    api.store().queue_channel_check(channel.user, channel.id, delivery, token, now).await?;
    Ok(())
}
