//! What is said about a channel or an alert, in words: the same for mails and for chats.

use serde::Serialize;

use crate::message::{About, Notice};
use crate::plain;

/// Characters of a name or a reason that are told.
const QUOTED_CHARS: usize = 300;

/// A notice as its templates place it.
#[derive(Serialize)]
pub(crate) struct NoticeView {
    pub(crate) title: String,
    preview: String,
    pub(crate) lines: Vec<String>,
    button: Option<Button>,
    delivery: String,
}

/// What is said of an alert whose time is over.
fn expired(name: &str, watched: &str, fires: u64) -> Vec<String> {
    let watched = plain::bounded_line(watched, QUOTED_CHARS);
    let fired = match fires {
        0 => "It never fired.".to_owned(),
        1 => "It fired once.".to_owned(),
        fires => format!("It fired {fires} times."),
    };
    vec![
        format!("The time of the alert{} is over: {watched}.", quoted(name)),
        format!("{fired} It does not fire any more."),
        "Give it a later end, and it watches on.".to_owned(),
    ]
}

/// A link that a mail shows as a button.
#[derive(Serialize)]
struct Button {
    label: &'static str,
    link: String,
}

impl NoticeView {
    pub(crate) fn of(notice: &Notice) -> Self {
        let (title, lines) = match &notice.about {
            About::ChannelTest { name } => {
                let channel = quoted(name);
                (
                    "A test from Bellwether",
                    vec![format!("The channel{channel} works: price alerts come here.")],
                )
            }
            About::AlertThrottled { name } => (
                "An alert of yours fires very often",
                vec![
                    format!("The alert{} fires more often than its messages are sent.", quoted(name)),
                    "It goes on as you set it, and every fire stands in your list. But from now on, as long as \
                     it fires so often, one message tells of many fires."
                        .to_owned(),
                    "Give it a cooldown, or a price further away, to hear less and sooner.".to_owned(),
                ],
            ),
            About::AlertExpired { name, watched, fires, .. } => {
                ("An alert of yours has expired", expired(name, watched, *fires))
            }
            About::ChannelDisabled { channel, name, reason } => (
                "A channel of yours is switched off",
                vec![
                    format!("Nothing more is sent over the {channel} channel{}.", quoted(name)),
                    format!("Its receiver said: {}", plain::bounded_line(reason, QUOTED_CHARS)),
                    "What was waiting for it stands in your list of deliveries, where it can be sent again. \
                     Give the channel another target, or verify it, to switch it on again."
                        .to_owned(),
                ],
            ),
            About::AddressSuppressed { reason } => (
                "Your e-mail address gets nothing any more",
                vec![
                    "Nothing more is sent to the address of your account.".to_owned(),
                    format!("The reason: {}", plain::bounded_line(reason, QUOTED_CHARS)),
                    "What your alerts tell there waits for you. Verify the address once more in your account, \
                     and it comes."
                        .to_owned(),
                ],
            ),
            About::PasswordLink { .. } => (
                "Choose a new password for Bellwether",
                vec![
                    "Somebody, most likely you, has forgotten the password of the account with this address."
                        .to_owned(),
                    "The link below lets you choose another one. It works once, for an hour, and ends every \
                     login."
                        .to_owned(),
                    "If it was not you, do nothing: your password stays as it is.".to_owned(),
                ],
            ),
        };
        let button = match &notice.about {
            About::PasswordLink { link } => {
                Some(Button { label: "Choose a new password", link: link.0.clone() })
            }
            About::AlertExpired { open, .. } => {
                open.clone().map(|link| Button { label: "Open or change it", link })
            }
            About::ChannelTest { .. }
            | About::AlertThrottled { .. }
            | About::AddressSuppressed { .. }
            | About::ChannelDisabled { .. } => None,
        };
        let preview = lines.first().cloned().unwrap_or_default();
        let delivery = notice.delivery.to_string();
        Self { title: title.to_owned(), preview, lines, button, delivery }
    }
}

/// ` "desk"`, or nothing for a channel without a name.
fn quoted(name: &str) -> String {
    match plain::bounded_line(name, QUOTED_CHARS) {
        name if name.is_empty() => name,
        name => format!(" \"{name}\""),
    }
}
