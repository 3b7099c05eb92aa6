//! The channel Slack: a fire as a message of an incoming webhook.
//!
//! Sources: Slack's pages on incoming webhooks, formatting and rate limits (checked on 2026-11-21). The
//! webhook's address is its key.

use bellwether_model::Timestamp;
use serde::Serialize;

use crate::http::HttpReply;
use crate::http::answer::{said, usual};
use crate::http::metric::Timer;
use crate::http::redact::Secrets;
use crate::render::chat::{ChatText, Extent, chat};
use crate::render::flavour::Flavour;
use crate::{Endpoint, HttpClient, Message, Outcome};

/// The longest text of a section, in UTF-16 units.
const SECTION_UNITS: usize = 3_000;
/// The name in metrics.
const CHANNEL: &str = "slack";

/// A channel's incoming webhook.
#[derive(Debug, Clone)]
pub struct SlackTarget {
    /// `https://hooks.slack.com/services/T…/B…/…`
    pub webhook: Endpoint,
}

/// Sends messages to Slack. One for the whole process.
#[derive(Debug, Clone)]
pub struct SlackSender {
    client: HttpClient,
}

impl SlackSender {
    /// A sender over this client.
    #[must_use]
    pub fn new(client: HttpClient) -> Self {
        Self { client }
    }

    /// Puts a message into words and sends it, once. `now` is the time of sending.
    pub async fn send(&self, to: &SlackTarget, message: &Message, now: Timestamp) -> Outcome {
        let timer = Timer::start(CHANNEL);
        let outcome = match self.client.post_json(&to.webhook, &Post::of(message, now)).await {
            Ok(reply) => read(&reply, to, now),
            Err(failure) => failure.outcome(),
        };
        timer.stop(outcome)
    }
}

/// What is posted. `text` is what notifications show, and `blocks` what the channel shows.
#[derive(Serialize)]
struct Post {
    text: String,
    blocks: [Section; 1],
    /// Neither links nor pictures of their targets are fetched by Slack.
    unfurl_links: bool,
    unfurl_media: bool,
}

#[derive(Serialize)]
struct Section {
    r#type: &'static str,
    text: Text,
}

#[derive(Serialize)]
struct Text {
    r#type: &'static str,
    text: String,
    /// Names of channels and addresses in people's texts do not become links.
    verbatim: bool,
}

/// The text in Slack's markup, and what notifications show of it, not escaped.
pub(crate) fn words(message: &Message, now: Timestamp) -> ChatText {
    let fits = |text: &str| text.encode_utf16().count() <= SECTION_UNITS;
    chat(message, now, Flavour::Slack, Extent::Whole, fits)
}

impl Post {
    fn of(message: &Message, now: Timestamp) -> Self {
        let ChatText { subject, text } = words(message, now);
        let text = Text { r#type: "mrkdwn", text, verbatim: true };
        Self {
            text: Flavour::Slack.escape(&subject),
            blocks: [Section { r#type: "section", text }],
            unfurl_links: false,
            unfurl_media: false,
        }
    }
}

/// Slack answers in a word: `ok`, `invalid_payload`, `channel_is_archived`. A status that means "this
/// webhook is no more" has several such words, and all of them are final.
fn read(reply: &HttpReply, to: &SlackTarget, now: Timestamp) -> Outcome {
    let said = said(reply, || to.secrets());
    match reply.status {
        403 | 404 | 410 => Outcome::dead_target(&said),
        _ => usual(reply, &said, now),
    }
}

impl SlackTarget {
    fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add_path(&self.webhook);
        secrets
    }
}
