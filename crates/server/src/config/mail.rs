//! How mail leaves.

use bellwether_notify::MailUrl;
use serde::Serialize;

use super::reader::Reader;
use super::secret::Secret;

/// How mail leaves.
#[derive(Debug, Clone, Serialize)]
pub struct Mail {
    /// `smtp://`, `smtps://`, `console:` or `file:`.
    pub url: Secret,
    /// The sender.
    pub from: String,
}

impl Mail {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let url = r.secret("mail.url").and_then(|url| match url.reveal().parse::<MailUrl>() {
            Ok(_) => Some(url),
            Err(error) => r.refuse("mail.url", &error.to_string()),
        });
        let from = r.parsed::<String>("mail.from");
        Some(Self { url: url?, from: from? })
    }
}
