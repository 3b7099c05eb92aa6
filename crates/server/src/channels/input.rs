//! Where a channel leads, as people write it.

use std::fmt::Display;
use std::str::FromStr;

use bellwether_model::Node;
use bellwether_model::input::{Faults, Fields};
use bellwether_notify::{Endpoint, NtfyTopic, TelegramToken, WebhookSecret};
use bellwether_store::channel::ChannelKind;

use super::Address;
use crate::accounts::Email;

/// Bytes that a chat's name or an access token has at most.
const TEXT_BYTES: usize = 256;

/// Reads the fields of an address of this kind. Those that are absent are taken from `base`, the address
/// as it is; where there is none they are required.
pub(crate) fn read_address(
    kind: ChannelKind,
    fields: &mut Fields<'_>,
    faults: &mut Faults,
    base: Option<&Address>,
) -> Option<Address> {
    match kind {
        ChannelKind::Email => {
            let before = base.and_then(Address::mailbox);
            Some(Address::Email { address: checked::<Email>(fields, faults, "address", before)? })
        }
        ChannelKind::Webhook => {
            let url = read_url(fields, faults, base)?;
            let (secret, former) = match base {
                Some(Address::Webhook { secret, former, .. }) => (secret.clone(), former.clone()),
                _ => (WebhookSecret::draw(&mut rand::rng()).reveal(), Vec::new()),
            };
            Some(Address::Webhook { url, secret, former })
        }
        ChannelKind::Telegram => read_telegram(fields, faults, base),
        ChannelKind::Slack => Some(Address::Slack { url: read_url(fields, faults, base)? }),
        ChannelKind::Discord => Some(Address::Discord { url: read_url(fields, faults, base)? }),
        ChannelKind::Ntfy => read_ntfy(fields, faults, base),
    }
}

fn read_url(fields: &mut Fields<'_>, faults: &mut Faults, base: Option<&Address>) -> Option<String> {
    let before = base.and_then(|base| match base {
        Address::Webhook { url, .. }
        | Address::Slack { url }
        | Address::Discord { url }
        | Address::Ntfy { url, .. } => Some(url.as_str()),
        Address::Email { .. } | Address::Telegram { .. } => None,
    });
    checked::<Endpoint>(fields, faults, "url", before)
}

fn read_telegram(fields: &mut Fields<'_>, faults: &mut Faults, base: Option<&Address>) -> Option<Address> {
    let (token, chat, topic) = match base {
        Some(Address::Telegram { token, chat_id, topic_id }) => {
            (Some(token.as_str()), Some(chat_id.as_str()), *topic_id)
        }
        _ => (None, None, None),
    };
    let token = checked::<TelegramToken>(fields, faults, "token", token);
    let chat_id = read_chat(fields, faults, chat);
    let topic_id = match fields.take("topic_id") {
        None => Some(topic),
        Some(Node::Null) => Some(None),
        Some(Node::Number(text)) if text.parse::<i64>().is_ok_and(|topic| topic > 0) => {
            Some(text.parse().ok())
        }
        Some(_) => {
            faults.add("topic_id", "invalid", "must be the number of a topic");
            None
        }
    };
    Some(Address::Telegram { token: token?, chat_id: chat_id?, topic_id: topic_id? })
}

/// A chat's number, as a number or as text, or `@name`.
fn read_chat(fields: &mut Fields<'_>, faults: &mut Faults, before: Option<&str>) -> Option<String> {
    let text = match (fields.given("chat_id"), before) {
        (Some(Node::Text(text) | Node::Number(text)), _) => text.trim(),
        (None, Some(before)) => return Some(before.to_owned()),
        (None, None) => {
            faults.add("chat_id", "required", "is required");
            return None;
        }
        (Some(_), _) => "",
    };
    let is_name = text.strip_prefix('@').is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    if text.len() <= TEXT_BYTES && (is_name || text.parse::<i64>().is_ok()) {
        return Some(text.to_owned());
    }
    faults.add("chat_id", "invalid", "must be the chat's number, or @name of a public channel");
    None
}

fn read_ntfy(fields: &mut Fields<'_>, faults: &mut Faults, base: Option<&Address>) -> Option<Address> {
    let (topic, token) = match base {
        Some(Address::Ntfy { topic, token, .. }) => (Some(topic.as_str()), token.clone()),
        _ => (None, None),
    };
    let url = read_url(fields, faults, base);
    let topic = checked::<NtfyTopic>(fields, faults, "topic", topic);
    let token = match fields.take("token") {
        None => Some(token),
        Some(Node::Null) => Some(None),
        Some(Node::Text(token))
            if (1..=TEXT_BYTES).contains(&token.len())
                && token.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Some(Some(token.clone()))
        }
        Some(_) => {
            faults.add("token", "invalid", "must be an access token such as tk_…");
            None
        }
    };
    Some(Address::Ntfy { url: url?, topic: topic?, token: token? })
}

/// A text that `T` reads, as it was written; the one before where it is absent.
fn checked<T>(
    fields: &mut Fields<'_>,
    faults: &mut Faults,
    name: &str,
    before: Option<&str>,
) -> Option<String>
where
    T: FromStr,
    T::Err: Display,
{
    if !fields.has(name) {
        // Marks it as known; null is as good as absent.
        fields.take(name);
        if before.is_none() {
            faults.add(name, "required", "is required");
        }
        return before.map(str::to_owned);
    }
    let text = fields.text(faults, name)?.trim();
    match text.parse::<T>() {
        Ok(_) => Some(text.to_owned()),
        Err(error) => {
            faults.add(name, "invalid", error.to_string());
            None
        }
    }
}
