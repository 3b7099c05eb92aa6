//! The channel Telegram: a fire as a message of a bot in a chat.
//!
//! Sources: the Bot API's pages, and the server's own (`tdlib/telegram-bot-api`, 2026-05-07; checked on
//! 2026-11-21). `sendMessage` knows no idempotency key, so a message whose answer was lost may come twice.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bellwether_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::http::answer::{told, usual};
use crate::http::metric::Timer;
use crate::http::redact::Secrets;
use crate::http::{EndpointError, HttpFailure, HttpReply};
use crate::render::chat::{ChatText, Extent, chat};
use crate::render::flavour::Flavour;
use crate::{Endpoint, HttpClient, Message, Outcome, plain};

/// Where the Bot API is; a server of one's own has another address (`telegram.url`).
pub const TELEGRAM_URL: &str = "https://api.telegram.org/";
/// The longest text after its markup is read, in UTF-16 units.
const TEXT_UNITS: usize = 4_096;
/// The name in metrics.
const CHANNEL: &str = "telegram";

/// A chat, and the bot that writes into it.
#[derive(Debug, Clone)]
pub struct TelegramTarget {
    /// The bot's token.
    pub token: TelegramToken,
    /// The chat's number (negative for groups), or `@name` of a public channel.
    pub chat: String,
    /// The topic within the chat, where it has some.
    pub topic: Option<i64>,
}

/// The token of a bot, `123456:ABC…`. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct TelegramToken(String);

/// A text that is no token. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bot's token is a number, a colon, and some 35 letters, as @BotFather gives it")]
pub struct TelegramTokenError;

/// Sends messages to Telegram. One for the whole process.
#[derive(Debug, Clone)]
pub struct TelegramSender {
    client: HttpClient,
    server: Endpoint,
}

impl TelegramSender {
    /// A sender by way of `server`, most often [`TELEGRAM_URL`].
    #[must_use]
    pub fn new(client: HttpClient, server: Endpoint) -> Self {
        Self { client, server }
    }

    /// Puts a message into words and sends it, once. But where Telegram says that the chat has moved, or
    /// that it cannot read the markup, nothing was sent, and it is sent to where the chat is now, or
    /// without markup. `now` is the time of sending.
    pub async fn send(&self, to: &TelegramTarget, message: &Message, now: Timestamp) -> Outcome {
        let timer = Timer::start(CHANNEL);
        timer.stop(self.deliver(to, message, now).await)
    }

    async fn deliver(&self, to: &TelegramTarget, message: &Message, now: Timestamp) -> Outcome {
        let Ok(method) = self.method(&to.token) else {
            return Outcome::rejected("telegram.url is too long");
        };
        let text = words(message, now, Flavour::Telegram);
        let call = Call::new(to, &text, Some("HTML"));
        let answer = match self.call(&method, &call).await {
            Ok(answer) => answer,
            Err(failure) => return failure.outcome(),
        };
        if let Some(chat) = answer.moved_to() {
            let moved = Call { chat_id: chat.to_string(), ..call };
            return match self.call(&method, &moved).await {
                Ok(answer) => note(answer.outcome(to, now), &format!("the chat has moved to {chat}")),
                Err(failure) => failure.outcome(),
            };
        }
        if answer.cannot_parse() {
            let plain = words(message, now, Flavour::Plain);
            return match self.call(&method, &Call::new(to, &plain, None)).await {
                Ok(again) => note(again.outcome(to, now), "sent without markup"),
                Err(failure) => failure.outcome(),
            };
        }
        answer.outcome(to, now)
    }

    fn method(&self, token: &TelegramToken) -> Result<Endpoint, EndpointError> {
        self.server.join([format!("bot{}", token.0).as_str(), "sendMessage"])
    }

    async fn call(&self, method: &Endpoint, call: &Call<'_>) -> Result<Answer, HttpFailure> {
        let reply = self.client.post_json(method, call).await?;
        let body = reply.json().unwrap_or_default();
        Ok(Answer { reply, body })
    }
}

/// The text, which must fit before its markup is read and so fits after it, too.
pub(crate) fn words(message: &Message, now: Timestamp, flavour: Flavour) -> String {
    let fits = |text: &str| text.encode_utf16().count() <= TEXT_UNITS;
    let ChatText { text, .. } = chat(message, now, flavour, Extent::Whole, fits);
    text
}

/// The parameters of `sendMessage`.
#[derive(Serialize)]
struct Call<'a> {
    chat_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<i64>,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parse_mode: Option<&'static str>,
    link_preview_options: NoPreview,
}

#[derive(Serialize)]
struct NoPreview {
    is_disabled: bool,
}

impl<'a> Call<'a> {
    fn new(to: &TelegramTarget, text: &'a str, parse_mode: Option<&'static str>) -> Self {
        Self {
            chat_id: to.chat.clone(),
            message_thread_id: to.topic,
            text,
            parse_mode,
            link_preview_options: NoPreview { is_disabled: true },
        }
    }
}

/// An answer, and what could be read of its JSON.
struct Answer {
    reply: HttpReply,
    body: Body,
}

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
    #[serde(default)]
    result: Sent,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Sent {
    message_id: Option<i64>,
}

impl Answer {
    fn moved_to(&self) -> Option<i64> {
        self.body.parameters.migrate_to_chat_id.filter(|_| self.reply.status == 400)
    }

    /// Telegram tells its 400s apart by their texts only; so do its own client libraries.
    fn cannot_parse(&self) -> bool {
        self.reply.status == 400 && self.body.description.contains("can't parse entities")
    }

    fn outcome(&self, to: &TelegramTarget, now: Timestamp) -> Outcome {
        let status = self.reply.status;
        let said = told(status, &self.body.description, || to.secrets());
        match status {
            200 => Outcome::delivered(&match self.body.result.message_id {
                Some(id) => format!("message {id}"),
                None => "200".to_owned(),
            }),
            400 if self.body.description.contains("chat not found") => Outcome::dead_target(&said),
            401 | 404 => Outcome::dead_target(&format!("{said} (the bot's token is not valid)")),
            403 => Outcome::dead_target(&said),
            429 => {
                let wait = self.body.parameters.retry_after.map(Duration::from_secs);
                Outcome::later(&said, wait.or_else(|| self.reply.wait(now)))
            }
            _ => usual(&self.reply, &said, now),
        }
    }
}

/// Says besides how a message came to be delivered.
fn note(outcome: Outcome, how: &str) -> Outcome {
    match outcome {
        Outcome::Delivered { reply } => Outcome::delivered(&format!("{reply}; {how}")),
        other => other,
    }
}

impl TelegramTarget {
    /// What may not show: the token, as a whole and in its parts.
    fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(&self.token.0);
        if let Some((_, secret)) = self.token.0.split_once(':') {
            secrets.add(secret);
        }
        secrets
    }
}

impl TelegramToken {
    /// The token in writing, for the store.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for TelegramToken {
    type Err = TelegramTokenError;

    fn from_str(text: &str) -> Result<Self, TelegramTokenError> {
        let text = plain::line(text);
        let (id, secret) = text.split_once(':').ok_or(TelegramTokenError)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let well_formed = !id.is_empty()
            && id.len() <= 20
            && id.chars().all(|c| c.is_ascii_digit())
            && (30..=64).contains(&secret.len())
            && secret.chars().all(allowed);
        if well_formed { Ok(Self(text)) } else { Err(TelegramTokenError) }
    }
}

impl fmt::Debug for TelegramToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TelegramToken(…)")
    }
}
