//! The channel ntfy: a fire as a push to the subscribers of a topic.
//!
//! Source: `binwiederhier/ntfy` of 2025-07-13 (`docs/publish.md`, `server/errors.go`; checked on
//! 2026-11-21). Where a server has no access control, the topic's name is its key.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bellwether_model::product::Report;
use bellwether_model::{Measure, Timestamp};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::http::answer::{told, usual};
use crate::http::metric::Timer;
use crate::http::redact::Secrets;
use crate::http::{HttpReply, JSON};
use crate::render::chat::{ChatText, Extent, chat};
use crate::render::flavour::Flavour;
use crate::{AlertFired, Endpoint, HttpClient, Message, Outcome};

/// The public server; one of one's own has another address.
pub const NTFY_URL: &str = "https://ntfy.sh/";
/// The longest message in bytes; a longer one becomes a file that nobody sees on the lock screen.
const MESSAGE_BYTES: usize = 4_096;
/// The longest message as JSON: the server reads twice its limit, all fields together.
const WRITTEN_BYTES: usize = 6_000;
/// The name in metrics.
const CHANNEL: &str = "ntfy";
/// The error of a visitor who has sent their messages of the day.
const DAY_IS_USED_UP: u32 = 42_908;

/// A topic on a server.
#[derive(Clone)]
pub struct NtfyTarget {
    /// The server's address, such as [`NTFY_URL`].
    pub server: Endpoint,
    /// The topic.
    pub topic: NtfyTopic,
    /// An access token (`tk_…`), where the server asks for one.
    pub token: Option<String>,
}

/// The name of a topic. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct NtfyTopic(String);

/// A text that is no topic. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a topic has 1 to 64 letters, digits, dashes and underscores")]
pub struct NtfyTopicError;

/// Sends messages to ntfy. One for the whole process.
#[derive(Debug, Clone)]
pub struct NtfySender {
    client: HttpClient,
}

impl NtfySender {
    /// A sender over this client.
    #[must_use]
    pub fn new(client: HttpClient) -> Self {
        Self { client }
    }

    /// Puts a message into words and sends it, once. `now` is the time of sending.
    pub async fn send(&self, to: &NtfyTarget, message: &Message, now: Timestamp) -> Outcome {
        let timer = Timer::start(CHANNEL);
        let mut headers = vec![(CONTENT_TYPE, JSON)];
        if let Some(token) = &to.token {
            match HeaderValue::try_from(format!("Bearer {token}")) {
                Ok(value) => headers.push((AUTHORIZATION, value)),
                Err(_) => return timer.stop(Outcome::dead_target("the access token is not valid")),
            }
        }
        let push = Push::of(to, message, now);
        let body = serde_json::to_vec(&push).expect("a push is text, numbers and lists");
        let outcome = match self.client.post(&to.server, headers, body.into()).await {
            Ok(reply) => read(&reply, to, now),
            Err(failure) => failure.outcome(),
        };
        timer.stop(outcome)
    }
}

/// What is posted, to the server's root.
#[derive(Serialize)]
struct Push<'a> {
    topic: &'a str,
    title: String,
    message: String,
    /// 3 is usual, 4 makes a sound and stands on top.
    priority: u8,
    tags: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    click: Option<&'a str>,
    actions: Vec<Action<'a>>,
}

/// A button that opens a page.
#[derive(Serialize)]
struct Action<'a> {
    action: &'static str,
    label: &'static str,
    url: &'a str,
}

/// The push's title and text.
pub(crate) fn words(message: &Message, now: Timestamp) -> ChatText {
    chat(message, now, Flavour::Plain, Extent::Inner, fits)
}

