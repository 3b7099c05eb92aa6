//! The channel Discord: a fire as a message of a webhook.
//!
//! Source: `discord/discord-api-docs` of 2026-08-06 (webhook, message, rate limits, error codes; checked
//! on 2026-11-21). The webhook's address is its key.

use std::time::Duration;

use bellwether_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::http::HttpReply;
use crate::http::answer::{told, usual};
use crate::http::metric::Timer;
use crate::http::redact::Secrets;
use crate::render::chat::{Extent, chat};
use crate::render::flavour::Flavour;
use crate::{Endpoint, HttpClient, Message, Outcome};

/// The longest content, in UTF-16 units. An embed would hold more, and notifications do not show it.
const CONTENT_UNITS: usize = 2_000;
/// The name in metrics.
const CHANNEL: &str = "discord";

/// A channel's webhook.
#[derive(Debug, Clone)]
pub struct DiscordTarget {
    /// `https://discord.com/api/webhooks/…/…`, with `?thread_id=…` for a thread.
    pub webhook: Endpoint,
}

/// Sends messages to Discord. One for the whole process.
#[derive(Debug, Clone)]
pub struct DiscordSender {
    client: HttpClient,
}

impl DiscordSender {
    /// A sender over this client.
    #[must_use]
    pub fn new(client: HttpClient) -> Self {
        Self { client }
    }

    /// Puts a message into words and sends it, once. `now` is the time of sending.
    pub async fn send(&self, to: &DiscordTarget, message: &Message, now: Timestamp) -> Outcome {
        let timer = Timer::start(CHANNEL);
        // With it, what was not saved is answered by an error.
        let Ok(webhook) = to.webhook.with_parameter("wait", "true") else {
            return timer.stop(Outcome::rejected("the webhook's address is too long"));
        };
        let outcome = match self.client.post_json(&webhook, &Post::of(message, now)).await {
            Ok(reply) => read(&reply, to, now),
            Err(failure) => failure.outcome(),
        };
        timer.stop(outcome)
    }
}

/// What is posted.
#[derive(Serialize)]
struct Post {
    content: String,
    allowed_mentions: Mentions,
}

/// Nobody is called, whatever stands in the text.
#[derive(Serialize)]
struct Mentions {
    parse: [&'static str; 0],
}

/// The text in Discord's markup.
pub(crate) fn words(message: &Message, now: Timestamp) -> String {
    let fits = |text: &str| text.encode_utf16().count() <= CONTENT_UNITS;
    chat(message, now, Flavour::Discord, Extent::Whole, fits).text
}

impl Post {
    fn of(message: &Message, now: Timestamp) -> Self {
        Self { content: words(message, now), allowed_mentions: Mentions { parse: [] } }
    }
}

/// What could be read of an answer's JSON.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    message: String,
    code: Option<i64>,
    /// Seconds, with decimals.
    retry_after: Option<f64>,
}

/// After a 401, 403 or 404 a webhook is not called again: Discord bans the address of who goes on.
fn read(reply: &HttpReply, to: &DiscordTarget, now: Timestamp) -> Outcome {
    let body: Body = reply.json().unwrap_or_default();
    let text = match body.code {
        Some(code) => format!("{} (code {code})", body.message),
        None => body.message,
    };
    let said = told(reply.status, &text, || to.secrets());
    match reply.status {
        200..=299 => Outcome::delivered(&reply.status.to_string()),
        401 | 403 | 404 => Outcome::dead_target(&said),
        429 => {
            let exact = body.retry_after.and_then(|wait| Duration::try_from_secs_f64(wait).ok());
            Outcome::later(&said, exact.filter(|wait| !wait.is_zero()).or_else(|| reply.wait(now)))
        }
        _ => usual(reply, &said, now),
    }
}

impl DiscordTarget {
    fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add_path(&self.webhook);
        secrets
    }
}
