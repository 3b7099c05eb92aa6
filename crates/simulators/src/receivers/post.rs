//! What came, and what was answered.

use serde::{Deserialize, Serialize};

/// Which of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// A receiver of Standard Webhooks.
    Webhook,
    /// The Bot API of Telegram.
    Telegram,
    /// An incoming webhook of Slack.
    Slack,
    /// A webhook of Discord.
    Discord,
    /// An ntfy server.
    Ntfy,
}

impl Service {
    /// The service that answers at a path.
    pub(super) fn at(path: &str) -> Option<Self> {
        let starts = |prefix| path.starts_with(prefix);
        match path {
            "/" => Some(Service::Ntfy),
            _ if starts("/hooks/") => Some(Service::Webhook),
            _ if starts("/bot") => Some(Service::Telegram),
            _ if starts("/services/") => Some(Service::Slack),
            _ if starts("/api/webhooks/") => Some(Service::Discord),
            _ => None,
        }
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Post {
    /// Counted from 1.
    pub id: u64,
    /// When it came, in microseconds since the epoch.
    pub received_us: i64,
    /// Who got it.
    pub service: Service,
    /// The path, with the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As text.
    pub body: String,
    /// What was answered; 0 where nothing was.
    pub status: u16,
    /// Whether the service took the message: its readers see it, whatever was answered.
    pub taken: bool,
    /// The message as its readers see it, markup taken out; empty where it was not taken.
    pub shown: String,
    /// What the service noticed: `verified`, `unverified`, `duplicate`, `mentions <!channel>`.
    pub remarks: Vec<String>,
}

impl Post {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// A request as a service reads it.
pub(super) struct Request<'a> {
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a [u8],
    pub(super) now_us: i64,
}

impl Request<'_> {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// What a service answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) taken: bool,
    pub(super) shown: String,
    pub(super) remarks: Vec<String>,
}

impl Answer {
    /// An answer with a text.
    pub(super) fn text(status: u16, text: &str) -> Self {
        let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
        Self { status, headers, body: text.to_owned(), ..Self::default() }
    }

    /// An answer with JSON.
    pub(super) fn json(status: u16, value: &serde_json::Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: value.to_string(), ..Self::default() }
    }

    /// The same, for a message that was taken.
    pub(super) fn taken(mut self, shown: String, remarks: Vec<String>) -> Self {
        (self.taken, self.shown, self.remarks) = (true, shown, remarks);
        self
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}