impl<'a> Push<'a> {
    fn of(to: &'a NtfyTarget, message: &'a Message, now: Timestamp) -> Self {
        let ChatText { subject, text } = words(message, now);
        let view = |label, url| Action { action: "view", label, url };
        let (click, actions, priority, tags) = match message {
            Message::AlertFired(fired) => {
                let open = fired.links.open.as_deref();
                let actions = open.map(|url| view("Open or change it", url)).into_iter();
                let stop = fired.links.stop.as_deref().filter(|_| fired.watches_on());
                (open, actions.chain(stop.map(|url| view("Stop it", url))).collect(), 4, way(fired))
            }
            Message::VerifyAddress(verify) => {
                (Some(verify.link.as_str()), vec![view("Confirm it", &verify.link)], 3, Vec::new())
            }
            Message::Combined(combined) => {
                let open = combined.open.as_deref();
                (open, open.map(|url| view("See all of them", url)).into_iter().collect(), 4, Vec::new())
            }
            Message::Report(report) => {
                let open = report.links.open.as_deref();
                let actions = open.map(|url| view("Open or change it", url)).into_iter();
                let stop = report.links.stop.as_deref().map(|url| view("Stop it", url));
                // What is told by schedule can wait; what happened may be gone in a minute.
                let (priority, picture) = match report.report {
                    Report::Listings(_) => (4, "label"),
                    Report::Digest(_) => (3, "label"),
                    Report::Insights(_) => (3, "bar_chart"),
                };
                (open, actions.chain(stop).collect(), priority, vec![picture])
            }
            Message::Notice(_) => (None, Vec::new(), 3, Vec::new()),
        };
        Self { topic: &to.topic.0, title: subject, message: text, priority, tags, click, actions }
    }
}

fn fits(text: &str) -> bool {
    let written = serde_json::to_string(text).map_or(usize::MAX, |written| written.len());
    text.len() <= MESSAGE_BYTES && written <= WRITTEN_BYTES
}

/// The picture beside the title: which way the price went.
fn way(fired: &AlertFired) -> Vec<&'static str> {
    let evidence = &fired.evidence;
    let before = match evidence.measure {
        Measure::Reference(price) => Some(price),
        Measure::Threshold(_) | Measure::Parts(_) | Measure::SilentSince(_) => evidence.previous_price,
    };
    match before {
        Some(before) if before < evidence.price => vec!["chart_with_upwards_trend"],
        Some(before) if before > evidence.price => vec!["chart_with_downwards_trend"],
        Some(_) | None => vec!["bell"],
    }
}

/// What could be read of an answer's JSON: an id of a message, or an error.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    code: u32,
    #[serde(default)]
    error: String,
}

fn read(reply: &HttpReply, to: &NtfyTarget, now: Timestamp) -> Outcome {
    let body: Body = reply.json().unwrap_or_default();
    let said = told(reply.status, &body.error, || to.secrets());
    match reply.status {
        401 | 403 => Outcome::dead_target(&said),
        429 if body.code == DAY_IS_USED_UP => Outcome::later(&said, Some(until_midnight(now))),
        _ => usual(reply, &said, now),
    }
}

/// Quotas of a day begin anew at midnight in UTC.
fn until_midnight(now: Timestamp) -> Duration {
    const DAY_US: i64 = 86_400_000_000;
    Duration::from_micros((DAY_US - now.micros().rem_euclid(DAY_US)).unsigned_abs())
}

impl NtfyTarget {
    fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(&self.topic.0);
        secrets.add(self.token.as_deref().unwrap_or_default());
        secrets
    }
}

impl fmt::Debug for NtfyTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NtfyTarget").field("server", &self.server).finish_non_exhaustive()
    }
}

impl NtfyTopic {
    /// The topic's name, for the store.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for NtfyTopic {
    type Err = NtfyTopicError;

    fn from_str(text: &str) -> Result<Self, NtfyTopicError> {
        let text = text.trim();
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let well_formed = (1..=64).contains(&text.len()) && text.chars().all(allowed);
        if well_formed { Ok(Self(text.to_owned())) } else { Err(NtfyTopicError) }
    }
}

impl fmt::Debug for NtfyTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NtfyTopic(…)")
    }
}
