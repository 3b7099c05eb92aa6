//! How a message would look on each kind of channel, by the functions that put it into words when it is sent.

use bellwether_model::{Placeholder, Timestamp};

use crate::render::chat::ChatText;
use crate::render::flavour::Flavour;
use crate::render::own;
use crate::{Message, Rendered, discord, ntfy, render, slack, telegram, webhook};

/// A message as it would look on each kind of channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previews {
    /// What each placeholder that its owner's words may have stands for.
    pub values: Vec<(Placeholder, String)>,
    /// As a mail.
    pub mail: Rendered,
    /// As the body of a webhook: JSON.
    pub webhook: String,
    /// As Telegram gets it, in its HTML.
    pub telegram: String,
    /// As Slack gets it, in its `mrkdwn`.
    pub slack: String,
    /// As Discord gets it, in its Markdown.
    pub discord: String,
    /// As ntfy gets it.
    pub ntfy: Push,
}

/// A push: its title and its text, without markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// One line.
    pub title: String,
    /// The rest.
    pub text: String,
}

/// Puts a message into words for every kind of channel, as if it were sent at `now`.
#[must_use]
pub fn previews(message: &Message, now: Timestamp) -> Previews {
    let ChatText { subject, text } = ntfy::words(message, now);
    Previews {
        values: own::values(message),
        mail: render(message, now),
        webhook: webhook::body(message),
        telegram: telegram::words(message, now, Flavour::Telegram),
        slack: slack::words(message, now).text,
        discord: discord::words(message, now),
        ntfy: Push { title: subject, text },
    }
}
